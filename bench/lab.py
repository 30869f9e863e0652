"""What the benches share: servers of their own, paced messages, and where results go."""

import argparse
import asyncio
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.stream import broker_program, running
from connectors.kafka import Broker, Producer
from hongyan import embedded_postgres
from schemas.envelope import Record, decode
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack
from tests.fakes.wechat import message, record
from tests.fixtures.live_server import LiveBroker, LivePostgres, free_port

RESULTS = Path(__file__).parent / "results"

WORK = """
import asyncio
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("work")
async def work(ctx: Context, text: str) -> AsyncIterator[Draft]:
    milliseconds, _, said = text.partition(" ")
    await asyncio.sleep(float(milliseconds) / 1000)
    yield ctx.reply(said)
"""


@dataclass
class Lab:
    """A broker and a database; `stack` gives a fresh prefix on them."""

    bootstrap: str
    dsn: str
    folder: Path
    stacks: list[Stack] = field(default_factory=list)

    async def stack(self, name: str) -> Stack:
        folder = self.folder / f"{name}-{len(self.stacks)}"
        folder.mkdir()
        made = Stack(self.bootstrap, self.dsn, f"b{len(self.stacks)}-{name}"[:40], folder)
        self.stacks.append(made)
        await made.start()
        return made


@asynccontextmanager
async def lab(broker: str) -> AsyncIterator[Lab]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hongyan-bench-")))
        folder.chmod(0o755)  # noqa: ASYNC240  # nothing else runs yet
        cluster = embedded_postgres.prepare(folder / "postgres", lambda _: None)
        port = free_port()
        program = embedded_postgres.program(cluster, port)
        stack.enter_context(
            running(LivePostgres(program, folder / "postgres.log", cluster.dsn(port)))
        )
        number = free_port()
        server = LiveBroker(broker_program(broker, folder, number), folder / "broker.log", number)
        stack.enter_context(running(server))
        made = Lab(f"127.0.0.1:{number}", cluster.dsn(port), folder)
        try:
            yield made
        finally:
            for one in made.stacks:
                await one.stop()


def worker_plugins(stack: Stack, name: str, source: str, **manifest: object) -> str:
    """The folder of a plugin that a bench needs."""
    home = stack.folder / "plugins"
    write_plugin(home, name, source, **manifest)
    return str(home)


async def consuming(stack: Stack, **settings: str) -> Any:
    """A worker process that consumes."""
    flag = stack.folder / "ready"
    worker = stack.worker(log_level="WARNING", ready_file=str(flag), **settings)
    worker.start()
    async with asyncio.timeout(60):
        while not flag.exists():  # noqa: ASYNC110  # a file of another process
            await asyncio.sleep(0.05)
    return worker


def said(number: int, text: str, chat: str) -> Record:
    return record(message(text, chat=chat, seq=number))


async def pour(bootstrap: str, topic: str, records: Iterable[Record], **where: int) -> None:
    """Produce all at once, in order, as fast as the broker takes them."""
    producer = Producer(Broker(bootstrap), linger_ms=20)
    await producer.start()
    waiting: list[Any] = []
    try:
        for one in records:
            waiting.append(asyncio.create_task(producer.send(topic, one, **where)))
            if len(waiting) >= 2000:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()


async def pace(stack: Stack, records: Sequence[Record], rate: float) -> list[float]:
    """Produce at a rate whatever the other side does; each record's intended wall time."""
    began, start = time.monotonic(), time.time()
    tasks = []
    for number, one in enumerate(records):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(stack.producer.send(stack.inbound, one)))
    await asyncio.gather(*tasks)
    return [start + number / rate for number in range(len(records))]


async def until_written(bootstrap: str, topic: str, count: int, within: float) -> None:
    """Wait until a topic holds so many records."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
        deadline = time.monotonic() + within
        while (done := sum((await consumer.end_offsets(places)).values())) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"{topic}: {done} of {count}")
            await asyncio.sleep(0.05)
    finally:
        await consumer.stop()


async def answers(stack: Stack) -> list[tuple[float, str, str]]:
    """Wall time, chat and text of each answer in the outbox, in the order of their times."""
    found = []
    for one in await stack.read(stack.outbox):
        action: Any = decode(one.headers, one.value)
        found.append((one.timestamp / 1000, action.chat_id, action.content.text))
    return sorted(found, key=lambda answer: answer[0])


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def medians(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(row[name] for row in rows), 4) for name in rows[0]}


def parser(about: str | None, runs: int = 5) -> argparse.ArgumentParser:
    """With the options that all benches have."""
    made = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--runs", type=int, default=runs)
    made.add_argument("--broker", default="embedded", choices=["embedded", "apache"])
    made.add_argument("--save", action="store_true", help="keep the figures in bench/results")
    return made


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    cores, python = psutil.cpu_count(), platform.python_version()
    return f"{cores} cores, {platform.machine()}, Python {python}"


def save(name: str, figures: dict[str, Any], *, keep: bool) -> None:
    """Print the figures; `keep` writes them among the results, with the machine named."""
    told = {"machine": machine(), **figures}
    print(json.dumps(told, indent=2, ensure_ascii=False))
    if keep:
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-{name}.json"
        file.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
