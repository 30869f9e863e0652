"""What the stack relies on in a broker holds on the embedded one as on Apache Kafka."""

import asyncio
import contextlib
import functools
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

from hongyan import embedded_broker
from tests.fixtures.kafka_reading import beginning, committed, read_all
from tests.fixtures.live_server import LiveBroker, free_port
from tests.fixtures.waiting import until


@contextlib.asynccontextmanager
async def admin_of(broker: LiveBroker) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@contextlib.asynccontextmanager
async def producer_of(broker: LiveBroker) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        enable_idempotence=True,
        acks="all",
        request_timeout_ms=5_000,
        retry_backoff_ms=50,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def make_topic(
    broker: LiveBroker, name: str, partitions: int = 1, **config: str
) -> TopicPartition:
    configs = {key.replace("_", "."): value for key, value in config.items()}
    async with admin_of(broker) as admin:
        await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
    return TopicPartition(name, 0)


async def config_of(broker: LiveBroker, topic: str) -> dict[str, str]:
    async with admin_of(broker) as admin:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    [resource] = answers[0].resources
    return {entry[0]: entry[1] for entry in resource[4]}


async def test_a_record_keeps_its_key_headers_and_time(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(
        any_broker, topic_prefix, retention_ms="-1"
    )  # its time is long past: a cleaner would take it
    async with producer_of(any_broker) as producer:
        await producer.send_and_wait(
            topic_prefix, b"v", key=b"k", headers=[("ce_id", b"1")], timestamp_ms=1_750_000_000_123
        )

    [record] = await read_all(any_broker.bootstrap, place)

    assert (record.key, record.value, record.timestamp) == (b"k", b"v", 1_750_000_000_123)
    assert record.headers == (("ce_id", b"1"),)


async def test_topics_are_never_made_by_asking_for_them(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=any_broker.bootstrap)
    await consumer.start()
    await consumer._client.set_topics([topic_prefix])
    await consumer.stop()

    async with admin_of(any_broker) as admin:
        assert topic_prefix not in await admin.list_topics()


async def test_configs_change_one_by_one_and_partitions_grow(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    await make_topic(any_broker, topic_prefix, partitions=2, retention_ms="600000")
    change = {"retention.ms": "700000"}
    async with admin_of(any_broker) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic_prefix, change)])
        await admin.create_partitions({topic_prefix: NewPartitions(5)})

        async def grown() -> bool:  # Kafka answers before its metadata follows
            [described] = await admin.describe_topics([topic_prefix])
            return len(described["partitions"]) == 5

        await until(grown)

    async def changed() -> bool:
        return (await config_of(any_broker, topic_prefix))["retention.ms"] == "700000"

    await until(changed)


async def test_a_record_over_the_limit_is_refused(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    await make_topic(any_broker, topic_prefix, max_message_bytes="2000")
    async with producer_of(any_broker) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic_prefix, b"x" * 3000)


