"""Times as Chinese says them: 明天下午三点半, 每周一三五9点, 半小时后. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from .numeral import NUMBER, number
from .part import After, Clock, Date, Repeat, Said, Weekday, Word

_DAYS: Final = {"大后天": 3, "后天": 2, "明天": 1, "明日": 1, "明儿": 1}
_DAYS_PAST: Final = {"今天": 0, "今日": 0, "今儿": 0, "昨天": -1, "昨日": -1, "前天": -2}
_WEEK: Final = r"(?:周|星期|礼拜)"
_THAT: Final = "这个?|本|下下个?|下个?|上个?"
_WEEKS_ON: Final = {"这": 0, "本": 0, "下": 1, "下下": 2, "上": -1}
_SATURDAY: Final = 5
_WEEKDAY: Final = {name: day for day, name in enumerate("一二三四五六日")} | {"天": 6}
_PARTS: Final = {
    "night": ("深夜", "半夜", "午夜"),
    "dawn": ("凌晨",),
    "early": ("清晨", "早晨", "早上", "清早", "一大早", "一早", "大早上"),
    "morning": ("上午",),
    "noon": ("中午", "正午", "午间"),
    "afternoon": ("下午", "午后"),
    "dusk": ("傍晚", "黄昏"),
    "evening": ("晚上", "晚间", "夜晚", "夜里"),
}
_PART: Final = {word: part for part, words in _PARTS.items() for word in words}
_SHORT: Final = {"早": "early", "晚": "evening", "夜": "evening"}
_UNITS: Final = {
    "秒": 1, "秒钟": 1, "分": 60, "分钟": 60, "刻钟": 900, "小时": 3600, "钟头": 3600,
    "天": 86400, "日": 86400, "周": 604800, "星期": 604800, "礼拜": 604800,
}  # fmt: skip
_SHORTER: Final = "秒钟|秒|分钟|刻钟|小时|钟头|天|周|星期|礼拜|分"
_LONG: Final = f"{_SHORTER}|日|月|年"
_SPANS: Final = rf"(?:半个?(?:小时|钟头|天|月|年)|{NUMBER}(?:个半|个)?\s*(?:{_LONG})半?零?)+"
_PLAIN: Final = rf"(?:半个?(?:小时|钟头|天|月)|{NUMBER}(?:个半|个)?\s*(?:{_SHORTER})半?零?)+"
_SPAN: Final = re.compile(
    rf"(?P<half>半)个?(?P<half_unit>小时|钟头|天|月|年)"
    rf"|(?P<count>{NUMBER})(?:个(?P<and_half>半)|个)?\s*(?P<unit>{_LONG})(?P<more>半)?"
)
_NOT_A_DAY: Final = r"(?![线楼门店院馆机场厅车口桌])"
_MINUTES: Final = (
    "半|[一三]刻|[0-9]{2}分?|[零〇][一二三四五六七八九]分?"
    "|[二三四五]?十[一二三四五六七八九]?分?|[0-9]{1,2}分|[一二三四五六七八九]分"
)


def _span(text: str) -> After | None:
    seconds = months = 0
    whole = True
    for found in _SPAN.finditer(text):
        unit = found["unit"] or found["half_unit"]
        count = 0.5 if found["half"] else float(number(found["count"]))
        count += 0.5 if found["and_half"] or found["more"] else 0
        if unit in {"月", "年"}:
            months += int(count * (12 if unit == "年" else 1))
            seconds += 15 * 86400 if unit == "月" and count % 1 else 0
        else:
            seconds += round(count * _UNITS[unit])
            whole = whole and unit in {"天", "日", "周", "星期", "礼拜"} and count % 1 == 0
    return After(seconds, months, whole=whole) if seconds or months else None


def _after(found: re.Match[str]) -> Said | None:
    span = _span(found[1])
    return None if span is None else [("after", span)]


def _minutes(text: str | None) -> int:
    if not text:
        return 0
    known = {"半": 30, "一刻": 15, "三刻": 45}
    return known[text] if text in known else number(text.removesuffix("分"))


def _clock(found: re.Match[str]) -> Said | None:
    hour, minute = number(found[1]), _minutes(found[2])
    exact = hour == 0 or hour > 12
    return [("clock", Clock(hour, minute, exact=exact))]


def _digital(found: re.Match[str]) -> Said | None:
    hour = int(found[1])
    return [("clock", Clock(hour, int(found[2]), exact=len(found[1]) == 2))]


def _short_of(found: re.Match[str]) -> Said | None:
    missing = 15 if found[1] == "一刻" else number(found[1].removesuffix("分"))
    hour = number(found[2])
    return [("clock", Clock((hour - 1) % 24, 60 - missing, exact=hour == 0 or hour > 13))]


def _weekday(found: re.Match[str]) -> Said | None:
    return [("weekday", Weekday(_day(found[3]), _weeks(found[1] or found[2])))]


def _weeks(said: str | None) -> int | None:
    return _WEEKS_ON.get((said or "").removesuffix("个"))


def _weekend(found: re.Match[str]) -> Said | None:
    return [("weekday", Weekday(_SATURDAY, _weeks(found[1])))]


def _day(name: str) -> int:
    return int(name) - 1 if name.isdigit() else _WEEKDAY[name]


def _date(found: re.Match[str]) -> Said | None:
    year = number(found["year"]) if found["year"] else None
    on = {"今年": 0, "明年": 1, "后年": 2}.get(found["year_on"] or "")
    return [("date", Date(number(found["day"]), number(found["month"]), year, on))]


def _iso(found: re.Match[str]) -> Said | None:
    return [("date", Date(int(found[3]), int(found[2]), int(found[1])))]


def _months(said: str | None) -> int | None:
    return None if not said else said.count("下") if "下" in said else 0


def _day_of_month(found: re.Match[str]) -> Said | None:
    return [("date", Date(number(found[2]), months=_months(found[1])))]


def _last_day(found: re.Match[str]) -> Said | None:
    return [("date", Date(0, months=_months(found[1]) or 0))]


def _weekly(found: re.Match[str]) -> Said | None:
    days: set[int] = set()
    before: int | None = None
    through = False
    for mark in re.findall(r"[一二三四五六日天1-7]|[到至~-]", found[1]):
        if mark in "到至~-":
            through = True
            continue
        day = _day(mark)
        days |= set(range(before, day + 1)) if through and before is not None else {day}
        before, through = day, False
    return [("every", Repeat(("*", "*", week(days))))]


def week(days: set[int]) -> str:
    """Cron's field for days of the week, which count from Sunday; ours count from Monday."""
    return ",".join(str(day) for day in sorted((day + 1) % 7 for day in days))


