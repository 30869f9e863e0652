"""Schedules in PostgreSQL: made once, cancelled, and fired as events when they are due.

Several relays may fire them: each takes other rows, under locks that end with its process. An event
is produced, and acked, before its schedule moves on; its id follows from the schedule and the due
time, so after a kill the same event may come twice and counts once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson
from loguru import logger
from prometheus_client import Counter, Histogram
from pydantic import ValidationError
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, storable
from connectors.failpoint import reach
from connectors.kafka import Producer
from connectors.schedule_tables import SCHEDULES
from connectors.schedule_times import MISSED, Missed, Timing
from schemas.envelope import Record, decode, encode
from schemas.event import ScheduleFired
from schemas.failure import BadRequest, Permanent, Poison
from schemas.identity import fired_id
from schemas.topics import INBOUND

Origin = Literal["plugin", "run", "api"]
"""Declared by a plugin (`@on_schedule`), set by a run (`ctx.schedule`), or by a person."""

FIRED = Counter("hongyan_schedules_fired", "Events that schedules brought about")
LATENESS = Histogram(
    "hongyan_schedule_lateness_seconds",
    "Seconds from a schedule's due time to the look that fired it",
    buckets=(0.05, 0.1, 0.5, 1, 2, 5, 30, 300),
)
SOURCE: Final = "hongyan/scheduler"
BATCH: Final = 100  # schedules
_SOME_TIME: Final = datetime(2024, 1, 1, tzinfo=UTC)
_C = SCHEDULES.c
_SAME: Final = ("cron", "at", "tz", "missed", "channel", "account", "chat_id", "handler")


@dataclass(frozen=True)
class Schedule:
    """What fires, when, and for whom: `instance` alone where it is named, in the lane of `chat_id`
    or in one of its own. `asked_by`: the event, the key or the person that it comes from.
    `next_due` None: it is over.
    """

    schedule_id: str
    origin: Origin
    channel: str
    account: str
    timing: Timing
    asked_by: str
    next_due: datetime | None
    instance: str | None = None
    handler: str | None = None
    chat_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    last_due: datetime | None = None
    fired: int = 0
    created_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def source(self) -> str:
        """What stands behind its events."""
        return self.instance or "schedule"

    def event(self, due_at: datetime, now: datetime) -> ScheduleFired:
        """What happens at one of its times. Pure."""
        return ScheduleFired(
            event_id=fired_id(self.schedule_id, due_at.isoformat()),
            channel=self.channel,
            account=self.account,
            observed_at=now,
            source=self.source,
            destination_chat_id=self.chat_id,
            data=self.data,
            due_at=due_at,
            schedule_id=self.schedule_id,
            instance=self.instance,
            handler=self.handler,
        )

    def record(self, due_at: datetime, now: datetime) -> Record:
        """The event as it is produced. Pure.

        Raises:
            BadRequest: it can be none.

        """
        try:
            event = self.event(due_at, now)
            made = encode(event, id=event.event_id, source=SOURCE, time=now, subject=event.chat_id)
            decode(made.headers, made.value)
        except (ValueError, Permanent, Poison) as error:  # pydantic's errors are ValueErrors
            raise BadRequest(f"it can be no event: {_first(error)}") from error
        return made

    def check(self) -> None:
        """Refuse what could never fire as it is asked for.

        Raises:
            BadRequest: it says what is wrong.

        """
        self.timing.check()
        check_data(self.data)
        self.record(_SOME_TIME, _SOME_TIME)


@dataclass(frozen=True)
class Cancellation:
    """An instance ends a schedule of its own."""

    schedule_id: str
    instance: str


Change = Schedule | Cancellation


async def change_schedules(
    connection: AsyncConnection, prefix: str, changes: Sequence[Change]
) -> None:
    """Make and cancel, in their order, within the caller's transaction. One that is known stays."""
    for change in changes:
        if isinstance(change, Schedule):
            row = _row(prefix, change)
            await connection.execute(insert(SCHEDULES).values(row).on_conflict_do_nothing())
        else:
            own = and_(_C.instance == change.instance, _C.origin == "run")
            await connection.execute(_ending(prefix, change.schedule_id, func.now()).where(own))


