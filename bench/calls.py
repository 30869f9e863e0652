"""(c) Slow calls: 200 chats, 5 messages each, every run calls something that takes 2 seconds.

    python -m bench.calls [--chats 200] [--each 5] [--seconds 2] [--runs 5] [--save]

The ideal is `each × seconds`: all chats side by side, each in its own order.
"""

import asyncio
from typing import Any

from bench.lab import (
    Lab,
    answers,
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

SLOW = """
import asyncio
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


async def slowly():
    await asyncio.sleep({seconds})
    return "done"


@on_command("call")
async def call(ctx: Context, text: str) -> AsyncIterator[Draft]:
    await ctx.call("slow", text, slowly)
    yield ctx.reply(text)
"""


async def one_run(room: Lab, options: Any) -> dict[str, float]:
    stack = await room.stack("calls")
    home = worker_plugins(stack, "call", SLOW.format(seconds=options.seconds))
    worker = await consuming(stack, plugins=home)
    count = options.chats * options.each
    records = [said(n, f"/call {n}", f"c{n % options.chats}") for n in range(count)]
    await pour(room.bootstrap, stack.inbound, records)
    await until_written(
        room.bootstrap, stack.outbox, count, 60 + 3 * options.each * options.seconds
    )
    began = min(one.timestamp for one in await stack.read(stack.inbound)) / 1000
    took = (await answers(stack))[-1][0] - began
    await worker.stop()
    ideal = options.each * options.seconds
    return {"seconds": took, "ideal": ideal, "ratio": took / ideal}


async def measure(options: Any) -> dict[str, Any]:
    async with lab(options.broker) as room:
        rows = []
        for number in range(options.runs):
            rows.append(await one_run(room, options))
            tell(f"run {number + 1}: {rows[-1]}")
    told = {"chats": options.chats, "each": options.each, "runs": options.runs}
    return {**told, "broker": options.broker, "target": "ratio <= 1.1", **medians(rows)}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--chats", type=int, default=200)
    made.add_argument("--each", type=int, default=5)
    made.add_argument("--seconds", type=float, default=2)
    options = made.parse_args()
    save("calls", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
