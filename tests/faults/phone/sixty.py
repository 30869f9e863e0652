"""Each knob of the simulated phone, alone, on sixty messages with replies: a part of `make chaos`.

python -m tests.faults.phone.sixty
python -m tests.faults.phone.sixty --knob tap_late --knob reply_lost --messages 300
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from device_agent.sim.faults import KNOBS
from device_agent.sim.faults.knob import Knob
from hongyan import embedded_broker
from schemas.receipt import State
from tests.fakes.six_messages import Outcome, six_messages
from tests.fixtures.live_server import LiveBroker, free_port, scratch_folder

UNHEALED = {
    "send_failed_mark": {State.FAILED},
    "too_frequent_dialog": {State.FAILED},
    "send_never_settles": {State.UNKNOWN, State.HELD},
}
"""What a fault does to replies that nobody can heal; after all others each reply is sent."""


def request(knob: Knob) -> dict[str, Any]:
    """The fault as it is armed: once, or for two seconds."""
    lasts = knob.lasting or "for_s" in knob.parameters
    return {"name": knob.name} | ({"for_s": 2} if lasts else {})


def wrong(name: str, outcome: Outcome) -> dict[str, list[str]]:
    """All that must not be; an end that the fault does not excuse is `unhealed`."""
    excused = UNHEALED.get(name, set()) | {State.SENT}
    ends = [f"{reply}: {end}" for reply, end in outcome.ends.items() if end not in excused]
    return outcome.wrong | ({"unhealed": ends} if ends else {})


@contextmanager
def broker_in(folder: Path) -> Iterator[LiveBroker]:
    """A broker of this run's own."""
    port = free_port()
    executable = embedded_broker.ensure_built(_say)
    program = embedded_broker.program(executable, folder / "broker", port, sync=False)
    broker = LiveBroker(program, folder / "broker.log", port)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


async def _campaign(broker: LiveBroker, folder: Path, knobs: list[Knob], messages: int) -> bool:
    gate = asyncio.Semaphore(3)

    async def run(number: int, knob: Knob) -> bool:
        async with gate:
            outcome = await six_messages(
                broker.bootstrap,
                f"knob-{number}",
                folder / knob.name / "agent",
                request(knob),
                messages=messages,
                settle_seconds=2,
            )
        found = wrong(knob.name, outcome)
        _say(
            f"{knob.name}: {'NOT CLEAN' if found else 'clean'} in {outcome.seconds:.0f} s, "
            f"struck {outcome.struck}"
        )
        for name, texts in found.items():
            _say(f"    {name}: {' '.join(texts)}")
        return not found

    return all(await asyncio.gather(*(run(number, knob) for number, knob in enumerate(knobs))))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--knob", action="append", help="these alone")
    parser.add_argument("--messages", type=int, default=60)
    options = parser.parse_args()
    knobs = [knob for knob in KNOBS if options.knob is None or knob.name in options.knob]
    began = time.monotonic()
    with scratch_folder() as folder, broker_in(folder) as broker:
        clean = asyncio.run(_campaign(broker, folder, knobs, options.messages))
    _say(f"{len(knobs)} knobs in {time.monotonic() - began:.0f} s")
    raise SystemExit(0 if clean else 1)


if __name__ == "__main__":
    main()
