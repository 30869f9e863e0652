"""CPU and speed of the worker beside a plain aiokafka loop, on both brokers.

    python -m bench.stream [--messages 4000] [--runs 5] [--brokers embedded,apache]

Each run puts the messages on a fresh topic, starts one process, and looks at the time from the
first tenth of the answers to the last one, and at that process's CPU in between. Runs of the
three are interleaved, the median counts, and the ratios are what to compare between machines.
"""

import argparse
import asyncio
import contextlib
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka import Broker, Producer
from connectors.topic_setup import ensure_topics, wanted_topics
from hongyan import apache_kafka, embedded_broker, embedded_postgres
from hongyan.program import Program
from schemas.content import Text
from schemas.envelope import Record, decode, encode
from schemas.event import Chat, MessageReceived, Sender
from schemas.identity import event_id
from schemas.topics import INBOUND, OUTBOX
from tests.fixtures.live_server import LiveBroker, LivePostgres, LiveServer, free_port

CHATS = 200
KINDS = ("aiokafka loop", "echo (pure)", "counter (committed)")
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    """One run."""

    messages_per_second: float
    cpu_us: float


def message(number: int, text: str) -> Record:
    chat = f"chat-{number % CHATS}"
    event = MessageReceived(
        event_id=event_id("default", chat, "bench", number, text),
        channel="wechat",
        account="default",
        observed_at=NOW,
        chat=Chat(chat_id=chat, title=chat),
        sender=Sender(name=chat),
        content=Text(text=text),
        epoch="bench",
        seq=number,
    )
    return encode(event, id=event.event_id, source="/bench", time=NOW, subject=chat)


async def prepare(bootstrap: str, prefix: str, count: int, text: str) -> None:
    broker = Broker(bootstrap)
    await ensure_topics(broker, wanted_topics(prefix, 4, (("wechat", "default"),)))
    producer = Producer(broker, linger_ms=20)
    await producer.start()
    topic = INBOUND.name(prefix)
    for start in range(0, count, 2000):
        records = (message(n, text.format(n=n)) for n in range(start, min(start + 2000, count)))
        await asyncio.gather(*(producer.send(topic, record) for record in records))
    await producer.stop()


async def watch(bootstrap: str, topic: str, count: int, process: psutil.Process) -> Measured:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    partitions = [TopicPartition(topic, n) for n in range(4)]
    consumer.assign(partitions)
    begun: tuple[float, float, int] | None = None
    deadline = time.monotonic() + 300
    try:
        while True:
            done = sum((await consumer.end_offsets(partitions)).values())
            if done >= count // 10 and begun is None:
                begun = (time.monotonic(), _cpu(process), done)
            if done >= count and begun is not None:
                seconds, cpu = time.monotonic() - begun[0], _cpu(process) - begun[1]
                counted = done - begun[2]
                return Measured(counted / seconds, cpu / counted * 1e6)
            if time.monotonic() > deadline or not process.is_running():
                raise SystemExit(f"{topic}: {done} of {count} answers; the process gave up")
            await asyncio.sleep(0.02)
    finally:
        await consumer.stop()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def one_run(kind: str, bootstrap: str, dsn: str, count: int, prefix: str) -> Measured:
    text = "/count" if kind.startswith("counter") else "/echo message {n} " + "好" * 60
    asyncio.run(prepare(bootstrap, prefix, count, text))
    sink = OUTBOX.name(prefix, channel="wechat", account="default")
    if kind == "aiokafka loop":
        command = ["-m", "bench.aiokafka_loop", bootstrap, INBOUND.name(prefix), sink, prefix]
    else:
        command = ["-m", "hongyan", "worker"]
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HONGYAN_KAFKA": bootstrap,
        "HONGYAN_POSTGRES": dsn,
        "HONGYAN_TOPIC_PREFIX": prefix,
        "HONGYAN_CHAT_PARTITIONS": "4",
        "HONGYAN_LOG_LEVEL": "WARNING",
        "HONGYAN_WORKER_ID": prefix,
    }
    process = subprocess.Popen([sys.executable, *command], env=environment)
    try:
        return asyncio.run(watch(bootstrap, sink, count, psutil.Process(process.pid)))
    finally:
        process.kill()
        process.wait()


def decode_cost() -> float:
    record = message(1, "/echo hello")
    rounds = 20_000
    begun = time.process_time()
    for _ in range(rounds):
        decode(record.headers, record.value)
    return (time.process_time() - begun) / rounds * 1e6


@contextlib.contextmanager
def running(server: LiveServer) -> Iterator[LiveServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def broker_program(name: str, folder: Path, port: int) -> Program:
    if name == "embedded":
        return embedded_broker.program(embedded_broker.ensure_built(print), folder / name, port)
    return apache_kafka.program(apache_kafka.ensure_installed(print), folder / name, port)


def measure(name: str, folder: Path, dsn: str, count: int, runs: int) -> dict[str, Measured]:
    port = free_port()
    results: dict[str, list[Measured]] = {kind: [] for kind in KINDS}
    server = LiveBroker(broker_program(name, folder, port), folder / f"{name}.log", port)
    with running(server):
        for run in range(runs):
            for kind in KINDS:
                prefix = f"b{run}-{kind.split(' ', maxsplit=1)[0]}"
                measured = one_run(kind, f"127.0.0.1:{port}", dsn, count, f"{name}-{prefix}"[:40])
                results[kind].append(measured)
                print(f"  {name} run {run + 1} {kind}: {measured}", file=sys.stderr)
    return {
        kind: Measured(
            statistics.median(m.messages_per_second for m in measured),
            statistics.median(m.cpu_us for m in measured),
        )
        for kind, measured in results.items()
    }


def report(tables: dict[str, dict[str, Measured]], decode_us: float) -> str:
    lines = [f"decode alone: {decode_us:.1f} µs of CPU a message", ""]
    lines += ["| broker | what | messages/s | CPU µs/message | speed of the loop |", "|-|-|-|-|-|"]
    for broker, table in tables.items():
        loop = table["aiokafka loop"]
        lines += [
            f"| {broker} | {kind} | {m.messages_per_second:,.0f} | {m.cpu_us:.0f} | "
            f"{m.messages_per_second / loop.messages_per_second:.0%} |"
            for kind, m in table.items()
        ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--brokers", default="embedded,apache")
    parser.add_argument("--save", type=Path, help="also write the figures here, as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        cluster = embedded_postgres.prepare(folder / "postgres", print)
        port = free_port()
        program = embedded_postgres.program(cluster, port)
        with running(LivePostgres(program, folder / "postgres.log", cluster.dsn(port))):
            tables = {
                name: measure(name, folder, cluster.dsn(port), options.messages, options.runs)
                for name in options.brokers.split(",")
            }
    decode_us = decode_cost()
    print(report(tables, decode_us))
    if options.save:
        figures = {
            "machine": f"{psutil.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}",
            "messages": options.messages,
            "runs": options.runs,
            "decode_us": decode_us,
            "brokers": {
                broker: {kind: vars(m) for kind, m in table.items()}
                for broker, table in tables.items()
            },
        }
        options.save.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
