"""(e) Delays: how late waiting work comes back, and that it never comes early.

    python -m bench.delays [--records 2000] [--rate 300] [--pending 20000] [--runs 5] [--save]

Records go to the 5 s topic at a rate while many others wait in the 1 h topic; lateness is the time
of the record in bot.due less its due time.
"""

import asyncio
import time
from typing import Any

from bench.lab import Lab, lab, medians, parser, percentile, pour, said, save, tell, until_written
from connectors.ending import end
from connectors.kafka import Broker
from schemas.envelope import Record, header
from schemas.topics import DUE, RETRIES
from streams.retry_scheduler import RetryScheduler

DELAY_S = 5.0


async def one_run(room: Lab, options: Any) -> dict[str, float]:
    stack = await room.stack("delays")
    soon, far = RETRIES[0].name(stack.prefix), RETRIES[-1].name(stack.prefix)
    await pour(
        room.bootstrap,
        far,
        (said(n, f"/echo far {n}", f"c{n % 50}") for n in range(options.pending)),
    )
    scheduler = RetryScheduler(Broker(room.bootstrap), stack.prefix, member="relay-0")
    task = asyncio.create_task(scheduler.run())
    began = time.monotonic()
    tasks = []
    for number in range(options.records):
        await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))
        one = said(number, f"/echo {number}", f"c{number % 50}")
        due = int((time.time() + DELAY_S) * 1000)
        headers = [*one.headers, ("x-not-before-ms", str(due).encode()), ("x-instance", b"echo")]
        record = Record(one.key, one.value, headers)
        tasks.append(asyncio.create_task(stack.producer.send(soon, record)))
    await asyncio.gather(*tasks)
    topic = DUE.name(stack.prefix)
    await until_written(room.bootstrap, topic, options.records, 60)
    await end({task})
    late = [
        one.timestamp - int(header(one.headers, "x-not-before-ms") or 0)
        for one in await stack.read(topic)
    ]
    return {
        "p50_ms": percentile(late, 0.5),
        "p99_ms": percentile(late, 0.99),
        "most_ms": max(late),
        "early": sum(ms < 0 for ms in late),
    }


async def measure(options: Any) -> dict[str, Any]:
    rows = []
    async with lab(options.broker) as room:
        for number in range(options.runs):
            rows.append(await one_run(room, options))
            tell(f"run {number + 1}: {rows[-1]}")
    told = {"records": options.records, "rate": options.rate, "pending": options.pending}
    target = "p99_ms < 100, early = 0"
    early = sum(row["early"] for row in rows)
    return {"broker": options.broker, **told, "target": target, **medians(rows), "early": early}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--records", type=int, default=2000)
    made.add_argument("--rate", type=float, default=300, help="records a second")
    made.add_argument("--pending", type=int, default=20_000, help="records that wait for an hour")
    options = made.parse_args()
    save("delays", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
