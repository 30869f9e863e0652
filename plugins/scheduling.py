"""What a run asks to be woken for (`ctx.schedule`), before it is stored with the run's part. Pure.

Cron is read as Debian's cron reads it, in a time zone: a fixed hour that summer time jumps over is
due right after the jump, one that comes twice is due at the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from cronsim import CronSim, CronSimError

from plugins.journal import Journal
from schemas.failure import Bug
from schemas.identity import schedule_id

Missed = Literal["skip", "once", "all"]
"""What follows for times at which nobody was there: nothing, one run for the last of them, or one
for each of the last 100.
"""

When = datetime | timedelta | str
"""A moment (a naive one is read in the time zone), a while from now, or a cron expression."""

SCHEDULE: Final = "schedule"
"""How the journal names what a run plans and cancels."""
DEFAULT_TZ: Final = "Asia/Shanghai"
MOST_BYTES: Final = 64 * 1024
MOST_PLANS: Final = 100
EARLIEST, LATEST = 1970, 9000  # years; the database has no place for the ends of the calendar


@dataclass(frozen=True)
class Plan:
    """Wake this instance: by `cron` in the time zone `tz`, or once, `at`. `chat_id` None: in the
    chat of the run.
    """

    schedule_id: str
    cron: str | None
    at: datetime | None
    tz: str
    missed: Missed
    data: dict[str, Any]
    chat_id: str | None = None

    def following(self, after: datetime) -> datetime | None:
        """When it is due next, later than `after`; None: never."""
        if self.cron is None:
            return self.at if self.at is not None and self.at > after else None
        return next_cron(self.cron, self.tz, after)


@dataclass(frozen=True)
class Cancel:
    """Do not wake this instance after all."""

    schedule_id: str


@dataclass
class Agenda:
    """What one part of a run plans and cancels, in order; `made` counts the whole run's plans."""

    changes: list[Plan | Cancel] = field(default_factory=list)
    made: int = 0

    def add(self, change: Plan | Cancel) -> None:
        """With this part of the run.

        Raises:
            Bug: there are too many.

        """
        if len(self.changes) >= MOST_PLANS:
            raise Bug(f"one part of a run schedules at most {MOST_PLANS} times: ctx.flush() first")
        self.changes.append(change)

    def settle(self) -> None:
        """A part is stored, and what it planned with it."""
        self.changes.clear()


@dataclass(frozen=True)
class Scheduling:
    """`ctx.schedule`: plans join what is yielded, in one transaction, and so count exactly once.

    `seed` is the run's; it makes an id that is the same in a re-run.
    """

    journal: Journal
    agenda: Agenda
    seed: str
    now: Callable[[], datetime]
    passes: Callable[[str], None] = lambda _chat_id: None

    def __call__(
        self,
        when: When,
        data: Mapping[str, Any] | None = None,
        *,
        tz: str = DEFAULT_TZ,
        missed: Missed = "once",
        chat_id: str | None = None,
    ) -> str:
        """Wake this instance in this chat, or in another of this account: at a moment, after a
        while, or by a cron expression.

        Returns the id to cancel it by. `@on_schedule()` answers it, `ctx.event.data` being `data`.

        Raises:
            Bug: it can never be due, or `data` is no small JSON object.
            Denied: the other chat is not granted.

        """
        if chat_id is not None:
            self.passes(chat_id)
        self.agenda.made += 1
        name = schedule_id(self.seed, str(self.agenda.made))
        made = plan(name, when, data, tz=tz, missed=missed, now=self.now())
        told = {"cron": made.cron, "at": made.at, "tz": tz, "data": made.data}
        if chat_id is not None:
            made, told = replace(made, chat_id=chat_id), told | {"chat_id": chat_id}
        self.journal.note(SCHEDULE, told, lambda: name)
        self.agenda.add(made)
        return name

    def cancel(self, schedule: str) -> None:
        """End what this instance scheduled; one that is on its way still comes."""
        self.journal.note(SCHEDULE, {"cancel": schedule}, lambda: None)
        self.agenda.add(Cancel(schedule))


def plan(
    schedule_id: str,
    when: When,
    data: Mapping[str, Any] | None,
    *,
    tz: str,
    missed: Missed,
    now: datetime,
) -> Plan:
    """What a run asks for, as it will be stored.

    Raises:
        Bug: it can never be due, or its data is no small JSON object.

    """
    check(when if isinstance(when, str) else None, tz, missed)
    told = _told(data)
    if isinstance(when, str):
        return Plan(schedule_id, when, None, tz, missed, told)
    try:
        if isinstance(when, timedelta):
            at = now + when
        else:
            at = when if when.tzinfo is not None else when.replace(tzinfo=ZoneInfo(tz))
        at = at.astimezone(UTC)
    except OverflowError as error:
        raise Bug("ctx.schedule: no calendar has that time") from error
    if not EARLIEST <= at.year < LATEST:
        raise Bug(f"ctx.schedule takes times of the years {EARLIEST} to {LATEST}")
    return Plan(schedule_id, None, at, tz, missed, told)


def check(cron: str | None, tz: str, missed: str) -> None:
    """Refuse a cron expression, a time zone or a policy that is none.

    Raises:
        Bug: it says which.

    """
    if missed not in get_args(Missed):
        raise Bug(f"missed is one of {', '.join(get_args(Missed))}, not {missed!r}")
    if cron is None:
        _zone(tz)
    elif next_cron(cron, tz, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise Bug(f"{cron!r} is never due")


def next_cron(cron: str, tz: str, after: datetime) -> datetime | None:
    """The first time of a cron expression later than `after`, in UTC; None: there is none.

    Raises:
        Bug: it is none, or the time zone is none.

    """
    if len(cron.split()) != 5:
        raise Bug(f"{cron!r} is no cron expression: minute hour day month weekday")
    try:
        found = next(CronSim(cron, after.astimezone(_zone(tz))), None)
    except CronSimError as error:
        raise Bug(f"{cron!r} is no cron expression: {error}") from error
    return None if found is None else found.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Bug(f"{name!r} is no time zone, as {DEFAULT_TZ} is") from error


def _told(data: Mapping[str, Any] | None) -> dict[str, Any]:
    if not isinstance(data, Mapping | None):
        raise Bug(f"ctx.schedule takes a mapping as data, not {type(data).__name__}")
    try:
        packed = orjson.dumps(dict(data or {}))
    except TypeError as error:
        raise Bug(f"ctx.schedule cannot keep this data: {error}") from error
    if len(packed) > MOST_BYTES:
        raise Bug(f"ctx.schedule keeps {MOST_BYTES} bytes of data, this is {len(packed)}")
    kept: dict[str, Any] = orjson.loads(packed)
    return kept
