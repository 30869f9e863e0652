"""Contacts, groups and members read on the phone, in steps, into the topic."""

import pytest

from device_agent.book_pages import continued
from device_agent.budget import Budget
from schemas.contact import ContactsRead, GroupMembers, KnownContact
from tests.agent.test_odd_worlds import read
from tests.fakes.phone_rig import Rig, until

PEOPLE = {"people_hour_calls": 1, "people_idle_seconds": 1.0}


async def contacts(rig: Rig) -> dict[str, KnownContact]:
    return {one.name: one for one in await rig.book() if isinstance(one, KnownContact)}


async def read_whole(rig: Rig, times: int = 1) -> ContactsRead:
    async def ask() -> ContactsRead | None:
        found = [one for one in await rig.book() if isinstance(one, ContactsRead)]
        return found[0] if found else None

    whole = await until(ask, "a whole reading of the contacts", 30)
    assert whole is not None
    return whole


async def members(rig: Rig, chat_id: str, count: int) -> GroupMembers:
    async def ask() -> GroupMembers | None:
        return next(
            (
                one
                for one in await rig.book()
                if isinstance(one, GroupMembers)
                and one.chat_id == chat_id
                and len(one.members) == count
            ),
            None,
        )

    group = await until(ask, f"{count} members", 30)
    assert group is not None
    return group


async def test_contacts_are_read_with_remark_nickname_and_id(rig: Rig) -> None:
    rig.sim.add_chat("王伟", remark="老王", region="广东 深圳", wechat_id="wangwei88")
    for number in range(20):
        rig.sim.add_chat(f"朋友{number:02d}")
    rig.sim.add_chat("同名", wechat_id="a1")
    rig.sim.add_chat("同名", wechat_id="a2")
    rig.sim.add_chat("人民日报", official=True)
    rig.sim.receive("老王", "在吗")
    await rig.started(**PEOPLE)

    whole = await read_whole(rig)

    found = [one for one in await rig.book() if isinstance(one, KnownContact)]
    assert whole.contacts == len(found) == 24
    assert {one.wechat_id for one in found if one.name == "同名"} == {"a1", "a2"}
    assert [one.name for one in found if one.official] == ["人民日报"]
    wang = next(one for one in found if one.name == "老王")
    assert (wang.remark, wang.nickname, wang.region) == ("老王", "王伟", "广东 深圳")
    chat = (await rig.chats())[await rig.chat_id("老王")]
    assert (wang.chat_id, chat.remark, chat.nickname) == (chat.chat_id, "老王", "王伟")
    assert rig.sim.truth()["sent"] == []


async def test_who_left_the_book_is_gone_and_who_stayed_keeps_the_id(rig: Rig) -> None:
    chat = rig.sim.add_chat("老李", wechat_id="laoli")
    gone = rig.sim.add_chat("过客", wechat_id="guoke")
    await rig.started(**PEOPLE, people_whole_seconds=4.0)
    await read_whole(rig)
    before = (await contacts(rig))["老李"].contact_id
    rig.sim.patch_chat(chat, remark="李总")
    rig.sim.on_phone(lambda _, phone: phone.world.chats.pop(gone))

    async def changed() -> bool:
        return {"李总"} == set(await contacts(rig))

    await until(changed, "the book without who left, with the new remark", 30)
    assert (await contacts(rig))["李总"].contact_id == before


async def test_the_members_of_a_large_group_are_read_and_again_when_one_joins(rig: Rig) -> None:
    people = [f"成员{number:02d}" for number in range(45)]
    group = rig.sim.add_chat("大群", kind="group", members=people, my_nickname="小鸿")
    rig.sim.receive("大群", "大家好", sender="成员00")
    await rig.started(**PEOPLE)
    chat_id = await rig.chat_id("大群")

    first = await members(rig, chat_id, 46)
    rig.sim.patch_chat(group, members=[*people, "新人"], by="成员00")
    second = await members(rig, chat_id, 47)

    assert first.whole
    assert first.own_name == "小鸿"
    assert {one.name for one in second.members} == {*people, "小鸿", "新人"}
    assert (await rig.chats())[chat_id].title == "大群"


async def test_a_message_that_comes_amid_the_reading_is_read_soon(rig: Rig) -> None:
    for number in range(40):
        rig.sim.add_chat(f"朋友{number:02d}")
    rig.sim.receive("朋友00", "hi")
    await rig.started(**PEOPLE)

    async def begun() -> bool:
        return len(await contacts(rig)) > 3

    await until(begun, "some contacts", 30)
    rig.sim.receive("朋友30", "急事")
    await read(rig, "朋友30", "急事")

    assert not [one for one in await rig.book() if isinstance(one, ContactsRead)]
    await read_whole(rig)
    assert len(await contacts(rig)) == 40


@pytest.mark.parametrize(
    ("names", "page", "whole"),
    [
        (["a", "b", "c"], ["c", "d"], ["a", "b", "c", "d"]),
        (["a", "b"], ["c"], ["a", "b", "c"]),
        (["a", "a"], ["a", "a", "b"], ["a", "a", "b"]),
        (["a", "b"], ["a", "b"], ["a", "b"]),
    ],
)
def test_pages_of_members_are_joined_where_they_overlap(
    names: list[str], page: list[str], whole: list[str]
) -> None:
    assert continued(names, page) == whole


def test_an_hours_calls_are_spent_and_come_back() -> None:
    clock = [0.0]
    budget = Budget(step=3, hour=5, monotonic=lambda: clock[0])
    budget.spend(3)
    assert not budget.left
    budget.begin()
    assert budget.left
    budget.spend(2)
    assert not budget.open
    clock[0] = 3600.0
    assert budget.open
