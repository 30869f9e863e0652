"""A tap that did nothing is made again, ever later; one that the phone refused is none."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from device_agent.phone import denied
from device_agent.sending import MOST_TAPS, pause
from schemas.content import Image
from schemas.receipt import State
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig, until

DENIAL = """Exception occurred while executing 'tap':
java.lang.SecurityException: Injecting to another application requires INJECT_EVENTS permission
refused"""


async def chat_with(rig: Rig, title: str = "张三", **settings: object) -> str:
    await rig.started(**settings)
    rig.sim.receive(title, "在吗")
    return await rig.chat_id(title)


async def struck(rig: Rig, knob: str) -> None:
    async def ask() -> bool:
        return bool(rig.sim.faults()[knob]["struck"])

    await until(ask, f"{knob} strikes")


def test_pauses_grow_within_two_minutes_and_end_before_the_message_expires() -> None:
    day = 86_400.0
    slow = [pause(taps, 90.0, day, 1.0) for taps in range(1, MOST_TAPS)]
    quick = [pause(taps, 90.0, day, 0.0) for taps in range(1, MOST_TAPS)]

    assert slow == sorted(slow)
    assert [round(seconds) for seconds in slow] == [2, 13, 75]
    assert sum(slow) == pytest.approx(90.0)
    assert all(low < high for low, high in zip(quick, slow, strict=True))
    left = 10.0
    for taps in range(1, MOST_TAPS):
        left -= pause(taps, 90.0, left, 1.0)
    assert left > 0


def test_only_a_refusal_to_inject_proves_that_nothing_was_tapped() -> None:
    assert denied(DENIAL)
    assert not denied("tapped")
    assert not denied("refused")
    assert not denied("java.lang.SecurityException: Permission Denial: dump")


async def test_a_fault_of_taps_heals_into_one_bubble_while_other_chats_go_on(rig: Rig) -> None:
    chat = await chat_with(rig, retap_seconds=20)
    rig.sim.receive("李四", "在吗")
    other = await rig.chat_id("李四")
    rig.sim.arm("tap_ignored", on="send_tap", times=2)

    slow = await rig.ask(chat, "慢一点")
    await struck(rig, "tap_ignored")
    rig.sim.disarm()
    rig.sim.arm("tap_ignored", on="send_tap", times=1)
    quick = await rig.end(await rig.ask(other, "照发"))
    end = await rig.end(slow)

    assert (quick.state, end.state) == (State.SENT, State.SENT)
    assert sorted(rig.sent()) == ["慢一点", "照发"]


async def test_what_comes_too_late_for_another_tap_is_not_sent(rig: Rig) -> None:
    chat = await chat_with(rig, retap_seconds=90)
    rig.sim.arm("tap_ignored", on="send_tap", times=10)
    soon = datetime.now(UTC) + timedelta(seconds=3)

    end = await rig.end(await rig.ask(chat, "三秒", expires_at=soon))

    assert (end.state, end.reason) == (State.NOT_SENT, "draft_still_there")
    assert rig.sent() == []


async def test_taps_that_the_phone_refuses_are_said_and_do_not_count(rig: Rig) -> None:
    chat = await chat_with(rig, retap_seconds=0)
    rig.sim.arm("inject_events_denied", on="send_tap", times=5)

    end = await rig.end(await rig.ask(chat, "等你允许"))

    assert (end.state, rig.sent()) == (State.SENT, ["等你允许"])
    assert rig.sim.faults()["inject_events_denied"]["struck"] == 5


async def test_a_phone_that_takes_no_input_says_so_until_it_does(rig: Rig) -> None:
    chat = await chat_with(rig)
    rig.sim.arm("inject_events_denied", for_s=3)
    action_id = await rig.ask(chat, "等你允许")

    async def said() -> bool:
        state = await rig.device()
        return state is not None and state.trouble == "input_denied"

    await until(said, "the trouble")
    end = await rig.end(action_id)

    assert (end.state, rig.sent()) == (State.SENT, ["等你允许"])


@pytest.mark.parametrize("knob", ["tap_ignored", "inject_events_denied"])
async def test_an_answer_that_calls_and_quotes_is_made_anew_for_its_next_tap(
    rig: Rig, knob: str
) -> None:
    rig.sim.add_chat("项目组", "group", members=["王芳", "李雷"])
    await rig.started(retap_seconds=0)
    rig.sim.receive("项目组", "几点？", sender="王芳")
    chat = await rig.chat_id("项目组")
    await until(rig.messages, "the question")
    (asked,) = await rig.messages()
    rig.sim.arm(knob, on="send_tap", times=2)

    answer = await rig.ask(chat, "四点", quote=asked.event_id, mentions=("王芳",))
    end = await rig.end(answer)

    assert (end.state, end.detail, end.draft_cleared) == (State.SENT, None, None)
    (sent,) = rig.sim.truth()["sent"]
    assert (sent["text"], sent["mentions"]) == ("@王芳\u2005四点", ["王芳"])
    assert "quote" in sent


async def test_a_picture_whose_tap_the_phone_refuses_leaves_once_it_does_not(rig: Rig) -> None:
    chat = await chat_with(rig)
    picture = await rig.store.put(b"one", mime="image/jpeg")
    rig.sim.arm("inject_events_denied", on="send_tap", times=2)

    end = await rig.end(await rig.ask(chat, "", content=Image(media=picture)))

    assert end.state is State.SENT
    assert len(rig.sim.truth()["sent"]) == 1


@pytest.mark.slow  # kills
@pytest.mark.parametrize(
    ("place", "knob"), [("tap_undone", "tap_ignored"), ("withdrawn", "inject_events_denied")]
)
async def test_killed_between_two_taps_it_sends_once(rig: Rig, place: str, knob: str) -> None:
    flag = rig.data.parent / "died"
    rig.sim.receive("张三", "在吗")
    rig.sim.arm(knob, on="send_tap")

    async with process(rig, failpoint=f"agent.{place}", failpoint_flag=str(flag)) as first:
        action_id = await rig.ask(await rig.chat_id("张三"), "一次")
        assert await first.wait() == -signal.SIGKILL
    assert rig.sent() == []
    async with process(rig):
        end = await rig.end(action_id)
        last = await rig.end(await rig.ask(end.chat_id, "下一句"))

    assert (end.state, last.state) == (State.SENT, State.SENT)
    assert rig.sent() == ["一次", "下一句"]
