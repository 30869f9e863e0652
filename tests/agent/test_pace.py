"""The governor at work in an agent: what waits, what asks, and what a person says to it."""

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.approval import Approval, Judgement
from schemas.envelope import encode
from schemas.phone_order import Order, PhoneOrder
from schemas.receipt import Receipt, State
from tests.fakes.day_clock import DayClock
from tests.fakes.phone_rig import Rig, until

PACE = """
[hand]
gap_seconds = [0, 0]
typing_per_second = 1000
[approval]
new_chat = false
words = ["转账"]
[budgets.device]
minute = 1000
hour = 3
[[chats]]
title = "值班*"
quiet = []
"""


async def governed(rig: Rig, hour: int, friend: str = "张三", pace: str = PACE) -> str:
    """An agent at pace human at that hour; the id of a friend's chat."""
    rig.clock = DayClock(rig.sim, hour)
    rig.sim.receive(friend, "在吗")
    await again(rig, pace)
    return await rig.chat_id(friend)


async def again(rig: Rig, pace: str = PACE) -> None:
    file = rig.data.parent / "pace.toml"
    file.write_text(pace)
    await rig.started(pace="human", pace_file=file)


async def told(rig: Rig, action_id: str, state: State, reason: str) -> Receipt:
    async def ask() -> Receipt | None:
        found = [one for one in await rig.receipts() if one.action_id == action_id]
        return next((one for one in found if (one.state, one.reason) == (state, reason)), None)

    receipt = await until(ask, f"{state.value} {reason}")
    assert receipt is not None
    return receipt


def clock_of(rig: Rig) -> DayClock:
    assert rig.clock is not None
    return rig.clock


async def judge(rig: Rig, chat: str, action_id: str, verdict: Judgement) -> None:
    word = Approval(
        approval_id="x", action_id=action_id, channel="wechat", account="default", chat_id=chat,
        verdict=verdict, by="li", reason="I know them", at=clock_of(rig).now(),
    )  # fmt: skip
    record = encode(word, id="x", source="/test", time=word.at)
    await rig.producer.send(rig.outbox, record)


def made(rig: Rig, what: Order) -> PhoneOrder:
    at = clock_of(rig).now()
    words = {"by": "li", "reason": "I say so"}
    return PhoneOrder(order_id=what, account="default", order=what, at=at, **words)


async def order(rig: Rig, what: Order) -> None:
    one = made(rig, what)
    await rig.producer.send(rig.outbox, encode(one, id=what, source="/test", time=one.at))


async def trouble(rig: Rig, code: str | None) -> None:
    async def ask() -> bool:
        state = await rig.device()
        return state is not None and state.health == "ready" and state.trouble == code

    await until(ask, f"the trouble {code}")


async def test_over_its_budget_a_message_waits_and_says_until_when(rig: Rig) -> None:
    chat = await governed(rig, 10)
    sent = [await rig.ask(chat, f"第{number}条") for number in range(3)]
    for action_id in sent:
        assert (await rig.end(action_id)).state is State.SENT
    first = min(one.at for one in await rig.receipts() if one.state is State.INTENT)

    waits = await rig.ask(chat, "第四条")
    behind = await rig.ask(chat, "第五条")
    receipt = await told(rig, waits, State.WAITING, "budget_device_hour")

    assert receipt.not_before is not None
    assert abs((receipt.not_before - first).total_seconds() - 3600) < 5
    assert (await told(rig, behind, State.WAITING, "behind")).not_before is None
    entry = (await rig.entries())[waits]
    assert (entry.not_before, entry.reason) == (receipt.not_before, receipt.reason)
    assert "第四条" in (entry.held or "")
    assert len(rig.sent()) == 3
    clock_of(rig).jump_to(receipt.not_before)
    assert (await rig.end(waits)).state is State.SENT


async def test_the_days_sends_are_remembered_across_restarts_and_machines(
    rig: Rig, tmp_path: Path
) -> None:
    rig.sim.receive("李四", "来了")
    chat = await governed(rig, 10)
    for number in range(3):
        await rig.end(await rig.ask(chat, f"第{number}条"))
    await rig.stop()
    await again(rig)
    waits = await rig.ask(chat, "再一条")
    await told(rig, waits, State.WAITING, "budget_device_hour")
    await rig.stop()

    clock_of(rig).jump(30)  # the other machine's lease ends
    rig.data = tmp_path / "another machine"
    await again(rig)
    more = await rig.ask(await rig.chat_id("李四"), "又一条")

    await told(rig, more, State.WAITING, "budget_device_hour")
    assert len(rig.sent()) == 3


async def test_at_night_messages_wait_but_for_a_chat_with_a_rule_and_one_expires(rig: Rig) -> None:
    chat = await governed(rig, 1)
    rig.sim.receive("值班群", "有人吗", sender="甲", kind="group")
    duty = await rig.chat_id("值班群")
    waits = await rig.ask(chat, "早上再发")
    soon = clock_of(rig).now() + timedelta(hours=1)
    late = await rig.ask(await rig.chat_id("张三"), "一小时内", expires_at=soon)
    receipt = await told(rig, waits, State.WAITING, "quiet_hours")

    assert receipt.not_before is not None
    morning = clock_of(rig).begin.replace(hour=7)
    assert timedelta(0) <= receipt.not_before - morning <= timedelta(minutes=10)
    assert (await rig.end(await rig.ask(duty, "我在"))).state is State.SENT
    clock_of(rig).jump_to(receipt.not_before)
    assert (await rig.end(waits)).state is State.SENT
    end = await rig.end(late)
    assert (end.state, end.reason) == (State.EXPIRED, "expired")
    assert rig.sent() == ["我在", "早上再发"]


