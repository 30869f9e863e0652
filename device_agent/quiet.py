"""Quiet hours: whether a moment lies in them, and when they end. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_A_DAY: Final = 24 * 60
MINUTES_A_WEEK: Final = 7 * _A_DAY
_MOST_STEPS = 64  # spans that follow each other without a minute between them


@dataclass(frozen=True)
class Span:
    """Begins at minute `first` of each of `days` (0: Monday), and lasts so many `minutes`."""

    first: int
    minutes: int
    days: frozenset[int]


def covered(spans: Sequence[Span]) -> int:
    """How many minutes of a week lie in any of the spans."""
    return len({minute for span in spans for minute in _week(span)})


def _week(span: Span) -> list[int]:
    starts = [day * _A_DAY + span.first for day in span.days]
    return [(start + past) % MINUTES_A_WEEK for start in starts for past in range(span.minutes)]


def quiet_until(spans: Sequence[Span], local: datetime) -> datetime | None:
    """When the quiet that `local` lies in is over, spans that adjoin or overlap taken as one; None
    where it is not quiet. `local` carries its zone; the end is by that zone's wall clock.
    """
    end = None
    for _ in range(_MOST_STEPS):
        later = _end_of(spans, end or local)
        if later is None:
            break
        end = later
    return end


def _end_of(spans: Sequence[Span], local: datetime) -> datetime | None:
    minute = local.hour * 60 + local.minute
    for span in spans:
        past = minute - span.first
        if 0 <= past < span.minutes and local.weekday() in span.days:
            return _wall(local, span.minutes - past)
        past += _A_DAY  # it began the day before
        if past < span.minutes and (local.weekday() - 1) % 7 in span.days:
            return _wall(local, span.minutes - past)
    return None


def _wall(local: datetime, minutes: int) -> datetime:
    """So many minutes later by the wall clock, at the minute's beginning."""
    return local.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