def _monthly(found: re.Match[str]) -> Said | None:
    days = sorted({number(day) for day in re.findall(NUMBER, found[1])})
    odd = not days or days[0] < 1 or days[-1] > 31
    return [("every", Repeat((",".join(map(str, days)), "*", "*"), odd=odd))]


def _yearly(found: re.Match[str]) -> Said | None:
    return [("every", Repeat((str(number(found[2])), str(number(found[1])), "*")))]


def _step(found: re.Match[str]) -> Said | None:
    count = 0.5 if found[1] == "半" else float(number(found[1])) if found[1] else 1.0
    return [("every", Repeat(minutes=round(count * (60 if found[2] in {"小时", "钟头"} else 1))))]


def _fixed(pattern: str, said: Said) -> Word:
    return Word(re.compile(pattern), lambda _found: said)


def _word(pattern: str, says: Callable[[re.Match[str]], Said | None]) -> Word:
    return Word(re.compile(pattern), says)


def _table() -> Iterator[tuple[str, Said]]:
    for word, days in (_DAYS | _DAYS_PAST).items():
        yield word, [("day", days)]
    for word, part in _PART.items():
        yield word, [("daypart", part)]
    for day, days in (("今", 0), ("明", 1), ("后", 2), ("当", 0)):
        for short, part in _SHORT.items():
            yield f"{day}{short}", [("day", days), ("daypart", part)]
    yield "每晚", [("every", Repeat()), ("daypart", "evening")]
    yield "每早", [("every", Repeat()), ("daypart", "early")]
    yield "每天|每日|天天|每一天", [("every", Repeat())]
    yield "每个?工作日|工作日每天|工作日", [("every", Repeat(("*", "*", "1-5")))]
    yield "每个?周末|周末每天", [("every", Repeat(("*", "*", "0,6")))]
    yield "每个?月(?:的)?(?:月?底|月?末|最后一天)", [("every", Repeat(("L", "*", "*")))]
    yield rf"每隔?{NUMBER}(?:天|周|个?星期|个?月|年)", [("every", Repeat(odd=True))]
    yield "隔天|隔日|隔周", [("every", Repeat(odd=True))]


_ONE: Final = "(?:[一二三四五六日天]|[1-7](?![0-9]))(?!点|:|个|月|号|时)"
_DAY_LIST: Final = rf"{_ONE}(?:[、,，和及跟与/到至~-]?{_WEEK}?{_ONE})*"

CHINESE: Final[tuple[Word, ...]] = (
    *(_fixed(pattern, said) for pattern, said in _table()),
    _word(rf"[早晚夜](?!一点)(?={NUMBER}点|\d{{1,2}}:)", lambda m: [("daypart", _SHORT[m[0]])]),
    _word(rf"(?:再?过)?({_SPANS})(?:之后|以后|过后|后)", _after),
    _word(rf"再?过({_SPANS})", _after),
    _word(
        rf"(?!(?<=[快慢多少差早晚好])一点)(?<![有第])({NUMBER})点(?:钟|整)?({_MINUTES})?", _clock
    ),
    _word(rf"({NUMBER})时(?![间候常不而])({_MINUTES})?", _clock),
    _word(r"(?<![\d:])(\d{1,2}):(\d{2})(?!\d|\s*[ap]\.?m)", _digital),
    _word(rf"差(一刻|{NUMBER}分)({NUMBER})点", _short_of),
    _word(rf"(?:({_THAT}){_WEEK}的?(?={_WEEK})|({_THAT}))?{_WEEK}([一二三四五六日天])", _weekday),
    _word(rf"({_THAT})?周末", _weekend),
    _word(
        rf"(?:(?P<year>\d{{4}}|[〇零一二三四五六七八九]{{4}})年|(?P<year_on>今年|明年|后年))?"
        rf"(?P<month>{NUMBER})月(?P<day>{NUMBER})(?:日|号)?",
        _date,
    ),
    _word(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _iso),
    _word(rf"(下下个?月|下个?月|这个?月|本月)?({NUMBER})(?:日|号){_NOT_A_DAY}", _day_of_month),
    _word(r"(下下个?|下个?|这个?|本)?月(?:底|末|最后一天)", _last_day),
    _word(rf"(?:每个?|逢){_WEEK}({_DAY_LIST})", _weekly),
    _word(rf"每个?月的?({NUMBER}(?:日|号)(?:[、,，和及]?{NUMBER}(?:日|号))*)", _monthly),
    _word(rf"每年的?({NUMBER})月({NUMBER})(?:日|号)?", _yearly),
    _word(rf"每隔?(半|{NUMBER})?个?(小时|钟头|分钟)", _step),
)

BARE: Final = _word(rf"({_PLAIN})", _after)
"""A length of time alone, where nothing but a moment can stand."""
