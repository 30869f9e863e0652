"""Actions become exactly one bubble or none, and the receipt says the truth."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.kafka import read_whole
from schemas import topics
from schemas.content import Image
from schemas.envelope import Record
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until


async def chat_with(rig: Rig, title: str = "张三") -> str:
    await rig.started()
    rig.sim.receive(title, "在吗")
    return await rig.chat_id(title)


async def seen_in_texts(rig: Rig, count: int) -> None:
    async def all_in() -> bool:
        return len(await rig.texts()) >= count

    await until(all_in, f"{count} messages")


async def test_a_send_reaches_each_state_once_and_one_bubble_stands(rig: Rig) -> None:
    chat = await chat_with(rig)

    end = await rig.end(await rig.ask(chat, "收到 👍\n第二行"))

    assert end.state is State.SENT
    assert rig.sent() == ["收到 👍\n第二行"]
    states = [receipt.state.value for receipt in await rig.receipts()]
    assert states == ["claimed", "opened", "typed", "intent", "tapped", "sent"]


async def test_a_burst_keeps_its_order_and_equal_words_are_sent_as_often_as_asked(
    rig: Rig,
) -> None:
    chat = await chat_with(rig)
    texts = ["好", "好", "一", "好", "好", "好", "好", "好", "好", "好", "好", "好"]

    ids = [await rig.ask(chat, text) for text in texts]
    ends = [await rig.end(action_id) for action_id in ids]

    assert [end.state for end in ends] == [State.SENT] * len(texts)
    assert rig.sent() == texts


async def test_a_long_text_taller_than_the_screen_is_seen_to_be_sent(rig: Rig) -> None:
    chat = await chat_with(rig)
    text = "长" * 1500

    end = await rig.end(await rig.ask(chat, text))
    after = await rig.end(await rig.ask(chat, "短"))

    assert (end.state, after.state) == (State.SENT, State.SENT)
    assert rig.sent() == [text, "短"]


async def test_an_action_asked_twice_is_sent_once(rig: Rig) -> None:
    chat = await chat_with(rig)
    for _ in range(3):
        await rig.ask(chat, "一次", action_id="same")
    last = await rig.ask(chat, "完")

    await rig.end(last)

    assert rig.sent() == ["一次", "完"]


async def test_what_cannot_be_sent_is_refused_with_its_reason(rig: Rig) -> None:
    chat = await chat_with(rig)

    nowhere = await rig.end(await rig.ask("no-such-chat", "喂"))
    picture = await rig.end(await rig.ask(chat, "", content=Image()))
    now = datetime.now(UTC)
    late = await rig.end(await rig.ask(chat, "晚了", expires_at=now - timedelta(seconds=1)))

    assert (nowhere.state, nowhere.reason) == (State.FAILED, "unknown_chat")
    assert (picture.state, picture.reason) == (State.FAILED, "no_media")
    assert late.state is State.EXPIRED
    assert rig.sent() == []


async def test_a_title_that_two_chats_have_is_refused_with_the_candidates(rig: Rig) -> None:
    chat = await chat_with(rig)
    twin = rig.sim.add_chat("张三", "private")
    rig.sim.receive("", "我是另一个", chat_id=twin)
    await seen_in_texts(rig, 2)

    end = await rig.end(await rig.ask(chat, "给谁"))

    assert (end.state, end.reason) == (State.FAILED, "ambiguous_recipient")
    assert chat in (end.detail or "")
    assert rig.sent() == []


async def test_an_undecodable_record_goes_to_poison_and_holds_nobody(rig: Rig) -> None:
    chat = await chat_with(rig)
    await rig.producer.send(rig.outbox, Record(b"k", b"{not json", [("ce_type", b"what")]))

    end = await rig.end(await rig.ask(chat, "还在"))

    assert end.state is State.SENT
    name = topics.POISON.name(rig.prefix)
    copies = [record async for record in read_whole(rig.broker, name)]
    assert [copy.value for copy in copies] == [b"{not json"]
    assert ("x-origin-topic", rig.outbox.encode()) in copies[0].headers


async def test_a_foreign_draft_is_kept_in_the_receipt(rig: Rig) -> None:
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)

    def leave(fleet: object, phone: object) -> None:
        world = phone.world  # type: ignore[attr-defined]
        one = next(c for c in world.chats.values() if c.title == "张三")
        one.draft = "写了一半"

    rig.sim.on_phone(leave)

    end = await rig.end(await rig.ask(chat, "正文"))

    assert (end.state, end.draft_cleared) == (State.SENT, "写了一半")
    assert rig.sent() == ["正文"]


@pytest.mark.parametrize("on", ["send_tap", "dump", "set_text", "row_tap"])
@pytest.mark.parametrize("knob", ["rpc_500_after", "reply_lost", "tap_ignored"])
async def test_a_fault_never_sends_twice_and_heals(rig: Rig, knob: str, on: str) -> None:
    if knob == "tap_ignored" and on not in {"send_tap", "row_tap"}:
        on = "any"
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)
    rig.sim.arm(knob, on=on)

    end = await rig.end(await rig.ask(chat, "只一次"))

    assert end.state is State.SENT
    assert rig.sent() == ["只一次"]


@pytest.mark.slow
@pytest.mark.parametrize("on", ["send_tap", "dump", "set_text", "row_tap"])
async def test_a_hanging_phone_is_waited_out(rig: Rig, on: str) -> None:
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)
    rig.sim.arm("rpc_hang", on=on, for_s=30)

    end = await rig.end(await rig.ask(chat, "只一次"), patience=30)

    assert end.state is State.SENT
    assert rig.sent() == ["只一次"]


@pytest.mark.slow
@pytest.mark.parametrize("on", ["send_tap", "dump", "set_text", "row_tap"])
async def test_a_cable_pulled_in_the_middle_heals_and_sends_once(rig: Rig, on: str) -> None:
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)
    rig.sim.arm("usb_unplug", on=on, for_s=1)

    end = await rig.end(await rig.ask(chat, "只一次"), patience=30)

    assert end.state is State.SENT
    assert rig.sent() == ["只一次"]


async def test_a_tap_that_never_works_ends_as_not_sent_after_four(rig: Rig) -> None:
    chat = await chat_with(rig)
    rig.sim.arm("tap_ignored", on="send_tap", times=10)

    end = await rig.end(await rig.ask(chat, "按不动"))

    assert (end.state, rig.sent()) == (State.NOT_SENT, [])


async def test_a_blocked_send_is_failed_by_its_red_mark(rig: Rig) -> None:
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)
    theirs = rig.sim.on_phone(
        lambda fleet, phone: next(c.chat_id for c in phone.world.chats.values())
    )
    rig.sim.patch_chat(theirs, blocked_me=True)

    end = await rig.end(await rig.ask(chat, "喂"))

    assert (end.state, end.reason) == (State.FAILED, "blocked")


async def test_a_verified_send_costs_four_calls_in_a_burst_and_five_at_its_start(rig: Rig) -> None:
    chat = await chat_with(rig)
    await seen_in_texts(rig, 1)
    await rig.end(await rig.ask(chat, "热身"))
    before = rig.sim.truth()
    ids = [await rig.ask(chat, f"第{number}句") for number in range(10)]
    for action_id in ids:
        await rig.end(action_id)
    after = rig.sim.truth()

    assert len(rig.sent()) == 11
    calls = after["rpc"] + after["shell"] - before["rpc"] - before["shell"]
    # four a send; besides: opening the chat, the first look, a renewal of the lease
    assert calls <= 4 * 10 + 10
