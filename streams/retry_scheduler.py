"""Brings waiting work back when its delay is over: bot.retry.<delay> to bot.due.

A job of the relay; several may run, the consumer group shares the partitions between them.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from loguru import logger
from prometheus_client import Counter, Histogram

from connectors.failpoint import reach
from connectors.kafka import Broker, Producer, connect_consumer
from connectors.settings import RelaySettings
from schemas.envelope import Record, header
from schemas.failure import Permanent
from schemas.topics import DLQ, DUE
from streams.retry_policy import TIERS, hop

DUE_AGAIN = Counter("hongyan_retries_due", "Records brought back to their lanes", ["delay"])
LATENESS = Histogram(
    "hongyan_retry_lateness_seconds",
    "Seconds from the due time to the broker's ack",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
)

_LOOK_S: Final = 1.0  # the longest wait between two polls: a member that does not poll is put out
_BATCH: Final = 500
_PATIENCE: Final = 0.5
_FETCH_WAIT_MS: Final = 50
"""A partition that wakes is fetched only once the broker has answered the fetch under way, which
waits for news of the others: aiokafka's own 500 ms made that the lateness of every retry.
"""
_FAREWELL: Final = 1.5

Clock = Callable[[], float]


class Ripe(NamedTuple):
    """How many records at the front of a batch are due, and in how many seconds the next one is;
    None: all are.
    """

    due: int
    rest: float | None


@dataclass
class _Waiting:
    """The record at a paused partition's front: since when it is known, and until when it waits,
    both in monotonic seconds.
    """

    offset: int
    since: float
    until: float


def ripe(due_at: Sequence[float], now: float, most: float) -> Ripe:
    """Which records of one partition are due at `now`; all in seconds. Pure.

    `most` bounds the wait for the first one: a clock that was set back must not hold work for
    longer than its delay.
    """
    for count, due in enumerate(due_at):
        if due > now:
            return Ripe(count, min(due - now, most))
    return Ripe(len(due_at), None)


class RetryScheduler:
    """Waits by pausing partitions, never by sleeping: the group's poll goes on.

    At-least-once and in order for each key: a record is committed after bot.due has it. It is
    never early by `clock`, wherever the partition moves: each assignment looks at the times again.
    """

    def __init__(
        self,
        broker: Broker,
        prefix: str,
        *,
        member: str,
        clock: Clock = time.time,
        ticks: Clock = time.monotonic,
    ) -> None:
        """`clock` gives the wall's seconds, `ticks` monotonic ones; `member` is a stable name."""
        self._broker = broker
        self._prefix = prefix
        self._member = member
        self._clock = clock
        self._ticks = ticks
        self._producer = Producer(broker)
        self._tiers = {tier.topic.name(prefix): tier for tier in TIERS}
        self._waiting: dict[TopicPartition, _Waiting] = {}

    async def run(self) -> None:
        """Work until cancelled; a broker that is away is waited for."""
        try:
            while True:
                consumer = await self._connected()
                try:
                    while True:
                        await self._step(consumer)
                except KafkaError as error:
                    logger.warning("the retry scheduler connects again: {}", repr(error))
                finally:
                    await _close(consumer)
                await asyncio.sleep(_PATIENCE)
        finally:
            await self._producer.stop()

    async def _connected(self) -> AIOKafkaConsumer:
        self._waiting.clear()
        consumer = await connect_consumer(
            self._broker,
            group=f"{self._prefix}.retry",
            instance=self._member,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        consumer.subscribe(list(self._tiers), listener=_Forgetting(self._waiting))
        return consumer

    async def _step(self, consumer: AIOKafkaConsumer) -> None:
        rest = self._wake(consumer)
        fetched = await consumer.getmany(timeout_ms=int(rest * 1000), max_records=_BATCH)
        due = {
            place: taken
            for place, records in fetched.items()
            if (taken := self._take(consumer, place, records))
        }
        if not due:
            return
        reach("retry.taken")
        await self._bring(record for records in due.values() for record in records)
        reach("retry.brought")
        await _commit(consumer, {place: taken[-1].offset + 1 for place, taken in due.items()})
        reach("retry.committed")

    def _wake(self, consumer: AIOKafkaConsumer) -> float:
        """Resume the partitions whose front is due; the seconds until the next one is."""
        now = self._ticks()
        for place in [p for p, waiting in self._waiting.items() if waiting.until <= now]:
            consumer.resume(place)
            # Its front stays known: `_take` must not begin its wait anew.
        rests = [w.until - now for w in self._waiting.values() if w.until > now]
        return min([_LOOK_S, *rests])

    def _take(
        self, consumer: AIOKafkaConsumer, place: TopicPartition, records: list[ConsumerRecord]
    ) -> list[ConsumerRecord]:
        """The records that are due; for the first that is not, its partition pauses."""
        tier, ticks = self._tiers[place.topic], self._ticks()
        delay = tier.delay.total_seconds()
        front = self._waiting.pop(place, None)
        times = [record.timestamp / 1000 + delay for record in records]
        known = front is not None and front.offset == records[0].offset
        since = front.since if known and front is not None else ticks
        waited = ticks - since
        now = self._clock()
        if waited >= delay:  # the clock was set back; this one has waited its whole time
            times[0] = min(times[0], now)
        count, rest = ripe(times, now, delay)
        if rest is not None:
            if count:
                since = ticks
            until = min(ticks + rest, since + delay)
            self._waiting[place] = _Waiting(records[count].offset, since, until)
            try:
                consumer.seek(place, records[count].offset)
                consumer.pause(place)
            except IllegalStateError:  # it was just taken away; who has it now looks for itself
                del self._waiting[place]
                return []
        return records[:count]

    async def _bring(self, records: Iterable[ConsumerRecord]) -> None:
        """Write all to where they go, in order for each key, keys side by side."""
        by_key: dict[Any, list[ConsumerRecord]] = {}
        for record in records:
            lane = record.key if record.key is not None else (record.topic, record.partition)
            by_key.setdefault(lane, []).append(record)

        async def one_key(own: list[ConsumerRecord]) -> None:
            for record in own:
                await self._one(record)

        await asyncio.gather(*(one_key(own) for own in by_key.values()))

    async def _one(self, record: ConsumerRecord) -> None:
        tier, now = self._tiers[record.topic], self._clock()
        copied = Record(record.key, record.value, list(record.headers))
        # Without a key only the number says which lane it belongs to.
        partition = record.partition if record.key is None else None
        target = self._target(record, now)
        try:
            await self._producer.send(target, copied, partition=partition)
        except Permanent as refused:
            logger.error(
                "a retry of {}[{}] goes to a person: {}", record.topic, record.offset, refused
            )
            slim = [*record.headers, ("x-value-dropped", str(refused).encode()[:1024])]
            await self._producer.send(DLQ.name(self._prefix), Record(record.key, None, slim))
        DUE_AGAIN.labels(delay=tier.name).inc()
        due_at = record.timestamp / 1000 + tier.delay.total_seconds()
        LATENESS.observe(max(0.0, self._clock() - due_at))

    def _target(self, record: ConsumerRecord, now: float) -> str:
        """bot.due, or another tier while `x-not-before-ms` is still to come."""
        remaining = not_before(record.headers) - now
        if remaining > 0:
            return hop(timedelta(seconds=remaining)).topic.name(self._prefix)
        return DUE.name(self._prefix)


def not_before(headers: Sequence[tuple[str, bytes]]) -> float:
    """The wall's seconds of `x-not-before-ms`; 0 where there is none, or no date's number."""
    text = header(headers, "x-not-before-ms") or ""
    return int(text) / 1000 if text.isascii() and text.isdigit() and len(text) < 15 else 0.0


class _Forgetting(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A new assignment starts without pauses, so nothing known of the old one may stand."""

    def __init__(self, waiting: dict[TopicPartition, _Waiting]) -> None:
        self._waiting = waiting

    def on_partitions_revoked(self, revoked: Any) -> None:  # the library's name
        self._waiting.clear()

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Nothing: a new partition's front is looked at when it is fetched."""


async def _commit(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit; a refusal means that another member has the partition and brings them once more."""
    try:
        await consumer.commit(dict(offsets))
    except KafkaError as error:
        logger.warning("retries may come twice: {}", repr(error))


async def _close(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(_FAREWELL):
            await consumer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger.warning("the retry consumer did not stop cleanly: {}", repr(error))


async def schedule_retries(settings: RelaySettings) -> None:
    """The job as the relay runs it."""
    scheduler = RetryScheduler(
        Broker(settings.kafka), settings.topic_prefix, member=settings.relay_id
    )
    await scheduler.run()
