"""When a message of a history was written, from the short forms that world files use."""

import re
from datetime import datetime, timedelta

from device_agent.sim.clock import moment

FORMS = "`-2d 09:15`, `-90m`, `+20s` (after the one before), `09:15`, or RFC 3339 with a zone"
_CLOCK = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
_DAYS = re.compile(rf"-(?P<days>\d{{1,4}})d {_CLOCK}")
_TODAY = re.compile(_CLOCK)
_STEP = re.compile(r"(?P<sign>[+-])(?P<number>\d{1,7}(?:\.\d+)?)(?P<unit>[smhd])")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_USUAL_PAUSE_S = 15.0
_LEADING = re.compile(r"(-\d+d \d+:\S+|\d+:\d\S+|[+-]\d\S*)\s+(?=\S)")


def dated(text: str, now: float, previous: float | None) -> float:
    """The time that a form means, in epoch seconds, for a phone that shows `now`.

    `-2d 09:15` is that clock two days before today, `09:15` the last time that clocks showed it,
    `-90m` so long before now, `+20s` so long after `previous`. Raises ValueError.
    """
    if found := _DAYS.fullmatch(text):
        day = moment(now) - timedelta(days=int(found["days"]))
        return _at_clock(day, found)
    if found := _TODAY.fullmatch(text):
        seconds = _at_clock(moment(now), found)
        return seconds if seconds <= now else _at_clock(moment(now) - timedelta(days=1), found)
    if found := _STEP.fullmatch(text):
        step = float(found["number"]) * _UNITS[found["unit"]]
        if found["sign"] == "-":
            return now - step
        return (now if previous is None else previous) + step
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"a time is one of {FORMS}") from None
    if at.tzinfo is None:
        raise ValueError(f"a date needs a zone, such as {text}+08:00")
    return at.timestamp()


def undated(now: float, previous: float | None) -> float:
    """The time of a message that says none: soon after the one before, never later than now."""
    return now if previous is None else max(previous, min(now, previous + _USUAL_PAUSE_S))


def _at_clock(day: datetime, found: "re.Match[str]") -> float:
    second = int(found["second"] or 0)
    at = day.replace(
        hour=int(found["hour"]), minute=int(found["minute"]), second=second, microsecond=0
    )
    return at.timestamp()


def split_time(words: str) -> tuple[str | None, str]:
    """A time that stands before a name, and the name: `-2d 09:15 小王`."""
    found = _LEADING.match(words)
    return (found[1], words[found.end() :]) if found else (None, words)
