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
