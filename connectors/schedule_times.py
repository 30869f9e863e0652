"""When a schedule is due: cron in a time zone, or once; and what follows when nobody was there.

Cron means what Debian's cron means by it: a job at a fixed hour that summer time jumps over runs
right after the jump, one whose hour comes twice runs at the first, and jobs of every hour or minute
follow the clock. Pure.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from schemas.failure import BadRequest

Missed = Literal["skip", "once", "all"]
"""What was due while nobody was there: never, the last one of it, or each, `MOST_MISSED` at most.
"""

MISSED: Final[tuple[Missed, ...]] = get_args(Missed)
MOST_MISSED: Final = 100
GRACE: Final = timedelta(minutes=1)
"""What is later than this was missed."""
_FAR: Final = timedelta(days=31)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""PostgreSQL's driver takes the ends of the calendar for infinities, without a time zone."""


@dataclass(frozen=True)
class Timing:
    """Either `cron`, five fields read in the time zone `tz`, or once, `at`."""

    cron: str | None = None
    at: datetime | None = None
    tz: str = "UTC"
    missed: Missed = "once"

    def check(self) -> None:
        """Refuse what can never be due.

        Raises:
            BadRequest: it says what is wrong.

        """
        if (self.cron is None) == (self.at is None):
            raise BadRequest("a schedule has either a cron expression or a time")
        if self.missed not in MISSED:
            raise BadRequest(f"missed is one of {', '.join(MISSED)}, not {self.missed!r}")
        _zone(self.tz)
        if self.at is not None and self.at.tzinfo is None:
            raise BadRequest("a time needs its offset, for example 2026-11-25T08:00:00+08:00")
        if self.at is not None and not _EARLIEST <= self.at <= _LATEST:
            raise BadRequest(f"a time lies in the years {_EARLIEST.year} to {_LATEST.year}")
        if self.cron is not None and self.following(datetime(2024, 1, 1, tzinfo=UTC)) is None:
            raise BadRequest(f"{self.cron!r} is never due")

    def following(self, after: datetime) -> datetime | None:
        """The first due time later than `after`, in UTC; None: there is none.

        Raises:
            BadRequest: the expression or the time zone is none.

        """
        if self.at is not None:
            return self.at.astimezone(UTC) if self.at > after else None
        return next(self._occurrences(after), None)

    def due(self, first: datetime, now: datetime) -> tuple[list[datetime], datetime | None]:
        """Of what was due from `first` until `now`: what is to be fired, in order; and when it is
        due next.
        """
        if self.at is not None:
            return self._wanted(deque([first]), now), None
        passed = self._passed(max(first, now - _FAR), now)
        if not passed and first < now - _FAR:
            passed = self._passed(first, now)
        return self._wanted(passed, now), self.following(now)

    def _wanted(self, passed: deque[datetime], now: datetime) -> list[datetime]:
        if self.missed == "all":
            return list(passed)
        last = list(passed)[-1:]
        if self.missed == "skip":
            return [due for due in last if now - due <= GRACE]
        return last

    def _passed(self, first: datetime, now: datetime) -> deque[datetime]:
        """The due times from `first` until `now`, the last ones of them."""
        before = first - timedelta(seconds=1)
        due = takewhile(lambda one: one <= now, self._occurrences(before))
        return deque(due, MOST_MISSED)

    def _occurrences(self, after: datetime) -> Iterator[datetime]:
        cron = self.cron or ""
        if len(cron.split()) != 5:
            raise BadRequest(f"{cron!r} is no cron expression: minute hour day month weekday")
        try:
            times = CronSim(cron, after.astimezone(_zone(self.tz)))
        except CronSimError as error:
            raise BadRequest(f"{cron!r} is no cron expression: {error}") from error
        return (one.astimezone(UTC) for one in times)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(f"{name!r} is no time zone, as Asia/Shanghai is") from error
