"""The right chat or none: search sections, chats never seen, same names, lists that move."""

import asyncio

import pytest

from schemas.phone import KnownChat
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until


def where(rig: Rig) -> list[tuple[str, str]]:
    return [(sent["chat_id"], sent["text"]) for sent in rig.sim.truth()["sent"]]


async def known(rig: Rig, title: str, kinds: set[str]) -> dict[str, KnownChat]:
    """The chats of that title by kind, once there is one of each."""

    async def ask() -> dict[str, KnownChat]:
        found = [chat for chat in (await rig.chats()).values() if chat.title == title]
        by_kind = {chat.kind: chat for chat in found}
        return dict(by_kind) if set(by_kind) == kinds else {}

    return await until(ask, f"chats called {title}: {kinds}")


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
async def test_a_person_and_a_group_of_one_name_are_told_apart_by_their_sections(
    rig: Rig, locale: str
) -> None:
    rig.sim.patch_device(locale=locale)
    person = rig.sim.add_chat("周末爬山")
    group = rig.sim.add_chat("周末爬山", kind="group", members=["a", "b"])
    rig.sim.receive("", "一个人爬", chat_id=person)
    rig.sim.receive("", "一起爬", chat_id=group, sender="a")
    await rig.started()

    for kind, chat in (await known(rig, "周末爬山", {"private", "group"})).items():
        end = await rig.end(await rig.ask(chat.chat_id, f"给{kind}"))
        assert end.state is State.SENT, end

    assert sorted(where(rig)) == sorted([(person, "给private"), (group, "给group")])


async def test_a_twin_that_never_wrote_is_found_by_the_search_and_nothing_is_sent(
    rig: Rig,
) -> None:
    """The list shows one 张三 alone: only WeChat's search knows of the other."""
    rig.sim.receive("张三", "在吗")
    rig.sim.patch_chat(rig.sim.add_chat("张三"), listed=False)
    await rig.started()

    end = await rig.end(await rig.ask(await rig.chat_id("张三"), "给谁"))

    assert (end.state, end.reason) == (State.FAILED, "ambiguous_recipient")
    assert rig.sent() == []


@pytest.mark.parametrize("title", ["1#", "01#", "张 三", "Ａ组", "家人(5)"])
async def test_lookalikes_are_never_taken_for_one_another(rig: Rig, title: str) -> None:
    alike = ["1#", "01#", "001#", "张三", "张 三", "A组", "Ａ组", "家人(5)"]
    chats = {name: rig.sim.add_chat(name) for name in alike}
    for name in alike:
        rig.sim.patch_chat(chats[name], listed=name == title)
    rig.sim.receive("", "hi", chat_id=chats[title])
    await rig.started()

    end = await rig.end(await rig.ask(await rig.chat_id(title), "就给你"))

    assert end.state is State.SENT, end
    assert where(rig) == [(chats[title], "就给你")]


async def test_a_chat_that_is_not_in_the_list_any_more_is_reached_by_search(rig: Rig) -> None:
    rig.sim.receive("老友", "hi")
    await rig.started()
    chat = await rig.chat_id("老友")
    own = rig.sim.truth()["opened"][0]["chat_id"]
    rig.sim.patch_chat(own, listed=False)

    end = await rig.end(await rig.ask(chat, "还记得吗"))

    assert end.state is State.SENT, end
    assert where(rig) == [(own, "还记得吗")]


async def test_a_chat_is_found_on_the_page_of_all_that_are_called_alike(rig: Rig) -> None:
    for number in range(24):
        rig.sim.patch_chat(rig.sim.add_chat(f"张三{number:02d}"), listed=False)
    rig.sim.receive("张三", "hi")
    await rig.started()

    end = await rig.end(await rig.ask(await rig.chat_id("张三"), "你好"))

    assert end.state is State.SENT, end
    assert rig.sent() == ["你好"]


async def test_a_title_found_once_is_believed_for_a_while(rig: Rig) -> None:
    """The search is paid for once: the next send opens the row."""
    rig.sim.receive("张三", "在吗")
    rig.sim.receive("李四", "在吗")
    agent = await rig.started()
    chat, other = await rig.chat_id("张三"), await rig.chat_id("李四")
    await rig.end(await rig.ask(chat, "一"))
    await rig.end(await rig.ask(other, "二"))
    looks, look = [], agent.rounds._serving._approach._search.find

    async def find(words: str) -> object:
        looks.append(words)
        return await look(words)

    agent.rounds._serving._approach._search.find = find  # type: ignore[method-assign,assignment]  # counts

    assert (await rig.end(await rig.ask(chat, "三"))).state is State.SENT
    assert looks == []


