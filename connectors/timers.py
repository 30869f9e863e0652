"""Records that are due at a time of their own, in PostgreSQL: delays that no retry topic has.

Several relays may ring them: each takes other rows, under locks that end with its process. A
record is produced before its row is deleted, so after a kill it may come twice, and is never lost.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from loguru import logger
from prometheus_client import Counter, Histogram
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, open_engine
from connectors.failpoint import reach
from connectors.kafka import Broker, Producer
from connectors.run_tables import TIMERS
from connectors.settings import RelaySettings
from connectors.stored_record import packed, unpacked
from schemas.envelope import Record
from schemas.failure import Permanent, Retryable
from schemas.topics import DLQ, DUE

RUNG = Counter("hongyan_timers_rung", "Records that a database timer brought to their lanes")
LATENESS = Histogram(
    "hongyan_timer_lateness_seconds",
    "Seconds from a database timer's due time to the broker's ack",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 30),
)

_LOOK_S: Final = 1.0  # the longest rest between two looks
_BATCH: Final = 200
_PATIENCE: Final = 0.5


@dataclass(frozen=True)
class Timer:
    """`record` is to be produced to `topic` at `due_at`, not before; one of each `timer_id`.

    `partition`: where only that says its lane.
    """

    timer_id: str
    due_at: datetime
    topic: str
    record: Record
    partition: int | None = None


async def set_timers(connection: AsyncConnection, timers: Iterable[Timer]) -> None:
    """Within the caller's transaction; one that is set already stays as it is."""
    rows = [
        {
            "timer_id": timer.timer_id,
            "due_at": timer.due_at,
            "topic": timer.topic,
            "partition": timer.partition,
            "key": timer.record.key,
            "value": timer.record.value,
            "headers": packed(timer.record.headers),
        }
        for timer in timers
    ]
    if rows:
        await connection.execute(insert(TIMERS).values(rows).on_conflict_do_nothing())


async def cancel_timer(connection: AsyncConnection, timer_id: str) -> None:
    """Within the caller's transaction; one that rings at this moment may still come."""
    await connection.execute(delete(TIMERS).where(TIMERS.c.timer_id == timer_id))


class Timers:
    """Sets timers and rings them.

    Raises, from every method:
        DependencyDown, Retryable: PostgreSQL is away, or undid it; call again, it is idempotent.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def set(self, timer: Timer) -> None:
        """Set one, durably."""
        with meaning():
            async with self._engine.begin() as connection:
                await set_timers(connection, [timer])

    async def ring(self, topic: str, now: datetime, producer: Producer, dead: str) -> int:
        """Produce what is due for a topic, the earliest first, and forget it; how many.

        What the broker refuses for good goes to the topic `dead`, without its value.
        """
        with meaning():
            async with self._engine.begin() as connection:
                rows = (await connection.execute(_due(topic, now))).mappings().all()
                for row in rows:
                    await _produce(row, producer, dead)
                    LATENESS.observe(max(0.0, (now - row["due_at"]).total_seconds()))
                reach("timer.rung")
                names = [row["timer_id"] for row in rows]
                await connection.execute(delete(TIMERS).where(TIMERS.c.timer_id.in_(names)))
        RUNG.inc(len(rows))
        return len(rows)

    async def next_due(self, topic: str) -> datetime | None:
        """When the next one is due; None: none is set."""
        asked = select(func.min(TIMERS.c.due_at)).where(TIMERS.c.topic == topic)
        with meaning():
            async with self._engine.connect() as connection:
                found: datetime | None = (await connection.execute(asked)).scalar_one()
        return found


def _due(topic: str, now: datetime) -> Any:
    return (
        select(TIMERS)
        .where(TIMERS.c.topic == topic, TIMERS.c.due_at <= now)
        .order_by(TIMERS.c.due_at, TIMERS.c.timer_id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )


async def _produce(row: Any, producer: Producer, dead: str) -> None:
    record = Record(row["key"], row["value"], list(unpacked(row["headers"])))
    try:
        await producer.send(row["topic"], record, partition=row["partition"])
    except Permanent as refused:
        logger.error("a timer's record goes to a person: {}", refused)
        slim = [*record.headers, ("x-value-dropped", str(refused).encode()[:1024])]
        await producer.send(dead, Record(record.key, None, slim))


async def ring_timers(settings: RelaySettings, *, clock: Callable[[], float] = time.time) -> None:
    """The job as the relay runs it: until it is cancelled; `clock` gives the wall's seconds."""
    engine = open_engine(settings.postgres.get_secret_value(), size=1)
    producer = Producer(Broker(settings.kafka))
    timers = Timers(engine)
    due, dead = DUE.name(settings.topic_prefix), DLQ.name(settings.topic_prefix)
    told = False
    try:
        while True:
            try:
                now = datetime.fromtimestamp(clock(), UTC)
                many = await timers.ring(due, now, producer, dead)
                following = await timers.next_due(due) if many < _BATCH else now
                told = False
            except Retryable as error:
                if not told:
                    logger.warning("the timers wait: {}", error)
                    told = True
                await asyncio.sleep(_PATIENCE)
                continue
            await asyncio.sleep(rest(following, clock()))
    finally:
        await producer.stop()
        await engine.dispose()


def rest(following: datetime | None, now: float) -> float:
    """Seconds until the next look: at most one, for a timer may be set meanwhile. Pure."""
    if following is None:
        return _LOOK_S
    return min(_LOOK_S, max(0.0, following.timestamp() - now))
