"""Times as English says them: tomorrow at 3pm, in 2 hours, every weekday at 9:00. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

from .chinese import week
from .numeral import ENGLISH, number
from .part import After, Clock, Date, Repeat, Said, Weekday, Word

_NUMBER: Final = rf"(?:\d{{1,4}}|{ENGLISH})"
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY: Final = (
    r"mon(?:day)?s?|tue(?:s(?:day)?)?s?|wed(?:nesday)?s?|thu(?:r(?:s(?:day)?)?)?s?|fri(?:day)?s?"
    r"|sat(?:urday)?s?|sun(?:day)?s?"
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH: Final = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT: Final = (
    r"seconds?|secs?|minutes?|mins?|months?|hours?|hrs?|days?|weeks?|years?|[smhdw](?![a-z])"
)
_SPAN: Final = re.compile(
    rf"(?P<half>half\s+an?\s+)(?P<half_unit>hour|day)"
    rf"|(?P<count>\d{{1,4}}(?:\.5)?|(?<![a-z])(?:{ENGLISH})(?=[\s-]))"
    rf"(?P<half_more>\s+and\s+a\s+half)?\s*-?(?P<unit>{_UNIT})"
    rf"(?P<more>\s+and\s+a\s+half)?"
)
_SPANS: Final = (
    rf"(?:half\s+an?\s+(?:hour|day)|(?:\d{{1,4}}(?:\.5)?|(?:{ENGLISH})(?=[\s-]))"
    rf"(?:\s+and\s+a\s+half)?\s*-?(?:{_UNIT})"
    r"(?:\s+and\s+a\s+half)?)"
)
_LENGTH: Final = rf"{_SPANS}(?:(?:\s*,\s*|\s+and\s+|\s*){_SPANS})*"
_NTH: Final = r"(?:st|nd|rd|th)"
_DAYTIME: Final = {
    "morning": "morning", "afternoon": "afternoon", "evening": "evening",
    "night": "evening",
}  # fmt: skip


def _span(text: str) -> After | None:
    seconds = months = 0.0
    whole = True
    for found in _SPAN.finditer(text):
        unit = found["half_unit"] or found["unit"]
        count = 0.5 if found["half"] else _count(found["count"])
        count += 0.5 if found["half_more"] or found["more"] else 0
        if unit.startswith(("month", "year")):
            months += count * (12 if unit.startswith("year") else 1)
        else:
            seconds += count * _UNITS[unit[0]]
            whole = whole and unit[0] in "dw" and count % 1 == 0
    return After(round(seconds), round(months), whole=whole) if seconds or months else None


def _count(text: str) -> float:
    whole, point, _ = text.partition(".5")
    return number(whole) + (0.5 if point else 0)


def _after(found: re.Match[str]) -> Said | None:
    span = _span(found[1])
    return None if span is None else [("after", span)]


def _half(text: str | None) -> Literal["am", "pm"] | None:
    if not text:
        return None
    return "am" if text.startswith("a") else "pm"


def _clock(found: re.Match[str]) -> Said | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = _half(found["half"])
    exact = half is None and len(found["hour"]) == 2
    return [("clock", Clock(hour, minute, half, exact))]


def _at(found: re.Match[str]) -> Said | None:
    return [("clock", Clock(number(found[1]), exact=number(found[1]) > 12))]


def _past(found: re.Match[str]) -> Said | None:
    minute = {"half": 30, "quarter": 15, "a quarter": 15}.get(found[1]) or number(found[1])
    hour, half = number(found[3]), _half(found[4])
    if found[2] in {"to", "before"}:
        return [("clock", Clock((hour - 1) % 12 or 12, 60 - minute, half))]
    return [("clock", Clock(hour, minute, half))]


def _weekday_of(name: str) -> int:
    return next(day for day, whole in enumerate(_WEEKDAYS) if whole.startswith(name[:3]))


def _weekday(found: re.Match[str]) -> Said | None:
    which, day = found[1], _weekday_of(found[2])
    if found[3]:
        return [("weekday", Weekday(day, 1 if "next" in found[3] else 0))]
    return [("weekday", Weekday(day, "next" if which == "next" else None))]


def _month_of(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _date(found: re.Match[str]) -> Said | None:
    year = int(found["year"]) if found["year"] else None
    return [("date", Date(int(found["day"]), _month_of(found["month"]), year))]


def _slashed(found: re.Match[str]) -> Said | None:
    month, day = int(found[1]), int(found[2])
    if month > 12 >= day:
        month, day = day, month
    either = month != day and month <= 12 and day <= 12
    return [("date", Date(day, month, int(found[3]) if found[3] else None, either=either))]


def _dotted(found: re.Match[str]) -> Said | None:
    """As German writes it: the day, the month, and perhaps the year."""
    year = int(found["year"]) if found["year"] else None
    return [("date", Date(int(found["day"]), int(found["month"]), year))]


def _weekend(found: re.Match[str]) -> Said | None:
    return [("weekday", Weekday(_WEEKDAYS.index("saturday"), 1 if found[1] == "next" else None))]


def _day_of_month(found: re.Match[str]) -> Said | None:
    months = None if not found[2] else 1 if "next" in found[2] else 0
    return [("date", Date(int(found[1]), months=months))]


def _weekly(found: re.Match[str]) -> Said | None:
    days = {_weekday_of(name) for name in re.findall(_WEEKDAY, found[1])}
    return [("every", Repeat(("*", "*", week(days))))]


def _monthly(found: re.Match[str]) -> Said | None:
    day = int(next(group for group in found.groups() if group))
    return [("every", Repeat((str(day), "*", "*"), odd=not 1 <= day <= 31))]


def _yearly(found: re.Match[str]) -> Said | None:
    return [("every", Repeat((found["day"], str(_month_of(found["month"])), "*")))]


def _step(found: re.Match[str]) -> Said | None:
    count = number(found[1]) if found[1] else 1
    hours = found[2].startswith("h")
    return [("every", Repeat(minutes=count * (60 if hours else 1)))]


def _fixed(pattern: str, said: Said) -> Word:
    return _word(pattern, lambda _found: said)


def _word(pattern: str, says: Callable[[re.Match[str]], Said | None]) -> Word:
    return Word(re.compile(rf"(?<![a-z\d:.])(?:{pattern})(?![a-z\d])"), says)


_AT: Final = r"(?:at\s+|@\s*)"
_HALF: Final = r"a\.?m\.?|p\.?m\.?"


def _table() -> Iterator[tuple[str, Said]]:
    for name, part in _DAYTIME.items():
        yield rf"this\s+{name}", [("day", 0), ("daypart", part)]
        yield rf"(?:in\s+the\s+|at\s+)?{name}", [("daypart", part)]
        yield rf"every\s+{name}", [("every", Repeat()), ("daypart", part)]
    yield "yesterday", [("day", -1)]
    yield "today", [("day", 0)]
    yield "tomorrow|tmrw?", [("day", 1)]
    yield r"(?:the\s+)?day\s+after\s+tomorrow", [("day", 2)]
    yield "tonight", [("day", 0), ("daypart", "evening")]
    yield r"(?:at\s+)?noon|midday|(?:at\s+)?lunchtime", [("clock", Clock(12, exact=True))]
    yield r"(?:at\s+)?midnight", [("clock", Clock(24))]
    yield from _repeats()
    end = r"(?:at\s+)?(?:the\s+)?end\s+of\s+"
    yield rf"{end}(?:(?:the|this)\s+)?month", [("date", Date(0, months=0))]
    yield rf"{end}next\s+month", [("date", Date(0, months=1))]
    last = Repeat(("L", "*", "*"))
    yield rf"{end}(?:every|each)\s+month|every\s+month\s*end", [("every", last)]


def _repeats() -> Iterator[tuple[str, Said]]:
    workdays = r"(?:every|each)\s+(?:week|work|working|business)\s?days?|(?:on\s+)?weekdays"
    yield r"every\s?day|each\s+day|daily", [("every", Repeat())]
    yield workdays, [("every", Repeat(("*", "*", "1-5")))]
    yield r"(?:every|each)\s+weekend|(?:on\s+)?weekends", [("every", Repeat(("*", "*", "0,6")))]
    odd: Said = [("every", Repeat(odd=True))]
    yield rf"every\s+other\s+(?:day|week|month|{_WEEKDAY})", odd
    yield rf"every\s+{_NUMBER}\s+(?:days|weeks|months|years)", odd


ENGLISH_WORDS: Final[tuple[Word, ...]] = (
    *(_fixed(pattern, said) for pattern, said in _table()),
    _word(rf"in\s+({_LENGTH})", _after),
    _word(rf"({_LENGTH})\s+(?:from\s+now|later)", _after),
    _word(rf"after\s+({_LENGTH})", _after),
    _word(
        rf"(?:at\s+|@\s*)?(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}}))?\s*(?P<half>{_HALF})", _clock
    ),
    _word(rf"{_AT}?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?!\s*[ap]\.?m)(?P<half>)", _clock),
    _word(rf"{_AT}({_NUMBER})(?!\s*(?:[ap]\.?m|:|{_UNIT}|[%/.]\d|past|to\b|o'))", _at),
    _word(rf"(?:at\s+)?({_NUMBER})\s*o[’']?clock", _at),
    _word(
        rf"(?:at\s+)?(half|a quarter|quarter|{_NUMBER})(?:\s+minutes)?\s+(past|after|to|before)"
        rf"\s+({_NUMBER})(?:\s*({_HALF}))?",
        _past,
    ),
    _word(rf"(?:on\s+)?(?:(this|next|coming)\s+)?({_WEEKDAY})(\s+(?:next|this)\s+week)?", _weekday),
    _word(
        rf"(?:on\s+)?(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}}){_NTH}?(?:,?\s+(?P<year>\d{{4}}))?",
        _date,
    ),
    _word(
        rf"(?:on\s+)?(?:the\s+)?(?P<day>\d{{1,2}}){_NTH}?\s+(?:of\s+)?(?P<month>{_MONTH})\.?"
        r"(?:,?\s+(?P<year>\d{4}))?",
        _date,
    ),
    _word(r"(?:on\s+)?(\d{1,2})/(\d{1,2})(?:/(\d{4}))?", _slashed),
    _word(r"(?:on\s+)?(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})?", _dotted),
    _word(r"(?:(?:on|at)\s+)?(?:(this|next|coming|the)\s+)?weekend", _weekend),
    _word(rf"(?:on\s+)?the\s+(\d{{1,2}}){_NTH}(?:\s+of\s+((?:next|this)\s+month))?", _day_of_month),
    _word(
        rf"(?:every|each)\s+((?:{_WEEKDAY})(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*/\s*)"
        rf"(?:{_WEEKDAY}))*)",
        _weekly,
    ),
    _word(
        rf"(?:the\s+)?(\d{{1,2}}){_NTH}\s+of\s+(?:every|each)\s+month"
        rf"|(?:every\s+month|monthly)\s+on\s+(?:the\s+)?(\d{{1,2}}){_NTH}?",
        _monthly,
    ),
    _word(
        rf"(?:every|each)\s+(?:year\s+on\s+)?(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}}){_NTH}?",
        _yearly,
    ),
    _word(
        rf"(?:every|each)\s+(?:year\s+on\s+)?(?:the\s+)?(?P<day>\d{{1,2}}){_NTH}?\s+(?:of\s+)?"
        rf"(?P<month>{_MONTH})\.?",
        _yearly,
    ),
    _word(rf"(?:every|each)\s+(?:({_NUMBER})\s+)?(hours?|minutes?|mins?)", _step),
    _word(r"(hourly)", lambda _found: [("every", Repeat(minutes=60))]),
)

BARE: Final = _word(rf"({_LENGTH})", _after)
"""A length of time alone, where nothing but a moment can stand."""
