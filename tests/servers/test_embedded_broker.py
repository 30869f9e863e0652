"""The embedded broker is built once, says what is wrong, ends with its parent, cleans safely."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from hongyan import embedded_broker
from hongyan.program import CannotStart
from tests.fixtures.kafka_reading import read_all
from tests.fixtures.live_server import LiveBroker, free_port
from tests.fixtures.waiting import until


def _broker(data: Path, log: Path, port: int, clean_every_s: float = 60) -> LiveBroker:
    executable = embedded_broker.ensure_built(print)
    program = embedded_broker.program(executable, data, port, clean_every_s=clean_every_s)
    return LiveBroker(program, log, port)


async def _make_topic(broker: LiveBroker, name: str, config: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs=config)])
    await admin.close()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[LiveBroker]:
    server = _broker(tmp_path / "data", tmp_path / "log", free_port(), clean_every_s=0.3)
    server.start()
    yield server
    server.stop()


def test_a_second_broker_on_the_same_data_is_refused(broker: LiveBroker, tmp_path: Path) -> None:
    data = Path(broker.program.argv[broker.program.argv.index("--data") + 1])

    with pytest.raises(CannotStart, match=r"is running on .*正在使用"):
        _broker(data, tmp_path / "log", free_port()).start()


def test_a_taken_port_is_named(broker: LiveBroker, tmp_path: Path) -> None:
    port = int(broker.bootstrap.rpartition(":")[2])

    with pytest.raises(CannotStart, match=r"port is taken.*端口已被占用"):
        _broker(tmp_path / "data", tmp_path / "log", port).start()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot write to .*无法写入"):
        _broker(tmp_path / "file" / "data", tmp_path / "log", free_port()).start()


def test_it_ends_when_its_parent_closes_the_pipe(tmp_path: Path) -> None:
    executable = embedded_broker.ensure_built(print)
    command = embedded_broker.command(executable, tmp_path / "data", free_port())
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"ready 127.0.0.1:")
        process.stdin.close()

        assert process.wait(5) == 0


@pytest.mark.slow
def test_builders_at_the_same_time_build_once(tmp_path: Path) -> None:
    said: list[str] = []
    with ThreadPoolExecutor(3) as builders:
        builds = [
            builders.submit(embedded_broker.ensure_built, said.append, cache=tmp_path)
            for _ in range(3)
        ]
        executables = {build.result() for build in builds}

    assert len([line for line in said if line.startswith("Building")]) == 1
    assert [path.exists() for path in executables] == [True]


def test_another_source_is_another_build(tmp_path: Path) -> None:
    for path in embedded_broker.SOURCES.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = embedded_broker.build_key(tmp_path)
    (tmp_path / "main.go").write_text("package main")

    assert same == embedded_broker.build_key()
    assert embedded_broker.build_key(tmp_path) != same


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["arm64", "amd64"])
def test_it_compiles_for_a_mac(architecture: str, tmp_path: Path) -> None:
    go = embedded_broker.find_go(print)
    target = ("GOOS=darwin", f"GOARCH={architecture}")
    command = embedded_broker.build_command(go, tmp_path / "broker", *target)
    built = subprocess.run(
        command, cwd=embedded_broker.SOURCES, capture_output=True, text=True, check=False
    )

    assert built.returncode == 0, built.stderr


@pytest.mark.slow
async def test_cleaning_and_kills_under_load_lose_no_last_record(own_broker: LiveBroker) -> None:
    chance, place = random.Random(7), TopicPartition("state", 0)
    config = {"cleanup.policy": "compact", "segment.bytes": "65536"}
    await _make_topic(own_broker, "state", config)
    acked: dict[bytes, int] = {}
    offsets: list[int] = []
    over = asyncio.Event()
    producer = AIOKafkaProducer(
        bootstrap_servers=own_broker.bootstrap, enable_idempotence=True, retry_backoff_ms=50
    )
    await producer.start()

    async def load(key: bytes) -> None:
        number = 0
        while not over.is_set():
            number += 1
            told = await producer.send_and_wait("state", str(number).encode(), key=key)
            acked[key] = number
            offsets.append(told.offset)

    async with asyncio.TaskGroup() as lanes:
        for lane in range(10):
            lanes.create_task(load(f"k{lane}".encode()))
        for _ in range(6):
            goal = len(offsets) + chance.randrange(500, 3_000)
            await until(lambda goal=goal: len(offsets) >= goal)  # type: ignore[misc]
            await asyncio.to_thread(own_broker.kill)
            await asyncio.to_thread(own_broker.start)
        over.set()
    await producer.stop()

    kept = await read_all(own_broker.bootstrap, place)
    last = {record.key: int(record.value or b"0") for record in kept}
    assert last == acked
    assert len(set(offsets)) == len(offsets)
    assert len(kept) < len(offsets) / 2


async def test_a_group_reads_on_over_rounds_of_cleaning(own_broker: LiveBroker) -> None:
    await _make_topic(own_broker, "feed", {})
    numbers, seen = range(60), list[int]()
    producer = AIOKafkaProducer(bootstrap_servers=own_broker.bootstrap, enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        "feed",
        bootstrap_servers=own_broker.bootstrap,
        group_id="readers",
        group_instance_id="one",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await producer.start()
    await consumer.start()
    for number in numbers:
        await producer.send_and_wait("feed", str(number).encode())
        record = await asyncio.wait_for(consumer.getone(), 10)
        seen.append(int(record.value or b"-1"))
        await consumer.commit()
        await asyncio.sleep(0.02)  # so that some three rounds pass
    await consumer.stop()
    await producer.stop()

    assert seen == list(numbers)
