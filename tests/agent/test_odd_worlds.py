"""Lookalike titles, chats that vanish, lists that stay scrolled, records that cannot be read."""

import asyncio
import shutil
import signal
from uuid import uuid4

import pytest

from device_agent.letterhead import Letterhead, now
from schemas import topics
from schemas.envelope import Record
from schemas.ledger import SWEPT
from schemas.phone import DeviceState, KnownChat
from schemas.receipt import State
from tests.agent.test_kills import process
from tests.fakes.phone_rig import Rig, until


async def read(rig: Rig, title: str, text: str, patience: float = 25) -> None:
    async def there() -> bool:
        return (title, text) in await rig.texts()

    await until(there, f"{text!r} of {title}", patience)


async def test_a_title_that_reads_like_a_groups_is_never_written_to_for_it(rig: Rig) -> None:
    """The group 家人 of five shows 家人(5), and so is a contact called: the list moves under the
    finger, the contact opens, and its title proves nothing."""
    rig.sim.add_chat("家人", kind="group", members=["a", "b", "c", "d"])
    rig.sim.receive("家人", "群里好", sender="a")
    rig.sim.receive("家人(5)", "私下好")
    rig.sim.receive("家人", "群里好2", sender="b")
    agent = await rig.started()
    group = await rig.chat_id("家人")
    tap, moved = agent.phone.tap, []

    async def tap_too_late(x: int, y: int) -> None:
        if not moved:
            moved.append(True)
            rig.sim.receive("家人(5)", "我上来了")
        await tap(x, y)

    agent.phone.tap = tap_too_late  # type: ignore[method-assign]  # the finger of a slow hand
    end = await rig.end(await rig.ask(group, "给群的话"))

    assert [sent["chat"] for sent in rig.sim.truth()["sent"]] in ([], ["家人"])
    assert end.state in {State.FAILED, State.SENT}
    assert (end.state is State.SENT) == bool(rig.sent())


async def test_a_chat_that_left_the_list_does_not_keep_others_from_being_read(rig: Rig) -> None:
    """Its action waits, the list was scrolled to its end to look for it, and stays so."""
    chat = rig.sim.receive("老友", "hi") and rig.sim.on_phone(
        lambda _, p: next(iter(p.world.chats))
    )
    for number in range(25):
        rig.sim.receive(f"朋友{number:02d}", "x")
    agent = await rig.started()
    known = await rig.chat_id("老友")
    rig.sim.patch_chat(chat, chat="新名字")
    looked = agent.rounds._walk
    await rig.ask(known, "在")

    async def scrolled() -> bool:
        return not looked.at_top

    await until(scrolled, "a look through the list")
    rig.sim.receive("朋友24", "要紧的事")

    await read(rig, "朋友24", "要紧的事")


async def test_chats_below_a_page_of_pinned_ones_are_read(rig: Rig) -> None:
    for number in range(24):
        rig.sim.add_chat(f"置顶{number:02d}", pinned=True)
        rig.sim.receive(f"置顶{number:02d}", "x")
    rig.sim.receive("普通人", "y")
    await rig.started()
    await read(rig, "普通人", "y")

    async def resting() -> bool:
        return not rig.sim.on_phone(lambda _, phone: phone.stage.wechat_front)

    await until(resting, "the launcher")
    rig.sim.receive("普通人", "看得见吗")

    await read(rig, "普通人", "看得见吗")


