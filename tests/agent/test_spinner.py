"""A bubble with a spinner beside it has not been sent yet, and nobody says so."""

import pytest

from device_agent.nodes import Box
from device_agent.rows import SeenRow
from device_agent.sending import Verdict, anchor_for, judge
from schemas.content import Text
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until


async def chat_with(rig: Rig, **settings: object) -> str:
    await rig.started(**settings)
    rig.sim.receive("张三", "在吗")
    return await rig.chat_id("张三")


@pytest.mark.parametrize(
    ("sending", "failed", "verdict"),
    [
        (False, False, Verdict.SENT),
        (True, False, Verdict.SENDING),
        (False, True, Verdict.FAILED),
    ],
)
def test_the_mark_beside_the_bubble_decides(
    *, sending: bool, failed: bool, verdict: Verdict
) -> None:
    bounds = Box(0, 0, 100, 50)
    before = [SeenRow("other", "", Text(text="在吗"), bounds)]
    bubble = SeenRow("own", "", Text(text="在"), bounds, sending=sending, failed=failed)

    anchor = anchor_for([row.row for row in before], Text(text="在"), at_top=True)
    assert judge(anchor, [*before, bubble], at_top=True, held=False, gone=True) is verdict


@pytest.mark.parametrize("ms", [500, 3000])
async def test_a_slow_bubble_is_sent_when_its_spinner_is_gone(rig: Rig, ms: int) -> None:
    chat = await chat_with(rig)
    rig.sim.arm("send_slow", ms=ms)

    end = await rig.end(await rig.ask(chat, "慢"))

    assert (end.state, rig.sent()) == (State.SENT, ["慢"])
    (tapped,) = [one.at for one in await rig.receipts() if one.state is State.TAPPED]
    assert (end.at - tapped).total_seconds() > ms / 1000 - 0.2


async def test_meanwhile_other_chats_are_served(rig: Rig) -> None:
    chat = await chat_with(rig)
    rig.sim.receive("李四", "在吗")
    other = await rig.chat_id("李四")
    rig.sim.arm("send_never_settles")
    slow = await rig.ask(chat, "转圈")

    async def tapped() -> bool:
        last = rig.sim.history(chat_of(rig, "张三"))["messages"][-1]
        return bool(last["content"]["text"] == "转圈")

    await until(tapped, "the bubble")
    end = await rig.end(await rig.ask(other, "照发"))

    assert end.state is State.SENT
    assert rig.sent() == ["照发"]
    assert not any(
        one.action_id == slow and one.state is State.SENT for one in await rig.receipts()
    )


async def test_a_spinner_that_never_stops_ends_as_unknown(rig: Rig) -> None:
    chat = await chat_with(rig, settle_seconds=1)
    rig.sim.arm("send_never_settles")

    end = await rig.end(await rig.ask(chat, "转圈"))

    assert end.state is State.UNKNOWN
    assert "being sent" in (end.detail or "")
    assert rig.sent() == []


def chat_of(rig: Rig, title: str) -> str:
    return rig.sim.on_phone(
        lambda fleet, phone: next(
            one.chat_id for one in phone.world.chats.values() if one.title == title
        )
    )
