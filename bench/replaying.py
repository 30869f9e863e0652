"""(g) Replay: the same events again, beside what they took live.

    python -m bench.replaying [--events 1000] [--runs 5] [--save]

Live: from the first answer to the last, through lanes, commits and acked produces. Replay: reading
the recordings from PostgreSQL and running each, one after another, as `hongyan replay run` does.
"""

import asyncio
import time
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
)
from connectors.database import migrate, open_engine
from connectors.ending import end
from connectors.recordings import Recordings, Selection
from connectors.relay import Projector
from connectors.settings import RelaySettings
from plugins.loader import load
from streams.replay import Replay


async def one_run(room: Lab, options: Any) -> dict[str, float]:
    stack = await room.stack("replaying")
    await migrate(room.dsn)
    worker = await consuming(stack)
    count = options.events
    offset = len(room.stacks) * count
    records = [said(offset + n, "/count", f"{stack.prefix}-{n % 100}") for n in range(count)]
    await pour(room.bootstrap, stack.inbound, records)
    await until_written(room.bootstrap, stack.outbox, count, 60)
    times = [at for at, *_ in await answers(stack)]
    live = count / max(times[-1] - times[0], 0.001)
    await worker.stop()

    settings = RelaySettings(kafka=room.bootstrap, postgres=room.dsn, topic_prefix=stack.prefix)
    engine = open_engine(room.dsn, size=4)
    task = asyncio.create_task(Projector(settings, engine).run())
    wanted = Selection(events=frozenset(_id(one) for one in records), last=count)
    found = Recordings(engine)
    async with asyncio.timeout(120):
        while len(await found.find(wanted)) < count:  # noqa: ASYNC110  # a database
            await asyncio.sleep(0.3)
    await end({task})
    began = time.monotonic()
    replay = Replay(load([]).instances)
    outcome = [await replay.one(one) for one in await found.find(wanted)]
    again = count / (time.monotonic() - began)
    await engine.dispose()
    same = sum(one.as_before for one in outcome)
    return {"live": live, "replay": again, "ratio": again / live, "same": same}


def _id(record: Any) -> str:
    return str(dict(record.headers)["ce_id"].decode())


async def measure(options: Any) -> dict[str, Any]:
    rows = []
    async with lab(options.broker) as room:
        for number in range(options.runs):
            rows.append(await one_run(room, options))
            tell(f"run {number + 1}: {rows[-1]}")
    told = {"events": options.events, "runs": options.runs, "unit": "events a second"}
    return {"broker": options.broker, **told, "target": "ratio >= 1", **medians(rows)}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--events", type=int, default=1000)
    options = made.parse_args()
    save("replaying", asyncio.run(measure(options)), keep=options.save)


if __name__ == "__main__":
    main()
