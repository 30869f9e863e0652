"""(f) Redrive: ten thousand dead letters sent back at fifty a second.

    python -m bench.redriving [--letters 10000] [--rate 50] [--save]

One run takes letters / rate seconds (200 s); the rate that was kept is what counts.
"""

import asyncio
import time
from typing import Any

from bench.lab import Lab, lab, medians, parser, pour, said, save, tell
from connectors.database import migrate, open_engine
from connectors.dead_letters.filter import parse_filter
from connectors.dead_letters.store import DeadLetters
from connectors.ending import end
from connectors.relay import Projector
from connectors.settings import RelaySettings
from schemas.envelope import Record
from schemas.topics import DUE
from streams.redrive import Order, Redriver
from streams.respond import utc_now

_DEAD = {
    "x-instance": "echo",
    "x-plugin": "echo",
    "x-plugin-version": "1.0.0",
    "x-error-type": "ValueError",
    "x-error-kind": "bug",
    "x-error-message": "made for a bench",
    "x-error-fingerprint": "0123456789abcdef",
    "x-attempt": "1",
}


def letter(number: int, inbound: str) -> Record:
    one = said(number, f"/echo {number}", f"c{number % 200}")
    headers = {
        **_DEAD,
        "x-event-id": dict(one.headers)["ce_id"].decode(),
        "x-origin-topic": inbound,
        "x-origin-partition": "0",
        "x-origin-offset": str(number),
    }
    named = [(name, text.encode()) for name, text in headers.items()]
    return Record(one.key, one.value, [*one.headers, *named])


async def one_run(room: Lab, options: Any) -> dict[str, float]:
    stack = await room.stack("redriving")
    await migrate(room.dsn)
    settings = RelaySettings(kafka=room.bootstrap, postgres=room.dsn, topic_prefix=stack.prefix)
    engine = open_engine(room.dsn, size=4)
    task = asyncio.create_task(Projector(settings, engine).run())
    letters = DeadLetters(engine)
    await pour(
        room.bootstrap, stack.dlq, (letter(n, stack.inbound) for n in range(options.letters))
    )
    waiting = parse_filter("status=dead", utc_now())
    async with asyncio.timeout(120):
        while await letters.count(waiting) < options.letters:  # noqa: ASYNC110  # a database
            await asyncio.sleep(0.2)
    chosen = await letters.find(waiting)
    order = Order(by="bench", reason="to measure", selection="all", rate=options.rate)
    began = time.monotonic()
    progress = await Redriver(letters, stack.producer, stack.prefix).redrive(
        chosen, order, lambda _: None
    )
    took = time.monotonic() - began
    sent = len(await stack.read(DUE.name(stack.prefix)))
    await end({task})
    await engine.dispose()
    return {"rate": progress.done / took, "ratio": progress.done / took / options.rate, "due": sent}


async def measure(options: Any) -> dict[str, Any]:
    rows = []
    async with lab(options.broker) as room:
        for number in range(options.runs):
            rows.append(await one_run(room, options))
            tell(f"run {number + 1}: {rows[-1]}")
    told = {"letters": options.letters, "asked_rate": options.rate, "runs": options.runs}
    return {"broker": options.broker, **told, "target": "ratio within 0.95..1.05", **medians(rows)}


def main() -> None:
    made = parser(__doc__, runs=1)
    made.add_argument("--letters", type=int, default=10_000)
    made.add_argument("--rate", type=float, default=50, help="letters a second")
    options = made.parse_args()
    save("redriving", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
