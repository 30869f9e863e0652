"""What could not be decided is said to be unknown, and holds its own chat alone."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta

import pytest

from device_agent.nodes import Box
from device_agent.rows import SeenRow
from device_agent.sending import Verdict, anchor_for, judge
from schemas.content import Text
from schemas.receipt import State
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig


async def undecided(rig: Rig, rule: str) -> tuple[str, str]:
    """An agent that died at its tap, and a person who cleared the field: chat and action."""
    rig.sim.receive("张三", "在吗")
    flag = rig.data.parent / "died"
    async with process(rig, failpoint="agent.intent_acked", failpoint_flag=str(flag)) as first:
        chat = await rig.chat_id("张三")
        action_id = await rig.ask(chat, "收到", on_unknown=rule)
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL

    def clear(fleet: object, phone: object) -> None:
        for one in phone.world.chats.values():  # type: ignore[attr-defined]
            phone.write_field(one, "")  # type: ignore[attr-defined]
        phone.press("nothing")  # type: ignore[attr-defined]  # draws the screen anew

    rig.sim.on_phone(clear)
    return chat, action_id


async def test_an_unknown_send_is_never_repeated_and_holds_its_chat_alone(rig: Rig) -> None:
    chat, action_id = await undecided(rig, "hold")
    behind = await rig.ask(chat, "后面的")
    rig.sim.receive("李四", "别人")
    await rig.started()

    assert (await rig.end(action_id)).state is State.UNKNOWN
    assert (await rig.end(behind)).state is State.HELD
    other = await rig.ask(await rig.chat_id("李四"), "照发")
    assert (await rig.end(other)).state is State.SENT
    assert rig.sent() == ["照发"]
    held = (await rig.entries())[behind]
    assert "后面的" in (held.held or "")


@pytest.mark.parametrize(("rule", "sent"), [("drop", ["下一句"]), ("resend", ["收到", "下一句"])])
async def test_the_messages_own_rule_decides_over_an_unknown(
    rig: Rig, rule: str, sent: list[str]
) -> None:
    chat, action_id = await undecided(rig, rule)
    after = await rig.ask(chat, "下一句")
    await rig.started()

    assert (await rig.end(after)).state is State.SENT
    end = await rig.end(action_id)
    assert end.state is (State.SENT if rule == "resend" else State.UNKNOWN)
    assert rig.sent() == sent


def _row(side: str, text: str) -> SeenRow:
    return SeenRow(side, "", Text(text=text), Box(0, 0, 100, 50))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        (("own:1", "other:/count"), Verdict.SENT),
        (("other:/count", "own:1", "other:/count"), Verdict.SENT),
        (("other:/count", "other:/count"), Verdict.UNSETTLED),
        (("own:2", "other:/count"), Verdict.UNSETTLED),
    ],
)
def test_a_young_chat_where_the_same_is_said_again_is_counted_from_its_top(
    after: tuple[str, ...], verdict: Verdict
) -> None:
    before = [_row("other", "/count")]
    anchor = anchor_for([row.row for row in before], Text(text="1"), at_top=True)
    rows = [*before, *(_row(*text.split(":")) for text in after)]
    assert judge(anchor, rows, at_top=True, held=False, gone=False) is verdict


async def test_a_kill_at_the_tap_is_settled_though_the_friend_says_the_same_again(
    rig: Rig,
) -> None:
    rig.sim.receive("张三", "/count")
    flag = rig.data.parent / "died"
    async with process(rig, failpoint="agent.tapped", failpoint_flag=str(flag)) as first:
        chat = await rig.chat_id("张三")
        action_id = await rig.ask(chat, "1")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    rig.sim.receive("张三", "/count")
    await rig.started()

    assert (await rig.end(action_id)).state is State.SENT
    assert rig.sent() == ["1"]


async def test_a_tap_is_not_said_to_have_failed_where_the_search_finds_another_chat(
    rig: Rig,
) -> None:
    """It went out; then the friend and the row were deleted, and another has that name."""
    old = rig.sim.add_chat("张三")
    rig.sim.receive("", "旧的话", chat_id=old)
    flag = rig.data.parent / "died"
    async with process(rig, failpoint="agent.tapped", failpoint_flag=str(flag)) as first:
        chat = await rig.chat_id("张三")
        expiry = datetime.now(UTC) + timedelta(seconds=6)
        action_id = await rig.ask(chat, "收到", expires_at=expiry)
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    rig.sim.on_phone(lambda _, phone: setattr(phone.world.chats[old], "official", True))
    rig.sim.patch_chat(old, listed=False)
    new = rig.sim.add_chat("张三")
    rig.sim.receive("", "新的话", chat_id=new)
    rig.sim.patch_chat(new, listed=False)
    await rig.started()

    assert (await rig.end(action_id)).state is State.UNKNOWN
    assert [one["chat_id"] for one in rig.sim.truth()["sent"]] == [old]
