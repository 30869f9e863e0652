"""The ids of the events at some offsets of bot.inbound, for people who debug by offsets."""

import re
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.envelope import header
from schemas.failure import BadRequest, DependencyDown

_FORM: Final = re.compile(r"(\d{1,6}):(\d{1,18})(?:-(\d{1,18}))?\Z")


@dataclass(frozen=True)
class OffsetRange:
    """Offsets of one partition, both ends included."""

    partition: int
    first: int
    last: int


def parse_offsets(text: str) -> OffsetRange:
    """`PARTITION:FIRST-LAST`, or `PARTITION:OFFSET`.

    Raises:
        BadRequest: it is neither.

    """
    found = _FORM.match(text)
    if found is None:
        raise BadRequest(f"{text!r} is not PARTITION:FIRST-LAST, as in 3:1200-1250")
    first = int(found[2])
    last = int(found[3] or first)
    if last < first:
        raise BadRequest(f"{text!r} ends before it begins")
    return OffsetRange(int(found[1]), first, last)


async def events_at(kafka: str, topic: str, wanted: OffsetRange) -> frozenset[str]:
    """The `ce_id`s of the records there; what has expired or is not written yet is left out.

    Raises:
        BadRequest: the topic has no such partition.
        DependencyDown: the broker is away.

    """
    # Named here: a consumer without topics knows of none (see `connectors.kafka.read_whole`).
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, enable_auto_commit=False)
    try:
        await consumer.start()
        try:
            place = TopicPartition(topic, wanted.partition)
            places = consumer.assignment()
            if place not in places:
                raise BadRequest(f"{topic} has no partition {wanted.partition}")
            consumer.pause(*(places - {place}))
            return await _ids(consumer, place, wanted)
        finally:
            await consumer.stop()
    except (KafkaError, OSError) as error:
        raise DependencyDown(f"the broker at {kafka} is away: {error!r}") from error


async def _ids(
    consumer: AIOKafkaConsumer, place: TopicPartition, wanted: OffsetRange
) -> frozenset[str]:
    begin = (await consumer.beginning_offsets([place]))[place]
    end = min((await consumer.end_offsets([place]))[place], wanted.last + 1)
    found: set[str] = set()
    consumer.seek(place, max(begin, wanted.first))
    while await consumer.position(place) < end:
        for batch in (await consumer.getmany(place, timeout_ms=500)).values():
            for record in batch:
                name = header(record.headers, "ce_id")
                if record.offset < end and name is not None:
                    found.add(name)
    return frozenset(found)
