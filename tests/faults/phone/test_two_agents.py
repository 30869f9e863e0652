"""Two agents started for one account: one works, the other waits, and nothing is sent twice."""

import asyncio
import contextlib
from collections import Counter

import pytest

from schemas.receipt import State
from tests.agent.conftest import rig as rig  # noqa: PLC0414  # the fixture
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig

pytestmark = pytest.mark.slow  # processes and takeovers


async def test_two_agents_at_once_send_each_message_once_and_either_may_die(rig: Rig) -> None:
    for friend in ("张三", "李四"):
        rig.sim.receive(friend, "在吗")
    other = str(rig.data.parent / "another machine")
    async with contextlib.AsyncExitStack() as stack:
        first, second = await asyncio.gather(
            stack.enter_async_context(process(rig)),
            stack.enter_async_context(process(rig, data=other)),
        )
        chats = [await rig.chat_id(friend) for friend in ("张三", "李四")]
        early = [await rig.ask(chats[number % 2], f"第{number}条") for number in range(6)]
        ends = [(await rig.end(one, patience=30)).state for one in early]
        holder = rig.sim.on_phone(
            lambda fleet, phone: phone.files.read("/data/local/tmp/hongyan.lease").decode()
        )
        working, left = (second, first) if "another_machine" in holder else (first, second)
        assert left.returncode is None or left.returncode == 1
        working.kill()
        await working.wait()
        rig.sim.advance(20)  # its lease ends
        if left.returncode is not None:
            await stack.enter_async_context(process(rig, data=str(rig.data.parent / "a third")))
        late = [await rig.ask(chats[number % 2], f"后{number}条") for number in range(4)]
        ends += [(await rig.end(one, patience=40)).state for one in late]

    assert set(ends) == {State.SENT}
    assert Counter(rig.sent()) == Counter(
        [*(f"第{number}条" for number in range(6)), *(f"后{number}条" for number in range(4))]
    )