@pytest.mark.parametrize(
    ("verdict", "state", "reason", "sent"),
    [
        ("approve", State.SENT, None, ["请转账", "后面的"]),
        ("refuse", State.CANCELLED, "refused", ["后面的"]),
    ],
)
async def test_a_risky_message_and_what_is_behind_it_wait_for_a_persons_word(
    rig: Rig, verdict: Judgement, state: State, reason: str | None, sent: list[str]
) -> None:
    chat = await governed(rig, 10)
    risky = await rig.ask(chat, "请转账")
    behind = await rig.ask(chat, "后面的")
    asked = await told(rig, risky, State.HELD, "approval_words")
    assert "转账" in (asked.detail or "")
    await told(rig, behind, State.WAITING, "behind")
    await rig.stop()
    await again(rig)
    assert rig.sent() == []

    await judge(rig, chat, risky, verdict)

    assert (await rig.end(behind)).state is State.SENT

    async def ended() -> Receipt | None:
        found = [one for one in await rig.receipts() if one.action_id == risky]
        return next((one for one in found if one.state is state), None)

    end = await until(ended, state.value)
    assert end is not None
    assert end.reason == reason
    assert rig.sent() == sent


async def test_nobody_has_written_in_a_chat_that_is_found_empty_when_it_is_opened(
    rig: Rig,
) -> None:
    rig.sim.add_chat("新朋友")
    chat = await governed(rig, 10, pace=PACE.replace("new_chat = false", "new_chat = true"))
    known = await rig.ask(chat, "认识的")
    new = await rig.ask(await rig.chat_id("新朋友"), "你好")

    assert (await rig.end(known)).state is State.SENT
    await told(rig, new, State.HELD, "approval_new_chat")
    await judge(rig, await rig.chat_id("新朋友"), new, "approve")

    async def sent() -> bool:
        return rig.sent() == ["认识的", "你好"]

    await until(sent, "the greeting")


async def test_what_asks_a_person_in_vain_expires(rig: Rig) -> None:
    chat = await governed(rig, 10)
    risky = await rig.ask(chat, "请转账")
    await told(rig, risky, State.HELD, "approval_words")
    clock_of(rig).jump(24 * 3600 + 60)

    end = await told(rig, risky, State.EXPIRED, "expired")
    assert end.detail == "approval_words"


@pytest.mark.parametrize("restart", [False, True])
async def test_a_stop_holds_until_it_is_ended_whatever_restarts(rig: Rig, restart: bool) -> None:
    chat = await governed(rig, 10)
    await order(rig, "stop")
    await trouble(rig, "stopped")
    waits = await rig.ask(chat, "等着")
    receipt = await told(rig, waits, State.WAITING, "stopped")
    assert "stopped by li: I say so" in (receipt.detail or "")
    if restart:
        await rig.stop()
        clock_of(rig).jump(30)
        rig.data = rig.data.parent / "another machine"
        await again(rig)
        await trouble(rig, "stopped")
    assert rig.sent() == []

    await order(rig, "resume")

    assert (await rig.end(waits)).state is State.SENT
    await trouble(rig, None)


async def test_a_stop_that_comes_after_the_intent_holds_before_the_tap(rig: Rig) -> None:
    chat = await governed(rig, 10)
    agent = rig._agent
    assert agent is not None
    send_soon = agent._shipping.send_soon

    async def stopping(topic: str, record: object) -> None:
        """The order comes while the intent is being acked."""
        await send_soon(topic, record)  # type: ignore[arg-type]  # passed on
        agent._pacing.rest.follow(made(rig, "stop"))

    agent._shipping.send_soon = stopping  # type: ignore[method-assign]  # the moment is the test
    waits = await rig.ask(chat, "等着")
    await told(rig, waits, State.WAITING, "stopped")

    assert rig.sent() == []
    assert not [tap for tap in rig.sim.truth()["taps"] if _is_send(tap)]
    assert set(rig.sim.truth()["drafts"].values()) <= {""}
    agent._shipping.send_soon = send_soon  # type: ignore[method-assign]
    await order(rig, "resume")
    assert (await rig.end(waits)).state is State.SENT
    assert rig.sent() == ["等着"]


def _is_send(tap: dict[str, dict[str, str] | None]) -> bool:
    return (tap["node"] or {}).get("text") == "发送"


@pytest.mark.parametrize(
    ("knob", "code"),
    [("account_restricted", "account_restricted"), ("logged_out", "logged_out")],
)
async def test_after_a_warning_nothing_is_sent_though_the_screen_is_gone(
    rig: Rig, knob: str, code: str
) -> None:
    chat = await governed(rig, 10)
    rig.sim.arm(knob, for_s=2)
    rig.sim.receive("李四", "来了")
    await trouble(rig, code)
    waits = await rig.ask(chat, "等着")

    await told(rig, waits, State.WAITING, code)
    rest = timedelta(minutes=31)
    clock_of(rig).jump(rest.total_seconds())
    if code == "account_restricted":
        assert rig._agent is not None
        assert rig._agent._pacing.rest.code == code  # until a person says so
        await order(rig, "resume")
    assert (await rig.end(waits)).state is State.SENT
