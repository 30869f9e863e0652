"""(d) The echo: ours beside a plain aiokafka loop, a plain Faust agent, and Celery with Redis.

    python -m bench.echoing [--messages 4000] [--runs 5] [--redis /usr/bin/redis-server] [--save]

All answer the same messages of 200 chats with acked writes. All but Celery (two processes) keep
each chat's order. Speed is from the first tenth of the answers to the last one. Ours runs with 1, 2
and 4 workers (with several the messages come when all are there); every record must have passed an
`@app.agent`, as Faust's own monitor counts. Celery comes from the package index into a folder of
the bench's; redis-server is Debian's (`apt-get install redis-server`), without it Celery is left
out.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.lab import Lab, lab, medians, parser, pour, save, tell
from bench.stream import message
from tests.fakes.stack import PARTITIONS, Stack
from tests.fixtures.live_server import free_port

ROOT = Path(__file__).parents[1]
_FILL: Final = (
    "import sys, orjson, bench.celery_echo as c; c.answers.flushall(); "
    "c.enqueue(orjson.loads(open(sys.argv[1], 'rb').read()))"
)


async def ours(room: Lab, count: int, text: str, workers: int) -> dict[str, float]:
    stack = await room.stack("ours")
    if workers == 1:
        await _fill(room, stack, count, text)
    flags = [stack.folder / f"counted-{number}" for number in range(workers)]
    processes = [_worker(stack, f"worker-{n}", flag) for n, flag in enumerate(flags)]
    try:
        if workers > 1:
            await _all_ready(flags)
            await _fill(room, stack, count, text)
        row = await _answered(stack, count)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(20)
    counted = sum(int(flag.read_text()) for flag in flags)
    if counted < count:
        raise SystemExit(f"only {counted} of {count} records passed an agent")
    return row


async def _all_ready(flags: list[Path]) -> None:
    """Each consumes, and the last one's arrival was dealt with."""
    async with asyncio.timeout(90):
        while not all(_ready(flag).exists() for flag in flags):  # noqa: ASYNC110  # files
            await asyncio.sleep(0.1)
    await asyncio.sleep(3)


def _ready(flag: Path) -> Path:
    return flag.with_name(f"{flag.name}-ready")


def _worker(stack: Stack, name: str, flag: Path) -> "subprocess.Popen[bytes]":
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HONGYAN_KAFKA": stack.bootstrap,
        "HONGYAN_POSTGRES": stack.dsn,
        "HONGYAN_TOPIC_PREFIX": stack.prefix,
        "HONGYAN_CHAT_PARTITIONS": str(PARTITIONS),
        "HONGYAN_LOG_LEVEL": "WARNING",
        "HONGYAN_WORKER_ID": name,
        "HONGYAN_READY_FILE": str(_ready(flag)),
    }
    command = [sys.executable, "-m", "bench.counted_worker", str(flag)]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


async def peer(room: Lab, count: int, words: tuple[str, ...]) -> dict[str, float]:
    stack = await room.stack("peer")
    await _fill(room, stack, count, "/echo message {n} " + "好" * 60)
    places = (stack.bootstrap, stack.inbound, stack.outbox, stack.prefix)
    extra = (str(stack.folder),) if "bench.peers" in words else ()
    command = [sys.executable, "-m", *words, *places, *extra]
    process = await asyncio.to_thread(subprocess.Popen, command, cwd=ROOT)
    try:
        return await _answered(stack, count)
    finally:
        process.kill()
        process.wait()


async def _fill(room: Lab, stack: Stack, count: int, text: str) -> None:
    await pour(room.bootstrap, stack.inbound, (message(n, text.format(n=n)) for n in range(count)))


async def _answered(stack: Stack, count: int) -> dict[str, float]:
    places = [TopicPartition(stack.outbox, n) for n in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap)
    await consumer.start()

    async def done() -> int:
        return sum((await consumer.end_offsets(places)).values())

    try:
        return await _timed(done, count)
    finally:
        await consumer.stop()


async def _timed(done: Callable[[], Awaitable[int]], count: int) -> dict[str, float]:
    begun: tuple[float, int] | None = None
    deadline = time.monotonic() + 300
    while True:
        found = await done()
        if begun is None and found >= count // 10:
            begun = (time.monotonic(), found)
        if found >= count and begun is not None:
            return {"per_second": (found - begun[1]) / (time.monotonic() - begun[0])}
        if time.monotonic() > deadline:
            raise SystemExit(f"{found} of {count} answers")
        await asyncio.sleep(0.02)


