"""Kafka: a producer that awaits the broker's ack, consumers that never commit on their own."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import ConsumerRecord, RecordMetadata
from loguru import logger

from schemas.envelope import Record
from schemas.failure import Permanent

_REFUSED = (
    MessageSizeTooLargeError,
    RecordTooLargeError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    AssertionError,  # aiokafka's own check of argument types
    TypeError,
)
"""What no second try can mend."""

_PATIENCE = 0.5  # seconds between tries while the broker is away


@dataclass(frozen=True)
class Broker:
    """Where the broker is."""

    bootstrap: str


class Producer:
    """Sends records and returns when all in-sync replicas have them.

    A broker that is away is waited for, without end: callers hold the work that the record stands
    for, so giving up would lose it. Because a batch that timed out may have been written all the
    same, a record can stand twice (equal `ce_id`; every consumer dedupes). Order is kept for a
    caller that awaits each send before the next one of the same key.
    """

    def __init__(self, broker: Broker, *, linger_ms: int = 0) -> None:
        """`linger_ms` trades latency for larger batches."""
        self._broker = broker
        self._linger_ms = linger_ms
        self._producer: AIOKafkaProducer | None = None
        self._renewing = asyncio.Lock()

    async def start(self) -> None:
        """Connect; waits until the broker is there."""
        await self._current()

    async def stop(self) -> None:
        """Flush what is under way and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stopped(producer)

    async def send(
        self, topic: str, record: Record, *, partition: int | None = None
    ) -> RecordMetadata:
        """Produce and await the ack.

        Raises:
            Permanent: the broker refuses this very record (too large, no such right).

        """
        while True:
            producer = await self._current()
            try:
                return await producer.send_and_wait(
                    topic,
                    record.value,
                    key=record.key,
                    partition=partition,
                    headers=record.headers,
                )
            except _REFUSED as error:
                raise Permanent(f"{topic} refuses the record: {error}") from error
            except KafkaError as error:
                logger.warning("produce to {} goes on waiting: {}", topic, repr(error))
                await self._renew(producer)
                await asyncio.sleep(_PATIENCE)

    async def send_unheard(self, topic: str, records: Iterable[Record]) -> int:
        """Produce all and await their acks once; for logs that may lose records while the broker
        is away. Returns how many were lost.
        """
        producer = await self._current()
        waiting = []
        lost = 0
        for record in records:
            try:
                waiting.append(
                    await producer.send(topic, record.value, key=record.key, headers=record.headers)
                )
            except (*_REFUSED, KafkaError):
                lost += 1
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        return lost + sum(isinstance(answer, BaseException) for answer in answers)

    async def _current(self) -> AIOKafkaProducer:
        while self._producer is None:
            async with self._renewing:
                if self._producer is None:
                    self._producer = await self._connected()
        return self._producer

    async def _renew(self, failed: AIOKafkaProducer) -> None:
        """Replace a producer that failed: after a lost batch its sequence numbers have a hole, and
        an idempotent producer never recovers from that by itself.
        """
        async with self._renewing:
            if self._producer is failed:
                self._producer = None
                await _stopped(failed)

    async def _connected(self) -> AIOKafkaProducer | None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._broker.bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=self._linger_ms,
            request_timeout_ms=10_000,
            retry_backoff_ms=100,
            metadata_max_age_ms=10_000,
            max_request_size=2 * 1024 * 1024,
            partitioner=_partition,
        )
        try:
            await producer.start()
        except asyncio.CancelledError:  # a caller with a time limit; leave no half-started client
            await _stopped(producer)
            raise
        except (KafkaError, OSError) as error:
            logger.warning("the broker at {} is away: {}", self._broker.bootstrap, repr(error))
            await _stopped(producer)
            await asyncio.sleep(_PATIENCE)
            return None
        return producer


@lru_cache(maxsize=10_000)
def _of_key(key: bytes, partitions: tuple[int, ...]) -> int:
    # aiokafka's murmur2 is pure Python, 10 µs a record; a chat's key comes again and again.
    number: int = DefaultPartitioner()(key, partitions, ())
    return number


def _partition(key: bytes | None, partitions: list[int], available: list[int]) -> int:
    """The partition every Kafka client with the Java default gives the key."""
    if key is not None:
        return _of_key(key, tuple(partitions))
    number: int = DefaultPartitioner()(key, partitions, available)
    return number


async def _stopped(client: Any) -> None:  # aiokafka has no types
    """Stop a client that may hang in its own flush."""
    try:
        async with asyncio.timeout(5):  # wait_for may swallow the caller's own cancellation
            await client.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger.warning("a Kafka client did not stop cleanly: {}", repr(error))


async def connect_consumer(
    broker: Broker,
    *topics: str,
    group: str,
    instance: str | None = None,
    **options: Any,  # aiokafka's own keyword arguments
) -> AIOKafkaConsumer:
    """A started consumer of a group, from the first record where the group has no offset.

    It never commits on its own. `instance` makes its membership static: a member that comes back
    under the same name gets its partitions at once. Waits until the broker is there.
    """
    while True:
        consumer = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=broker.bootstrap,
            group_id=group,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **{
                "session_timeout_ms": 10_000,
                "heartbeat_interval_ms": 2_000,
                "metadata_max_age_ms": 10_000,
                **options,
            },
        )
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            logger.warning("the broker at {} is away: {}", broker.bootstrap, repr(error))
            await _stopped(consumer)
            await asyncio.sleep(_PATIENCE)
        else:
            return consumer


async def read_whole(broker: Broker, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Every record of a topic from its beginning to the end it had when reading began.

    Raises:
        KafkaError: the broker is away or went away, or there is no such topic; start over.

    """
    # Named in the constructor: `topics()` does not fill what `partitions_for_topic()` reads, and a
    # topic without known partitions would look like an empty one.
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=10_000,
    )
    try:
        await consumer.start()
        partitions = sorted(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, begins[partition])
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            batches = await consumer.getmany(timeout_ms=500)
            for partition, records in batches.items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record
    finally:
        await _stopped(consumer)


def text_headers(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Headers for people; bytes that are no UTF-8 show as escapes."""
    return {name: value.decode(errors="backslashreplace") for name, value in headers}
