"""Follows topics from outside: no group, no commits, so that it disturbs nobody."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from hongyan.record_line import Seen

_PATIENCE_S = 0.5
_NOTICE_EVERY_S = 5.0

# That the broker is away is told once, by whoever asked; aiokafka would tell it at length.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class Follower:
    """Reads every topic whose name matches, in each partition's order, over broker restarts."""

    def __init__(self, kafka: str, pattern: str, *, from_start: bool) -> None:
        """`pattern` is a regular expression for whole names. New topics are read from the start."""
        self._kafka = kafka
        self._pattern = re.compile(pattern)
        self._positions: dict[TopicPartition, int] = {}
        self._from_start = from_start
        self._noticed = False

    async def records(self) -> AsyncIterator[Seen]:
        """Without end; a broker that is away is waited for."""
        while True:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._kafka, enable_auto_commit=False, metadata_max_age_ms=5_000
            )
            try:
                await consumer.start()
                async for record in self._until_failure(consumer):
                    yield record
            except (KafkaError, OSError):
                await asyncio.sleep(_PATIENCE_S)
            finally:
                await _closed(consumer)

    async def _until_failure(self, consumer: AIOKafkaConsumer) -> AsyncIterator[Seen]:
        loop = asyncio.get_running_loop()
        look_again = 0.0
        while True:
            if loop.time() >= look_again:
                await self._notice(consumer)
                look_again = loop.time() + _NOTICE_EVERY_S
            if not consumer.assignment():
                await asyncio.sleep(_PATIENCE_S)
                look_again = 0.0
                continue
            batches = await consumer.getmany(timeout_ms=500)
            arrived = [_seen(record) for records in batches.values() for record in records]
            # What came together is told in the order it was written, over all partitions.
            for record in sorted(arrived, key=lambda record: record.timestamp_ms):
                partition = TopicPartition(record.topic, record.partition)
                self._positions[partition] = record.offset + 1
                yield record

    async def _notice(self, consumer: AIOKafkaConsumer) -> None:
        """Assign what matches now; known partitions go on where they were."""
        partitions = [
            partition
            for partition in await _partitions(self._kafka)
            if self._pattern.fullmatch(partition.topic)
        ]
        fresh = [partition for partition in partitions if partition not in self._positions]
        if not fresh and consumer.assignment() == set(partitions):
            return
        at_end = not self._from_start and not self._noticed
        find = consumer.end_offsets if at_end else consumer.beginning_offsets
        self._positions.update(await find(fresh) if fresh else {})
        self._noticed = True
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, self._positions[partition])


async def _partitions(kafka: str) -> list[TopicPartition]:
    # A consumer knows the partitions of its own topics alone; `topics()` does not add to them.
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=10_000)
    try:
        await admin.start()
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(entry["topic"], part["partition"])
        for entry in described
        for part in entry["partitions"]
    ]


def _seen(record: object) -> Seen:
    get = record.__getattribute__
    return Seen(
        get("topic"),
        get("partition"),
        get("offset"),
        get("timestamp"),
        get("key"),
        tuple(get("headers")),
        get("value"),
    )


async def _closed(consumer: AIOKafkaConsumer) -> None:
    try:
        await asyncio.wait_for(consumer.stop(), 3)
    except (TimeoutError, KafkaError, OSError):
        return


async def topic_names(kafka: str) -> list[str]:
    """All topics of a broker, sorted. Raises KafkaError or OSError when it is away."""
    return sorted({partition.topic for partition in await _partitions(kafka)})


def matching(names: Iterable[str], pattern: str) -> list[str]:
    """The names that match a whole pattern. Pure."""
    return [name for name in names if re.fullmatch(pattern, name)]