@pytest.mark.slow  # a kill
async def test_an_intent_whose_chat_was_renamed_holds_that_chat_alone(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    flag = rig.data.parent / "died"
    arms = {"failpoint": "agent.intent_acked", "failpoint_flag": str(flag)}
    async with process(rig, **arms) as first:
        await rig.ask(await rig.chat_id("张三"), "收到")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    rig.sim.patch_chat(rig.sim.on_phone(lambda _, p: next(iter(p.world.chats))), chat="李雷")

    await rig.start()
    rig.sim.receive("王五", "救命")

    await read(rig, "王五", "救命")


@pytest.mark.slow  # a kill
async def test_the_receipt_of_an_end_in_the_ledger_is_owed_by_the_next_machine(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    flag = rig.data.parent / "died"
    arms = {"failpoint": "agent.outcome_acked", "failpoint_flag": str(flag)}
    async with process(rig, **arms) as first:
        asked = await rig.ask(await rig.chat_id("张三"), "收到")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    shutil.rmtree(rig.data)

    await rig.started()

    assert (await rig.end(asked)).state is State.SENT
    assert rig.sent() == ["收到"]


async def test_a_contact_without_a_tail_is_read_like_a_new_one(rig: Rig) -> None:
    """The machine was lost between the two records that announce a chat."""
    head = Letterhead("default", rig.prefix)
    known = KnownChat(
        chat_id=uuid4().hex, account="default", kind="private", title="张三", at=now()
    )
    await rig.producer.send(*head.chat(known))
    rig.sim.receive("张三", "在吗")

    await rig.started()

    await read(rig, "张三", "在吗")
    assert {message.chat.chat_id for message in await rig.messages()} == {known.chat_id}


async def test_two_chats_of_one_title_keep_their_ids_on_a_new_machine(rig: Rig) -> None:
    first, second = rig.sim.add_chat("李雷"), rig.sim.add_chat("李雷")
    rig.sim.receive("", "甲一", chat_id=first)
    rig.sim.receive("", "乙一", chat_id=second)
    await rig.started()
    await read(rig, "李雷", "甲一")
    await read(rig, "李雷", "乙一")

    async def announced() -> bool:
        return len(await rig.chats()) == 2

    await until(announced, "both chats in bot.contacts")
    before = {message.event_id for message in await rig.messages()}
    await rig.stop()
    shutil.rmtree(rig.data)

    await rig.started()

    assert {message.event_id for message in await rig.messages()} == before


async def test_an_empty_text_fails_and_holds_nobody(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    await rig.started()
    chat = await rig.chat_id("张三")
    empty, next_one = await rig.ask(chat, ""), await rig.ask(chat, "好")

    assert (await rig.end(empty)).state is State.FAILED
    assert (await rig.end(next_one)).state is State.SENT


async def test_a_ledger_record_that_cannot_be_read_stops_sending_and_not_reading(rig: Rig) -> None:
    """It may be an intent: nothing is sent until a person has looked."""
    rig.sim.receive("张三", "在吗")
    await rig.started()
    await read(rig, "张三", "在吗")
    await rig.stop()
    ledger = topics.LEDGER.name(rig.prefix, channel="wechat", account="default")
    headers = [("ce_type", b"hongyan.ledger.action.v1")]
    await rig.producer.send(ledger, Record(b"action:q", b"{", headers))

    await rig.start()
    rig.sim.receive("张三", "还在吗")

    await read(rig, "张三", "还在吗")
    assert isinstance(await rig.device(), DeviceState)


async def test_a_new_chat_whose_badge_somebody_cleared_is_read_all_the_same(rig: Rig) -> None:
    """Our own finger may have, when the list moved under it and the screen stayed dark to us."""
    rig.sim.receive("张三", "在吗")
    await rig.started()
    rig.sim.receive("李四", "第一次")

    def clear(fleet: object, phone: object) -> None:
        for chat in phone.world.chats.values():  # type: ignore[attr-defined]
            chat.unread = 0
        phone.redraw()  # type: ignore[attr-defined]

    rig.sim.on_phone(clear)

    await read(rig, "李四", "第一次")


async def test_a_chat_with_a_new_name_is_not_read_anew(rig: Rig) -> None:
    rig.sim.receive("老友", "一")
    rig.sim.receive("老友", "二")
    await rig.started()
    await read(rig, "老友", "二")
    theirs = rig.sim.on_phone(lambda _, phone: next(iter(phone.world.chats)))
    rig.sim.patch_chat(theirs, chat="新名字")
    rig.sim.receive("张三", "之后")
    await read(rig, "张三", "之后")

    async def seen() -> bool:
        return any(chat.title == "新名字" for chat in (await rig.chats()).values())

    await until(seen, "the new name")
    rig.sim.receive("新名字", "三")
    await read(rig, "新名字", "三")

    assert sorted(text for _, text in await rig.texts()) == ["一", "三", "之后", "二"]


async def test_a_new_machine_reads_a_new_chat_whose_badge_the_old_one_cleared(rig: Rig) -> None:
    """The old one's finger went astray into it, and the machine was gone before it could say so."""
    rig.sim.receive("张三", "在吗")
    await rig.started()
    await read(rig, "张三", "在吗")

    async def told() -> bool:
        return SWEPT in await rig.tails()

    await until(told, "the ledger's word that the list was read")
    await rig.stop()
    await asyncio.to_thread(shutil.rmtree, rig.data)
    rig.sim.receive("李四", "第一次")

    def clear(fleet: object, phone: object) -> None:
        for chat in phone.world.chats.values():  # type: ignore[attr-defined]
            chat.unread = 0
        phone.redraw()  # type: ignore[attr-defined]

    rig.sim.on_phone(clear)
    await rig.started()

    await read(rig, "李四", "第一次")
    assert [text for title, text in await rig.texts() if title == "张三"] == ["在吗"]
