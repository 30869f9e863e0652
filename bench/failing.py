"""(b) One chat fails for a minute while 999 are healthy: what the healthy ones notice.

    python -m bench.failing [--seconds 60] [--rate 200] [--chats 1000] [--runs 5] [--save]

Two kinds of run in turn, with and without the failure. A latency counts from the time at which a
message was meant to be produced, whether or not anybody was in time, to its answer in the outbox.
"""

import asyncio
import statistics
from typing import Any

from bench.lab import (
    Lab,
    answers,
    consuming,
    lab,
    pace,
    parser,
    percentile,
    said,
    save,
    tell,
    until_written,
    worker_plugins,
)
from connectors.ending import end
from connectors.kafka import Broker
from streams.retry_scheduler import RetryScheduler

FAILING = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command
from schemas.failure import Retryable


@on_command("work")
async def work(ctx: Context, text: str) -> AsyncIterator[Draft]:
    if text.startswith("fails"):
        raise Retryable("not now")
    yield ctx.reply(text)
"""


async def one_run(room: Lab, options: Any, *, failing: bool) -> dict[str, float]:
    stack = await room.stack("failing")
    worker = await consuming(stack, plugins=worker_plugins(stack, "work", FAILING))
    scheduler = RetryScheduler(Broker(room.bootstrap), stack.prefix, member="relay-0")
    task = asyncio.create_task(scheduler.run())
    count = int(options.seconds * options.rate)
    records, wanted = [], 0
    for number in range(count):
        chat = number % options.chats
        ill = failing and chat == 0
        wanted += not ill
        text = f"/work fails {number}" if ill else f"/work {number}"
        records.append(said(number, text, f"c{chat}"))
    meant = await pace(stack, records, options.rate)
    await until_written(room.bootstrap, stack.outbox, wanted, 60)
    late = [
        (at - meant[int(text)]) * 1000 for at, chat, text in await answers(stack) if chat != "c0"
    ]
    await worker.stop()
    await end({task})
    return {"p50_ms": percentile(late, 0.5), "p99_ms": percentile(late, 0.99)}


async def measure(options: Any) -> dict[str, Any]:
    rows: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    async with lab(options.broker) as room:
        for number in range(options.runs):
            for failing in (False, True):
                rows[failing].append(await one_run(room, options, failing=failing))
                tell(f"run {number + 1} failing={failing}: {rows[failing][-1]}")
    well, ill = (statistics.median(row["p99_ms"] for row in rows[kind]) for kind in (False, True))
    return {
        "broker": options.broker,
        "runs": options.runs,
        "rate": options.rate,
        "seconds": options.seconds,
        "target": "p99 with the failure <= max(1.2 x, + 10 ms) of without",
        "healthy_p99_ms": well,
        "failing_p99_ms": ill,
        "holds": ill <= max(1.2 * well, well + 10),
        "all": {"healthy": rows[False], "failing": rows[True]},
    }


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--seconds", type=float, default=60)
    made.add_argument("--rate", type=float, default=200, help="messages a second")
    made.add_argument("--chats", type=int, default=1000)
    options = made.parse_args()
    save("failing", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
