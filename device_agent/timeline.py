"""From the words of a time line in a chat to the moment they mean. Pure.

The forms are those of reference/phone.md 5.2, zh_CN and en. They are relative to the day on which
the phone drew them, so a moment read from them must never enter an id.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

_WEEK = 7
_NOON = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS_ZH = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKDAYS_EN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MORNING = frozenset({"凌晨", "清晨", "早上", "上午"})
_EVENING = frozenset({"下午", "傍晚", "晚上"})
_CLOCK = re.compile(
    r"(?P<part>凌晨|清晨|早上|上午|中午|下午|傍晚|晚上)?\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?:\s?(?P<half>[AP]M))?$",
    re.IGNORECASE,
)
_DATE_ZH = re.compile(r"(?:(?P<year>\d{2,4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日$")
_DATE_EN = re.compile(r"(?P<month>[A-Z][a-z]{2})[a-z]*\.? (?P<day>\d{1,2})(?:, (?P<year>\d{4}))?$")
_WEEKDAY_ZH = re.compile(r"(?:星期|周)(?P<day>[一二三四五六日天])$")
_WEEKDAY_EN = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*$")
_AGO = {"": 0, "今天": 0, "昨天": 1, "前天": 2, "today": 0, "yesterday": 1}


def meant(words: str, now: datetime) -> datetime | None:
    """The moment a time line means, to the minute, in the zone of `now`, the phone's own clock.

    Never later than `now`: a bare clock time that has not come yet today was drawn before
    midnight. None where the words are no time of day (a day alone does not tell the minute), or
    a time that cannot have been.
    """
    words = " ".join(words.split())
    clock = _CLOCK.search(words)
    if clock is None:
        return None
    minutes = _minutes(clock)
    if minutes is None:
        return None
    days = words[: clock.start()].strip().removesuffix(",")
    found = _day(days, now, minutes)
    if found is None:
        return None
    at = datetime(
        found.year, found.month, found.day, minutes // 60, minutes % 60, tzinfo=now.tzinfo
    )
    return at if at <= now else None


def moments(lines: Sequence[str | None], now: datetime | None) -> list[datetime | None]:
    """When each row of a chat was said, oldest first, from the time line above it or above the
    nearest row before it that has one.

    WeChat draws a line only after a pause, so a moment is that of the line: the row itself came at
    that minute or later. None above the first line, after a line that cannot be read, and where
    the phone's clock is not known.
    """
    found: list[datetime | None] = []
    last: datetime | None = None
    for line in lines:
        if line is not None:
            last = meant(line, now) if now is not None else None
        found.append(last)
    return found


def _minutes(clock: re.Match[str]) -> int | None:
    """Minutes since midnight."""
    hour, minute = int(clock["hour"]), int(clock["minute"])
    part, half = clock["part"], (clock["half"] or "").upper()
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= _NOON):
        return None
    if half:
        hour = hour % _NOON + (_NOON if half == "PM" else 0)
    elif part in _EVENING and hour < _NOON:
        hour += _NOON
    elif (part == "晚上" and hour == _NOON) or (part in _MORNING and hour == _NOON):
        hour = 0
    elif part == "中午" and hour < _NOON - 2:  # 中午 11:30 is before noon, 中午 1:00 after it
        hour += _NOON
    return hour * 60 + minute


def _day(words: str, now: datetime, minutes: int) -> date | None:
    today = now.date()
    ago = _AGO.get(words.lower())
    if ago is not None:
        late = not words and minutes > now.hour * 60 + now.minute
        return today - timedelta(days=ago + late)
    weekday = _weekday(words)
    if weekday is not None:
        return today - timedelta(days=(today.weekday() - weekday) % _WEEK or _WEEK)
    return _date(words, now, minutes)


def _weekday(words: str) -> int | None:
    found = _WEEKDAY_ZH.match(words)
    if found is not None:
        return _WEEKDAYS_ZH[found["day"]]
    return _WEEKDAYS_EN.index(words[:3].lower()) if _WEEKDAY_EN.match(words) else None


def _date(words: str, now: datetime, minutes: int) -> date | None:
    """A date; without a year, the last one that is not to come. 29 February may be years ago."""
    found = _DATE_ZH.match(words) or _DATE_EN.match(words)
    if found is None:
        return None
    name = found["month"]
    if not name.isdigit() and name.lower() not in _MONTHS:
        return None
    month = int(name) if name.isdigit() else _MONTHS.index(name.lower()) + 1
    day = int(found["day"])
    if found["year"] is not None:
        year = int(found["year"])
        return _valid(year + 2000 if year < 100 else year, month, day)
    moment = now.hour * 60 + now.minute
    for year in range(now.year, now.year - 9, -1):
        date_ = _valid(year, month, day)
        if date_ is not None and (date_, minutes) <= (now.date(), moment):
            return date_
    return None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