class ScheduleStore:
    """Raises, from every method:
    DependencyDown, Retryable: PostgreSQL is away, or undid it; call again, it is idempotent.
    """

    def __init__(self, engine: AsyncEngine, prefix: str) -> None:
        """The engine's owner disposes of it; another prefix has schedules of its own."""
        self._engine = engine
        self._prefix = prefix

    async def add(self, schedule: Schedule) -> Schedule:
        """Store it, unless its id is known; the one that is stored.

        Raises:
            BadRequest: it could never fire.

        """
        schedule.check()
        named = (_C.prefix == self._prefix, _C.schedule_id == schedule.schedule_id)
        with meaning():
            async with self._engine.begin() as connection:
                row = _row(self._prefix, schedule)
                await connection.execute(insert(SCHEDULES).values(row).on_conflict_do_nothing())
                found = await connection.execute(select(SCHEDULES).where(*named))
                return _schedule(found.mappings().one())

    async def cancel(self, schedule_id: str, now: datetime) -> bool:
        """End it; whether there was one that had not ended. An event on its way still comes."""
        with meaning():
            async with self._engine.begin() as connection:
                ended = await connection.execute(_ending(self._prefix, schedule_id, now))
        return ended.rowcount > 0

    async def find(
        self,
        *,
        schedule_id: str | None = None,
        instance: str | None = None,
        origin: Origin | None = None,
        ended: bool = False,
        limit: int = 1000,
    ) -> list[Schedule]:
        """The next due first; an id may be its beginning. `ended`: those that are over too."""
        asked = select(SCHEDULES).where(_C.prefix == self._prefix)
        if schedule_id is not None:
            named = _C.schedule_id.startswith(storable(schedule_id), autoescape=True)
            asked = asked.where(named)
        if instance is not None:
            asked = asked.where(_C.instance == instance)
        if origin is not None:
            asked = asked.where(_C.origin == origin)
        if not ended:
            asked = asked.where(_C.next_due.is_not(None))
        asked = asked.order_by(_C.next_due.nulls_last(), _C.schedule_id).limit(limit)
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).mappings().all()
        return [_schedule(row) for row in rows]

    async def declare(self, declared: Iterable[Schedule], now: datetime) -> None:
        """These are all that plugins declare: others of that origin end, those that are unchanged
        go on, and what they missed is still missed.
        """
        rows = [_row(self._prefix, schedule) for schedule in declared]
        stated = insert(SCHEDULES)
        changed = [_C[name].is_distinct_from(stated.excluded[name]) for name in _SAME]
        taken_over = {name: stated.excluded[name] for name in (*_SAME, "next_due", "ended_at")}
        stated = stated.on_conflict_do_update(
            index_elements=[_C.prefix, _C.schedule_id],
            set_=taken_over,
            where=or_(_C.next_due.is_(None), *changed),
        )
        gone = (
            update(SCHEDULES)
            .where(_C.prefix == self._prefix, _C.origin == "plugin", _C.next_due.is_not(None))
            .where(_C.schedule_id.not_in([row["schedule_id"] for row in rows]))
            .values(next_due=None, ended_at=now)
        )
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(gone)
                for row in sorted(rows, key=lambda one: str(one["schedule_id"])):
                    await connection.execute(stated, row)

    async def fire(self, now: datetime, producer: Producer) -> int:
        """Produce the events of what is due, then move it on; how many schedules those were."""
        due = (
            select(SCHEDULES)
            .where(_C.prefix == self._prefix, _C.next_due <= now)
            .order_by(_C.next_due, _C.schedule_id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        with meaning():
            async with self._engine.begin() as connection:
                rows = (await connection.execute(due)).mappings().all()
                moved = [await self._fired(_schedule(row), now, producer) for row in rows]
                reach("schedule.fired")
                for schedule in moved:
                    await connection.execute(_moving(self._prefix, schedule))
        return len(moved)

    async def _fired(self, schedule: Schedule, now: datetime, producer: Producer) -> Schedule:
        """The schedule as it stands behind its events, which are acked."""
        try:
            dues, following = schedule.timing.due(schedule.next_due or now, now)
            records = [schedule.record(due_at, now) for due_at in dues]
        except BadRequest as error:  # its time zone is gone from the system's; others go on
            logger.error("schedule {} ends: {}", schedule.schedule_id, error)
            return replace(schedule, next_due=None, ended_at=now)
        for due_at, record in zip(dues, records, strict=True):
            try:
                await producer.send(INBOUND.name(self._prefix), record)
            except Permanent as refused:
                logger.error("schedule {} cannot fire: {}", schedule.schedule_id, refused)
                continue
            FIRED.inc()
            LATENESS.observe(max(0.0, (now - due_at).total_seconds()))
        return replace(
            schedule,
            next_due=following,
            last_due=dues[-1] if dues else schedule.last_due,
            fired=schedule.fired + len(dues),
            ended_at=None if following is not None else now,
        )

    async def next_due(self) -> datetime | None:
        """When the next one is due; None: none is."""
        asked = select(func.min(_C.next_due)).where(_C.prefix == self._prefix)
        with meaning():
            async with self._engine.connect() as connection:
                found: datetime | None = (await connection.execute(asked)).scalar_one()
        return found


def check_data(data: Mapping[str, Any]) -> None:
    """Refuse what would not come back as it was given. Pure.

    Raises:
        BadRequest: it says what is wrong.

    """
    try:
        kept = orjson.loads(orjson.dumps(storable(data)))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequest(f"the data cannot be kept as JSON: {error}") from error
    if kept != data:
        raise BadRequest("the data holds a NUL character, or a number that JSON has not")


def _first(error: Exception) -> str:
    """What is wrong, without what was given."""
    if not isinstance(error, ValidationError):
        return type(error).__name__ if isinstance(error, ValueError) else str(error)
    detail = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"


def _ending(prefix: str, schedule_id: str, now: Any) -> Any:
    return (
        update(SCHEDULES)
        .where(_C.prefix == prefix, _C.schedule_id == schedule_id, _C.next_due.is_not(None))
        .values(next_due=None, ended_at=now)
    )


def _moving(prefix: str, schedule: Schedule) -> Any:
    return (
        update(SCHEDULES)
        .where(_C.prefix == prefix, _C.schedule_id == schedule.schedule_id)
        .values(
            next_due=schedule.next_due,
            last_due=schedule.last_due,
            fired=schedule.fired,
            ended_at=schedule.ended_at,
        )
    )


def _row(prefix: str, schedule: Schedule) -> dict[str, Any]:
    timing = schedule.timing
    return {
        "prefix": prefix,
        "schedule_id": schedule.schedule_id,
        "origin": schedule.origin,
        "instance": schedule.instance,
        "handler": schedule.handler,
        "channel": schedule.channel,
        "account": schedule.account,
        "chat_id": storable(schedule.chat_id),
        "cron": timing.cron,
        "at": timing.at,
        "tz": timing.tz,
        "missed": timing.missed,
        "data": storable(schedule.data),
        "next_due": schedule.next_due,
        "asked_by": storable(schedule.asked_by),
        "ended_at": schedule.ended_at,
    }


def _schedule(row: Any) -> Schedule:
    missed: Missed = row["missed"] if row["missed"] in MISSED else "once"
    names = ("schedule_id", "origin", "channel", "account", "asked_by", "next_due", "instance")
    more = ("handler", "chat_id", "data", "last_due", "fired", "created_at", "ended_at")
    timing = Timing(row["cron"], row["at"], row["tz"], missed)
    return Schedule(timing=timing, **{name: row[name] for name in (*names, *more)})
