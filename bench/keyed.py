"""(a) Order by key: ten thousand messages of one partition, each 0 to 5 ms of work.

    python -m bench.keyed [--records 10000] [--runs 5] [--keys 1,10,100,1000,10000,zipf] [--save]

The table of the Confluent Parallel Consumer's README (there on unstated hardware), with keys 1 to
10,000, and Zipf over 1,000 chats as chats really are; at most 16 and 100 chats at once. A plain
aiokafka loop and a plain Faust agent do the same one after another (once a run, with 100 keys).
Seconds are from the first answer to the last, as the broker's records say.
"""

import asyncio
import json
import random
import subprocess
import sys
from typing import Any

from bench.lab import (
    WORK,
    Lab,
    consuming,
    lab,
    medians,
    parser,
    pour,
    said,
    save,
    tell,
    until_written,
    worker_plugins,
)
from schemas.envelope import Record
from tests.fakes.stack import Stack

CAPS = (16, 100)
PEERS = ("loop", "faust")


def messages(count: int, keys: str) -> list[Record]:
    """The same for every run: the seed is the keys' name."""
    chance = random.Random(f"keyed {keys}")
    if keys == "zipf":
        weights = [1 / rank for rank in range(1, 1001)]
        chats = chance.choices(range(1000), weights, k=count)
    else:
        chats = [number % int(keys) for number in range(count)]
    return [
        said(number, f"/work {chance.uniform(0, 5):.3f} {number}", f"c{chat}")
        for number, chat in enumerate(chats)
    ]


async def ours(room: Lab, records: list[Record], cap: int) -> dict[str, float]:
    stack = await room.stack("keyed")
    home = worker_plugins(stack, "work", WORK, pure=True)
    worker = await consuming(stack, plugins=home, lanes=str(cap))
    try:
        return await _measured(room, stack, records)
    finally:
        await worker.stop()


async def peer(room: Lab, records: list[Record], kind: str) -> dict[str, float]:
    stack = await room.stack(kind)
    words = (kind, room.bootstrap, stack.inbound, stack.outbox, stack.prefix, str(stack.folder))
    command = [sys.executable, "-m", "bench.peers", *words]
    process = await asyncio.to_thread(subprocess.Popen, command)
    try:
        return await _measured(room, stack, records)
    finally:
        process.kill()
        process.wait()


async def _measured(room: Lab, stack: Stack, records: list[Record]) -> dict[str, float]:
    await pour(room.bootstrap, stack.inbound, records, partition=0)
    await until_written(room.bootstrap, stack.outbox, len(records), 300)
    found = await stack.read(stack.outbox)
    times = [one.timestamp / 1000 for one in found]
    return {"seconds": max(times) - min(times), "out_of_order": _out_of_order(found)}


def _out_of_order(found: list[Any]) -> int:
    """Answers behind a later one of their chat; each partition is read in its order."""
    last: dict[bytes, int] = {}
    wrong = 0
    for one in found:
        number = int(json.loads(one.value)["content"]["text"])
        wrong += number < last.get(one.key, -1)
        last[one.key] = max(number, last.get(one.key, -1))
    return wrong


async def measure(options: Any) -> dict[str, Any]:
    rows: dict[str, list[dict[str, float]]] = {}
    async with lab(options.broker) as room:
        for run in range(options.runs):
            for keys in options.keys.split(","):
                records = messages(options.records, keys)
                for cap in CAPS:
                    row = await ours(room, records, cap)
                    rows.setdefault(f"ours, cap {cap}, keys {keys}", []).append(row)
                    tell(f"run {run + 1} cap {cap} keys {keys}: {row}")
            for kind in PEERS:
                row = await peer(room, messages(options.records, "100"), kind)
                rows.setdefault(f"plain {kind}", []).append(row)
                tell(f"run {run + 1} plain {kind}: {row}")
    told = {"broker": options.broker, "records": options.records, "runs": options.runs}
    return {**told, "table": {name: medians(found) for name, found in rows.items()}}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--records", type=int, default=10_000)
    made.add_argument("--keys", default="1,10,100,1000,10000,zipf")
    options = made.parse_args()
    save("keyed", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
