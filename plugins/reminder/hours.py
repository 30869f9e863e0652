"""Which hour of a day is meant: 下午三点, at 3, 晚上, or none. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from .moment import Usual
from .part import Clock


@dataclass(frozen=True)
class Hour:
    """A time of day; `later` days behind the day that was named, as midnight is."""

    at: time
    later: int = 0


@dataclass(frozen=True)
class Hours:
    """What may be meant: one hour, or two, the earlier first. `guessed`: none was named."""

    first: Hour
    second: Hour | None = None
    guessed: bool = False

    @property
    def open(self) -> bool:
        """Whether a person would ask back: by day or by night."""
        return self.second is not None and self.first.at.hour < 7


_LATER: Final = frozenset({"night"})


def hours(said: Mapping[str, Any], usual: Usual) -> Hours | None:
    """The hours that the pieces of a phrase may mean; None: there is no such hour."""
    clock: Clock | None = said.get("clock")
    part: str | None = said.get("daypart")
    if clock is None:
        return Hours(_usual(part, usual), guessed=True)
    if clock.hour > 24 or clock.minute > 59 or (clock.hour == 24 and clock.minute):
        return None
    if clock.half is None and part is not None and clock.hour <= 12:
        return Hours(_in_part(part, clock.hour, clock.minute))
    return _read(clock)


def _read(clock: Clock) -> Hours:
    if clock.hour == 24:
        return Hours(Hour(time(0), 1))
    if clock.half is not None:
        return Hours(Hour(time(_half(clock.hour, clock.half), clock.minute)))
    first = Hour(time(clock.hour, clock.minute))
    if clock.exact or clock.hour >= 12:
        return Hours(first)
    return Hours(first, Hour(time(clock.hour + 12, clock.minute)))


def _half(hour: int, half: str) -> int:
    if hour > 12:
        return hour
    return hour % 12 + (12 if half == "pm" else 0)


def _usual(part: str | None, usual: Usual) -> Hour:
    named = {"dawn": time(5), "dusk": time(18)}
    at = named.get(part or "") or getattr(usual, part or "day")
    return Hour(at, 1 if part in _LATER and at.hour < 12 else 0)


def _in_part(part: str, hour: int, minute: int) -> Hour:
    later = 0
    if part in {"evening", "night"} and (hour == 12 or hour < 5):
        hour, later = hour % 12, 1  # the hours behind midnight
    elif (part in {"evening", "night", "afternoon", "dusk"} and hour < 12) or (
        part == "noon" and hour < 6
    ):
        hour += 12
    elif part == "dawn":
        hour %= 12
    return Hour(time(hour, minute), later)
