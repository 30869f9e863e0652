"""What lies over WeChat is taken away or waited for, and what is sent is sent once."""

import pytest

from schemas import topics
from schemas.phone import DeviceState
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until

YES = {"允许", "接听", "立即更新", "登录", "注册", "Allow", "Accept", "查看详情"}


async def chat_with(rig: Rig) -> str:
    await rig.started()
    rig.sim.receive("张三", "在吗")
    chat = await rig.chat_id("张三")
    await rig.end(await rig.ask(chat, "在"))
    return chat


async def reasons(rig: Rig) -> list[str]:
    found = await rig.records(topics.DEVICES)
    return [one.reason or "" for one in found if isinstance(one, DeviceState)]


def touched(rig: Rig) -> set[str]:
    """The words of all that was tapped."""
    hits = [tap["node"] or {} for tap in rig.sim.truth()["taps"]]
    return {str(hit.get(part)) for hit in hits for part in ("text", "content-desc", "desc")}


COVERS = [
    ("permission_dialog", {}, ""),
    ("update_dialog", {}, ""),
    ("anr", {}, ""),
    ("app_crash", {}, ""),
    ("locked", {}, ""),
    ("screen_off", {}, ""),
    ("incoming_call", {"for_s": 2}, "a call comes in"),
    ("incoming_call", {"for_s": 2, "heads_up": 1}, ""),
    ("account_restricted", {"for_s": 2}, "restricts the account"),
    ("logged_out", {"for_s": 2}, "logged out"),
    ("locked", {"for_s": 2, "pin": 1}, "locked"),
]
"""The knob, its values, and what the device state says while a person is waited for."""


@pytest.mark.parametrize(("knob", "values", "words"), COVERS)
async def test_what_lies_over_wechat_is_said_and_keeps_nothing_from_being_sent_once(
    rig: Rig, knob: str, values: dict[str, float], words: str
) -> None:
    chat = await chat_with(rig)
    rig.sim.arm(knob, **values)
    rig.sim.receive("李四", "来了")

    end = await rig.end(await rig.ask(chat, "只一次"))

    assert end.state is State.SENT
    assert rig.sent() == ["在", "只一次"]
    assert not touched(rig) & YES
    assert any(words in reason for reason in await reasons(rig))

    async def read() -> bool:
        return ("李四", "来了") in await rig.texts()

    await until(read, "the other message")


@pytest.mark.parametrize("on", ["set_text", "send_tap"])
@pytest.mark.parametrize(("knob", "values", "words"), COVERS)
@pytest.mark.slow
async def test_nor_does_what_comes_in_the_middle(
    rig: Rig, knob: str, values: dict[str, float], words: str, on: str
) -> None:
    chat = await chat_with(rig)
    rig.sim.arm(knob, on=on, **values)

    end = await rig.end(await rig.ask(chat, "只一次"), patience=30)

    assert (end.state, rig.sent()) == (State.SENT, ["在", "只一次"])
    assert not touched(rig) & YES
    assert rig.sim.faults()[knob]["struck"] == 1


async def test_where_one_acts_too_often_sending_rests_and_reading_goes_on(rig: Rig) -> None:
    chat = await chat_with(rig)
    rig.sim.arm("too_frequent_dialog", on="send_tap")

    end = await rig.end(await rig.ask(chat, "太快"))
    later = await rig.ask(chat, "慢点")
    rig.sim.receive("李四", "来了")

    async def read() -> bool:
        return ("李四", "来了") in await rig.texts()

    await until(read, "the other message")
    assert (end.state, end.reason) == (State.FAILED, "too_frequent")
    assert rig.sent() == ["在"]
    last = await rig.end(later)
    assert (last.state, rig.sent()) == (State.SENT, ["在", "慢点"])
    assert (last.at - end.at).total_seconds() >= 1.5
    assert any("too often" in reason for reason in await reasons(rig))
