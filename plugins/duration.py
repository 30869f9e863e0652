"""Lengths of time as people write them: `90s`, `1h30m`, `2天`, `1小时30分`. Pure."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1, "秒": 1, "秒钟": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60, "分": 60, "分钟": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "小时": 3600, "个小时": 3600, "钟头": 3600,
    "d": 86400, "day": 86400, "days": 86400, "天": 86400, "日": 86400,
    "w": 604800, "week": 604800, "weeks": 604800, "周": 604800, "星期": 604800,
}  # fmt: skip
_MOST: Final = timedelta(days=3660)
_PART: Final = re.compile(
    r"(\d{1,9}(?:\.\d{1,6})?|半)\s*("
    + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
    + r")(半)?",
    re.IGNORECASE,
)


def duration(text: str) -> timedelta:
    """The length of time that `text` says, and nothing else.

    Raises:
        ValueError: it says none, or one of more than ten years.

    """
    words = text.strip()
    seconds, place = 0.0, 0
    for part in _PART.finditer(words):
        if words[place : part.start()].strip():
            break
        unit = _UNITS[part[2].lower()]
        seconds += (0.5 if part[1] == "半" else float(part[1])) * unit
        seconds += unit / 2 if part[3] else 0
        place = part.end()
    if not words or words[place:].strip():
        raise ValueError(f"{text!r} is no length of time: write for example 90s, 1h30m or 2天")
    if seconds > _MOST.total_seconds():
        raise ValueError(f"{text!r} is more than ten years")
    return timedelta(seconds=seconds)