@pytest.mark.slow
async def test_three_kills_under_load_lose_no_acked_record(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(any_broker, topic_prefix)
    acked: list[bytes] = []
    failed: list[BaseException] = []
    over = asyncio.Event()

    def reached(goal: int) -> bool:
        return len(acked) >= goal

    async def load(producer: AIOKafkaProducer, lane: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            value = f"{lane}/{number}".encode()
            try:
                await producer.send_and_wait(topic_prefix, value)
            except Exception as error:  # noqa: BLE001 - any failure is counted, and judged below
                failed.append(error)
            else:
                acked.append(value)

    async with producer_of(any_broker) as producer, asyncio.TaskGroup() as lanes:
        for lane in range(20):
            lanes.create_task(load(producer, lane))
        for _ in range(3):
            goal = len(acked) + 300
            await until(functools.partial(reached, goal))
            await asyncio.to_thread(any_broker.kill)
            await asyncio.to_thread(any_broker.start)
        goal = len(acked) + 300
        await until(functools.partial(reached, goal))
        over.set()

    kept = [record.value for record in await read_all(any_broker.bootstrap, place)]
    assert not failed
    assert set(acked) - set(kept) == set()


async def test_offsets_and_configs_outlive_a_kill(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(any_broker, topic_prefix, retention_ms="610000")
    async with producer_of(any_broker) as producer:
        for number in range(10):
            await producer.send_and_wait(topic_prefix, str(number).encode())
    consumer = AIOKafkaConsumer(
        topic_prefix,
        bootstrap_servers=any_broker.bootstrap,
        group_id=topic_prefix,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    await consumer.getone()
    await consumer.commit({place: 7})
    await consumer.stop()

    await asyncio.to_thread(any_broker.kill)
    await asyncio.to_thread(any_broker.start)

    async def told() -> bool:
        # Seen once with Apache Kafka: "nothing committed" at first, just after the restart. Likely
        # its group was still loading: aiokafka 0.14 never reads the error_code of OffsetFetch.
        return await committed(any_broker.bootstrap, topic_prefix, place) is not None

    await until(told)
    assert await committed(any_broker.bootstrap, topic_prefix, place) == 7
    assert (await config_of(any_broker, topic_prefix))["retention.ms"] == "610000"


MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
async def main():
    bootstrap, topic = sys.argv[1:]
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=topic,
        group_instance_id="one", session_timeout_ms=30000, heartbeat_interval_ms=500,
        auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    async for record in consumer:
        await consumer.commit()
        print(record.value.decode(), flush=True)
asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def static_member(
    broker: LiveBroker, topic: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A consumer in a process of its own, killed in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MEMBER, broker.bootstrap, topic, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    return await asyncio.wait_for(process.stdout.readline(), 15)


@pytest.mark.parametrize("kill_broker_too", [False, True])
async def test_a_killed_static_member_has_its_partitions_back_at_once(
    any_broker: LiveBroker, topic_prefix: str, kill_broker_too: bool
) -> None:
    await make_topic(any_broker, topic_prefix, partitions=3)
    async with producer_of(any_broker) as producer:
        await producer.send_and_wait(topic_prefix, b"first", partition=1)
        async with static_member(any_broker, topic_prefix) as member:
            assert await line_of(member) == b"first\n"
        if kill_broker_too:
            await asyncio.to_thread(any_broker.restart)
        await producer.send_and_wait(topic_prefix, b"second", partition=1)

        began = asyncio.get_running_loop().time()
        async with static_member(any_broker, topic_prefix) as member:
            assert await line_of(member) == b"second\n"

    assert asyncio.get_running_loop().time() - began < 10  # its session would last 30 s


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
def cleaning_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveBroker]:
    """A broker that compacts and applies retention within a second or two."""
    if request.param == "apache":
        yield request.getfixturevalue("apache_kafka")
        return
    executable, port = embedded_broker.ensure_built(print), free_port()
    program = embedded_broker.program(
        executable, tmp_path / "data", port, clean_every_s=0.5, sync=False
    )
    server = LiveBroker(program, tmp_path / "log", port)
    server.start()
    yield server
    server.stop()


async def test_compaction_keeps_the_last_record_of_each_key(
    cleaning_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(
        cleaning_broker, topic_prefix, cleanup_policy="compact", segment_ms="100"
    )
    await asyncio.to_thread(cleaning_broker.restart)  # the cleaner must go on after a restart
    async with producer_of(cleaning_broker) as producer:
        for number in range(20):
            await producer.send_and_wait(topic_prefix, str(number).encode(), key=b"a")
            await producer.send_and_wait(topic_prefix, str(number).encode(), key=b"b")
        kept: list[ConsumerRecord[bytes, bytes]] = []

        async def compacted() -> bool:
            # Neither broker compacts what it is still writing, so it is pushed on.
            await producer.send_and_wait(topic_prefix, b"", key=b"end")
            kept[:] = await read_all(cleaning_broker.bootstrap, place)
            return len([record for record in kept if record.key != b"end"]) == 2

        await until(compacted, every_s=0.5)

    assert {r.key: r.value for r in kept} == {b"a": b"19", b"b": b"19", b"end": b""}
    assert [r.offset for r in kept if r.key != b"end"] == [38, 39]


async def test_a_consumer_goes_on_over_what_compaction_took_away(
    cleaning_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(
        cleaning_broker, topic_prefix, cleanup_policy="compact", segment_ms="100"
    )
    async with producer_of(cleaning_broker) as producer:
        for number in range(20):
            await producer.send_and_wait(topic_prefix, str(number).encode(), key=b"a")

        async def compacted() -> bool:
            await producer.send_and_wait(topic_prefix, b"", key=b"end")
            kept = await read_all(cleaning_broker.bootstrap, place)
            return len([record for record in kept if record.key == b"a"]) == 1

        await until(compacted, every_s=0.5)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=cleaning_broker.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign([place])
    consumer.seek(place, 5)
    record = await asyncio.wait_for(consumer.getone(), 10)
    await consumer.stop()

    assert (record.offset, record.value) == (19, b"19")


async def test_a_producer_goes_on_over_a_clean_stop_and_a_kill(
    any_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(any_broker, topic_prefix)
    async with producer_of(any_broker) as producer:
        await producer.send_and_wait(topic_prefix, b"1")
        await asyncio.to_thread(any_broker.restart)
        await producer.send_and_wait(topic_prefix, b"2")
        await producer.send_and_wait(topic_prefix, b"3")
        await asyncio.to_thread(any_broker.kill)
        await asyncio.to_thread(any_broker.start)
        await producer.send_and_wait(topic_prefix, b"4")

    kept = [record.value for record in await read_all(any_broker.bootstrap, place)]
    assert kept == [b"1", b"2", b"3", b"4"]


async def test_offsets_go_on_after_everything_expired(
    cleaning_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(cleaning_broker, topic_prefix, retention_ms="100", segment_ms="100")
    async with producer_of(cleaning_broker) as producer:
        for number in range(5):
            await producer.send_and_wait(topic_prefix, str(number).encode(), timestamp_ms=1_000)

        async def expired() -> bool:
            return await beginning(cleaning_broker.bootstrap, place) >= 4

        await until(expired, every_s=0.2)
        await asyncio.to_thread(cleaning_broker.kill)
        await asyncio.to_thread(cleaning_broker.start)
        told = await producer.send_and_wait(topic_prefix, b"after")

    assert told.offset == 5


async def test_time_alone_takes_nothing_from_a_compacted_topic(
    cleaning_broker: LiveBroker, topic_prefix: str
) -> None:
    place = await make_topic(
        cleaning_broker, topic_prefix, cleanup_policy="compact", retention_ms="100"
    )
    async with producer_of(cleaning_broker) as producer:
        for key in (b"a", b"b", b"c"):
            await producer.send_and_wait(topic_prefix, b"kept", key=key, timestamp_ms=1_000)
    await asyncio.to_thread(cleaning_broker.restart)

    assert [r.key for r in await read_all(cleaning_broker.bootstrap, place)] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
async def test_whatever_others_compress_with_is_read(
    any_broker: LiveBroker, topic_prefix: str, compression: str
) -> None:
    """One batch that cannot be unpacked would stop a consumer for good."""
    place = await make_topic(any_broker, topic_prefix)
    async with AIOKafkaProducer(
        bootstrap_servers=any_broker.bootstrap, compression_type=compression
    ) as producer:
        await producer.send_and_wait(topic_prefix, b"v" * 1000)

    assert [r.value for r in await read_all(any_broker.bootstrap, place)] == [b"v" * 1000]