async def test_a_twin_that_comes_later_ends_the_belief(rig: Rig) -> None:
    rig.sim.receive("张三", "在吗")
    await rig.started()
    chat = await rig.chat_id("张三")
    assert (await rig.end(await rig.ask(chat, "一"))).state is State.SENT
    twin = rig.sim.add_chat("张三")
    rig.sim.receive("", "我是另一个人", chat_id=twin)

    async def heard() -> bool:
        return "我是另一个人" in [text for _, text in await rig.texts()]

    await until(heard, "the other one")
    end = await rig.end(await rig.ask(chat, "二"))

    assert (end.state, end.reason) == (State.FAILED, "ambiguous_recipient")
    assert rig.sent() == ["一"]


async def test_a_row_that_moves_under_the_finger_gets_nothing(rig: Rig) -> None:
    rig.sim.receive("李四", "hi")
    rig.sim.receive("张三", "hi")
    agent = await rig.started()
    chat = await rig.chat_id("张三")
    await rig.end(await rig.ask(chat, "一"))
    await rig.end(await rig.ask(await rig.chat_id("李四"), "二"))
    tap, moved = agent.phone.tap, asyncio.Event()

    async def tap_too_late(x: int, y: int) -> None:
        if not moved.is_set():
            moved.set()
            rig.sim.receive("李四", "我上来了")
            rig.sim.receive("王五", "我也是")
        await tap(x, y)

    agent.phone.tap = tap_too_late  # type: ignore[method-assign]  # the finger of a slow hand
    end = await rig.end(await rig.ask(chat, "三"))

    assert end.state is State.SENT
    assert [(one["chat"], one["text"]) for one in rig.sim.truth()["sent"]][2:] == [("张三", "三")]


async def twins(rig: Rig) -> tuple[str, str, str]:
    """The chat of a person whose WeChat ID was read while the name was unique, that person's and
    the other's chat on the phone.
    """
    own = rig.sim.add_chat("张三", wechat_id="zs_one")
    rig.sim.receive("", "在吗", chat_id=own)
    await rig.started(people_hour_calls=1, people_idle_seconds=1.0)
    chat = await rig.chat_id("张三")

    async def linked() -> bool:
        return (await rig.chats())[chat].wechat_id == "zs_one"

    await until(linked, "the WeChat ID", 30)
    await rig.stop()
    twin = rig.sim.add_chat("张三", wechat_id="zs_two")
    rig.sim.receive("", "我是另一个人", chat_id=twin)
    await rig.started()

    async def heard() -> bool:
        return "我是另一个人" in [text for _, text in await rig.texts()]

    await until(heard, "the other one")
    return chat, own, twin


async def test_a_chat_whose_wechat_id_is_known_is_told_from_its_twin(rig: Rig) -> None:
    chat, own, _ = await twins(rig)

    end = await rig.end(await rig.ask(chat, "只给第一个"))

    assert end.state is State.SENT, end
    assert where(rig) == [(own, "只给第一个")]


async def test_the_same_words_in_the_field_of_its_twin_are_not_sent(rig: Rig) -> None:
    """Their owner wrote them there; our first tap did nothing, and the twin's row is the upper."""
    chat, own, twin = await twins(rig)
    rig.sim.on_phone(lambda _, phone: phone.write_field(phone.world.chats[twin], "明天放假"))
    rig.sim.arm("tap_ignored", on="send_tap")

    end = await rig.end(await rig.ask(chat, "明天放假"))

    assert end.state is State.SENT, end
    assert where(rig) == [(own, "明天放假")]


async def test_a_deleted_friend_is_not_confused_with_a_new_one_of_that_name(rig: Rig) -> None:
    """The friend's row stays in the list, and the search finds only the new one."""
    old = rig.sim.add_chat("张三")
    rig.sim.receive("", "旧的话", chat_id=old)
    await rig.started()
    chat = await rig.chat_id("张三")
    rig.sim.on_phone(lambda _, phone: setattr(phone.world.chats[old], "official", True))
    new = rig.sim.add_chat("张三")
    rig.sim.receive("", "新的话", chat_id=new)
    rig.sim.patch_chat(new, listed=False)

    end = await rig.end(await rig.ask(chat, "给旧的"))

    assert new not in [chat for chat, _ in where(rig)]
    assert end.state in {State.FAILED, State.SENT}
