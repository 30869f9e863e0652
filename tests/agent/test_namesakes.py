"""Chats of one name, of which only one is on the first page of the list."""

from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until

MANY = 14
"""Chats that push another off the first page."""


async def test_a_person_of_a_groups_name_is_not_taken_for_the_group(rig: Rig) -> None:
    rig.sim.add_chat("张伟", "group", members=["甲", "乙"])
    rig.sim.receive("张伟", "群里的话", sender="甲")
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    await rig.started()
    person = rig.sim.add_chat("张伟")

    rig.sim.receive("张伟", "我是本人", chat_id=person)

    async def heard() -> bool:
        return "我是本人" in [text for _, text in await rig.texts()]

    await until(heard, "the person's message")
    told = {m.content.text: m.chat for m in await rig.messages() if m.content.kind == "text"}
    assert told["我是本人"].chat_id != told["群里的话"].chat_id
    assert told["我是本人"].kind == "private"
    end = await rig.end(await rig.ask(told["我是本人"].chat_id, "收到"))
    left = [one["chat_id"] for one in rig.sim.truth()["sent"]]
    assert (end.state, left) == (State.SENT, [person])


async def test_after_a_restart_the_group_alone_gets_what_is_meant_for_it(rig: Rig) -> None:
    """The person's row is the first of that name, the group's stands below the first page."""
    group = rig.sim.add_chat("张伟", "group", members=["甲", "乙"])
    rig.sim.receive("张伟", "群里的话", sender="甲")
    await rig.started()
    chat = await rig.chat_id("张伟")
    await rig.stop()
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    person = rig.sim.add_chat("张伟")
    rig.sim.receive("张伟", "本人", chat_id=person)

    await rig.ask(chat, "收到")
    await rig.started()

    async def read() -> bool:
        return "本人" in [text for _, text in await rig.texts()]

    await until(read, "the person's message")
    await rig.end(await rig.ask(await rig.chat_id("友1"), "早"))
    assert {one["chat_id"] for one in rig.sim.truth()["sent"] if one["text"] == "收到"} <= {group}


async def test_two_people_of_one_name_do_not_keep_others_from_being_answered(rig: Rig) -> None:
    """Neither page shows both, so each row seems to be the other one, changed."""
    rig.sim.receive("张伟", "我是张伟")
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    rig.sim.receive("张伟", "我也是张伟", chat_id=rig.sim.add_chat("张伟"))
    await rig.start()

    end = await rig.end(await rig.ask(await rig.chat_id("友1"), "早"))

    assert end.state is State.SENT


async def test_what_a_namesake_was_read_with_is_not_read_again(rig: Rig) -> None:
    """One's words were taken for the other's, whose row was below the page; then both are seen."""
    first = rig.sim.add_chat("张伟")
    for text in ("一", "二", "三", "四"):
        rig.sim.receive("张伟", text, chat_id=first)
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    await rig.started()
    second = rig.sim.add_chat("张伟")
    for text in ("甲", "乙", "丙", "丁"):
        rig.sim.receive("张伟", text, chat_id=second)

    async def heard(text: str) -> bool:
        return text in [said for _, said in await rig.texts()]

    await until(lambda: heard("丁"), "the second one's words")
    rig.sim.receive("张伟", "我在别处回了", chat_id=first, own=True)
    await until(lambda: _opened(rig, first), "a visit to the first one")
    rig.sim.receive("张伟", "五", chat_id=first)
    await until(lambda: heard("五"), "the first one's next words")

    said = [text for _, text in await rig.texts() if text != "早"]
    assert sorted(said) == sorted("一二三四五甲乙丙丁")


async def _opened(rig: Rig, chat: str) -> bool:
    return sum(one["chat_id"] == chat for one in rig.sim.truth()["opened"]) > 1


async def test_what_is_meant_for_one_never_goes_to_a_namesake_who_writes_later(rig: Rig) -> None:
    """The title was proven to be the first one's alone, and then it is not any more."""
    first = rig.sim.add_chat("张伟")
    rig.sim.receive("张伟", "一", chat_id=first)
    await rig.started()
    chat = await rig.chat_id("张伟")
    assert (await rig.end(await rig.ask(chat, "收到"))).state is State.SENT  # proven
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    second = rig.sim.add_chat("张伟")
    rig.sim.receive("张伟", "甲", chat_id=second)

    await rig.end(await rig.ask(chat, "只给第一位"))

    left = {one["text"]: one["chat_id"] for one in rig.sim.truth()["sent"]}
    assert left.get("只给第一位", first) == first


async def test_namesakes_whose_rows_stand_on_two_pages_have_two_ids_from_the_start(
    rig: Rig,
) -> None:
    first = rig.sim.add_chat("张伟")
    for text in ("一", "二", "三"):
        rig.sim.receive("张伟", text, chat_id=first)
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    second = rig.sim.add_chat("张伟")
    for text in ("甲", "乙", "丙"):
        rig.sim.receive("张伟", text, chat_id=second)
    await rig.started()

    async def heard() -> bool:
        said = [text for _, text in await rig.texts()]
        return {"三", "丙"} <= set(said)

    await until(heard, "both ones' words")
    told = [m for m in await rig.messages() if m.chat.title == "张伟"]
    texts = {one.chat.chat_id: "" for one in told}
    for one in told:
        assert one.content.kind == "text"
        texts[one.chat.chat_id] += one.content.text
    assert sorted(texts.values()) == sorted(["一二三", "甲乙丙"])


async def test_a_namesake_who_says_the_same_gets_none_of_what_is_meant_for_the_first(
    rig: Rig,
) -> None:
    first = rig.sim.add_chat("张伟")
    for text in ("一", "在吗"):
        rig.sim.receive("张伟", text, chat_id=first)
    await rig.started()
    chat = await rig.chat_id("张伟")
    assert (await rig.end(await rig.ask(chat, "在"))).state is State.SENT  # proven
    rig.sim.receive("张伟", "好", chat_id=first)
    for number in range(MANY):
        rig.sim.receive(f"友{number}", "早")
    second = rig.sim.add_chat("张伟")
    rig.sim.receive("张伟", "好", chat_id=second)

    await rig.end(await rig.ask(chat, "只给第一位"))

    left = {one["text"]: one["chat_id"] for one in rig.sim.truth()["sent"]}
    assert left.get("只给第一位", first) == first
    both = [m.chat.chat_id for m in await rig.messages() if getattr(m.content, "text", "") == "好"]
    assert len(set(both)) == 2