@contextlib.contextmanager
def celery_room(redis_server: str, folder: Path) -> Iterator[dict[str, str]]:
    """Redis running, and the environment that Celery needs."""
    home, port = folder / "from-index", free_port()
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    wanted = ["celery[redis]>=5.5,<6", "orjson"]
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", home, *wanted],
        check=True,
    )
    server = subprocess.Popen(
        [redis_server, "--port", str(port), "--dir", str(folder), "--appendonly", "yes"],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield {
            **os.environ,  # noqa: TID251  # where libraries are found
            "PYTHONPATH": f"{home}:{ROOT}",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "REDIS_CLI": str(Path(redis_server).with_name("redis-cli")),
        }
    finally:
        server.kill()  # nothing of it is needed, and saving takes its time
        server.wait()


async def celery(environment: dict[str, str], count: int, folder: Path) -> dict[str, float]:
    values = folder / "values.json"
    texts = [message(n, f"/echo message {n} " + "好" * 60).value or b"" for n in range(count)]
    values.write_bytes(orjson.dumps([text.decode() for text in texts]))
    # Without our own site-packages: other versions of what Celery needs are there.
    python = [sys.executable, "-S"]
    fill = [*python, "-c", _FILL, str(values)]
    await asyncio.to_thread(subprocess.run, fill, env=environment, cwd=folder, check=True)
    words = ["-A", "bench.celery_echo", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    worker = await asyncio.to_thread(
        subprocess.Popen,
        [*python, "-m", "celery", *words],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    cli = Path(environment["REDIS_CLI"])
    ask = [cli, "-u", environment["REDIS_URL"], "llen", "answers"]

    async def done() -> int:
        told = await asyncio.to_thread(subprocess.run, ask, capture_output=True, check=True)
        return int(told.stdout)

    try:
        return await _timed(done, count)
    finally:
        worker.terminate()
        worker.wait(30)


async def measure(options: Any) -> dict[str, Any]:
    rows: dict[str, list[dict[str, float]]] = {}
    server = options.redis or shutil.which("redis-server")
    count = options.messages

    def add(name: str, run: int, row: dict[str, float]) -> None:
        rows.setdefault(name, []).append(row)
        tell(f"run {run + 1} {name}: {row}")

    with contextlib.ExitStack() as held:
        async with lab(options.broker) as room:
            environment = held.enter_context(celery_room(server, room.folder)) if server else None
            for run in range(options.runs):
                add("aiokafka loop", run, await peer(room, count, ("bench.aiokafka_loop",)))
                add("plain faust", run, await peer(room, count, ("bench.peers", "faust")))
                for workers in options.workers:
                    text = "/echo message {n} " + "好" * 60
                    add(f"echo, {workers} workers", run, await ours(room, count, text, workers))
                    add(
                        f"turns, {workers} workers", run, await ours(room, count, "/count", workers)
                    )
                if environment is not None:
                    add("celery", run, await celery(environment, count, room.folder))
    table = {name: medians(found) for name, found in rows.items()}
    return {"broker": options.broker, "messages": count, "runs": options.runs, **_ratios(table)}


def _ratios(table: dict[str, dict[str, float]]) -> dict[str, Any]:
    speed = {name: row["per_second"] for name, row in table.items()}
    echo, turns = speed["echo, 1 workers"], speed["turns, 1 workers"]
    told: dict[str, Any] = {
        "per_second": speed,
        "echo / aiokafka loop (>= 0.4)": round(echo / speed["aiokafka loop"], 3),
        "echo / plain faust": round(echo / speed["plain faust"], 2),
    }
    if "celery" in speed:
        told["echo / celery (>= 20)"] = round(echo / speed["celery"], 1)
        told["turns / celery (>= 10)"] = round(turns / speed["celery"], 1)
    else:
        told["celery"] = "left out: no redis-server here (apt-get install redis-server)"
    return told


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--messages", type=int, default=4000)
    made.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    made.add_argument("--redis", help="the redis-server to run Celery with; default: on PATH")
    options = made.parse_args()
    save("echoing", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
