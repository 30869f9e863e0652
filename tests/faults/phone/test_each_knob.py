"""Each knob of the simulated phone, alone, on six messages with replies; truth judges."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from device_agent.sim.faults import KNOBS, notices, overlays, server, touch, transport, tree
from device_agent.sim.faults.knob import Knob
from schemas.receipt import State
from tests.fakes.six_messages import Outcome, six_messages
from tests.fixtures.live_server import LiveBroker

TABLES = {
    "transport": transport.KNOBS,
    "server": server.KNOBS,
    "tree": tree.KNOBS,
    "touch": touch.KNOBS,
    "overlays": overlays.KNOBS,
    "notices": notices.KNOBS,
}
AT_ONCE = 3
"""Simulators beside each other; more would wait for the processor."""
UNTOUCHED = {"ime_missing", "notifications_off", "notifications_redacted"}
"""The agent types without a keyboard, and busy as it is here it asks for no notifications."""
ENDS = {
    "send_failed_mark": [State.FAILED],
    "too_frequent_dialog": [State.FAILED],
}
"""Ends other than `sent` of the six replies: what the fault does to them is no one's to heal."""


def request(knob: Knob) -> dict[str, Any]:
    """The fault as it is armed: once, or for two seconds."""
    lasts = knob.lasting or "for_s" in knob.parameters
    return {"name": knob.name} | ({"for_s": 2} if lasts else {})


@pytest.mark.timeout(240)
@pytest.mark.parametrize("table", TABLES)
async def test_a_fault_loses_doubles_and_misdelivers_nothing_and_is_told_truly(
    broker: LiveBroker, topic_prefix: str, tmp_path: Path, table: str
) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def run(number: int, knob: Knob) -> Outcome:
        async with gate:
            return await six_messages(
                broker.bootstrap,
                f"{topic_prefix}-{number}",
                tmp_path / knob.name / "agent",
                request(knob),
                settle_seconds=2,
            )

    knobs = TABLES[table]
    outcomes = dict(
        zip(
            [knob.name for knob in knobs],
            await asyncio.gather(*(run(number, knob) for number, knob in enumerate(knobs))),
            strict=True,
        )
    )

    assert {name: one.wrong for name, one in outcomes.items() if one.wrong} == {}
    ends = {
        name: sorted(state for state in one.ends.values() if state is not State.SENT)
        for name, one in outcomes.items()
    }
    assert ends == {name: _ends(name, one) for name, one in outcomes.items()}
    assert {name for name, one in outcomes.items() if not one.struck} <= UNTOUCHED


def _ends(name: str, outcome: Outcome) -> list[State]:
    """The ends other than `sent` that a fault must lead to, sorted.

    A send that never settles is unknown, and holds what follows in its chat. Which chat it strikes
    is chance: a slow agent finds several messages at once, and the phone lists the newest first.
    """
    if name != "send_never_settles":
        return ENDS.get(name, [])
    struck = [reply for reply, state in outcome.ends.items() if state is State.UNKNOWN]
    held = [behind for reply in struck for behind in outcome.behind(reply)]
    return [State.HELD] * len(held) + [State.UNKNOWN]


def test_no_knob_is_left_out() -> None:
    assert [knob for knobs in TABLES.values() for knob in knobs] == list(KNOBS)


def test_a_judge_that_cannot_condemn_proves_nothing() -> None:
    assert Outcome(doubled=["答"]).wrong == {"doubled": ["答"]}
    assert Outcome(ends={"答": State.UNKNOWN}, struck=1).wrong == {}
