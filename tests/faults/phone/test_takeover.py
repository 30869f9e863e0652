"""An agent that stands still while another takes its phone over can send nothing any more."""

import asyncio
import signal
from collections.abc import Callable

import pytest

from schemas import topics
from schemas.ledger import ActionEntry
from schemas.receipt import State
from tests.agent.conftest import rig as rig  # noqa: PLC0414  # the fixture
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig, until

pytestmark = pytest.mark.slow  # processes that stand still
A_MINUTE = 60


def typed(rig: Rig) -> bool:
    """Our text stands in the field: what follows is intent and tap."""
    return "收到" in rig.sim.truth()["drafts"].values()


def tapping(rig: Rig) -> bool:
    """The tap's command has reached the phone, which carries it out late."""
    return rig.sim.faults()["shell_slow"]["struck"] > 0 and typed(rig)


@pytest.mark.parametrize("moment", [typed, tapping])
async def test_a_stopped_agent_that_wakes_after_a_takeover_sends_nothing(
    rig: Rig, moment: Callable[[Rig], bool]
) -> None:
    rig.sim.receive("张三", "在吗")
    async with process(rig) as first:
        chat = await rig.chat_id("张三")
        slow = {"for_s": 4, "ms": 1500} if moment is tapping else {"times": 0}
        action_id = await rig.ask(chat, "收到")
        await _when(rig, moment, slow)
        first.send_signal(signal.SIGSTOP)
        rig.sim.advance(A_MINUTE)
        async with process(rig, data=str(rig.data.parent / "another machine")) as second:
            end = await rig.end(action_id, patience=40)
            first.send_signal(signal.SIGCONT)
            assert await asyncio.wait_for(first.wait(), 20) == 1
            last = await rig.end(await rig.ask(chat, "下一句"), patience=30)
            assert second.returncode is None

    assert (end.state, last.state) == (State.SENT, State.SENT)
    assert rig.sent() == ["收到", "下一句"]
    entries = [one for one in await rig.records(topics.LEDGER) if isinstance(one, ActionEntry)]
    assert {one.state for one in entries if one.action_id == action_id} >= {State.SENT}


async def _when(rig: Rig, moment: Callable[[Rig], bool], slow: dict[str, int]) -> None:
    """Wait for the moment without a pause: it lasts milliseconds."""

    async def ask() -> bool:
        for _ in range(2000):
            if typed(rig):
                return True
            await asyncio.sleep(0)
        return False

    await until(ask, "the text in the field")
    if moment is tapping:
        rig.sim.arm("shell_slow", **slow)

        async def struck() -> bool:
            return tapping(rig)

        await until(struck, "the tap")
