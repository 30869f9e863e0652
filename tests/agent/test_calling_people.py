"""A text that mentions people reaches them: they are picked, and the phone's truth names them."""

import pytest

from device_agent.calling import EVERYBODY, Call, calls_of, placed, segments
from schemas.receipt import State
from tests.fakes.phone_rig import Rig


@pytest.mark.parametrize(
    ("text", "names", "everybody", "typed"),
    [
        ("@王芳 请看", ["王芳"], False, (Call("王芳"), "请看")),
        ("请看", ["王芳"], False, (Call("王芳"), "请看")),
        ("你好 @王芳", ["王芳"], False, ("你好 ", Call("王芳"))),
        ("@王芳芳 看 @王芳 看", ["王芳"], False, ("@王芳芳 看 ", Call("王芳"), "看")),
        ("@Al Bo 和 @Al", ["Al", "Al Bo"], False, (Call("Al Bo"), "和 ", Call("Al"))),
        ("@王芳 @王芳 两次", ["王芳"], False, (Call("王芳"), "@王芳 两次")),
        ("@ALL 开会", [], True, (Call(EVERYBODY, all=True), "开会")),
        ("开会", ["李雷"], True, (Call("李雷"), Call(EVERYBODY, all=True), "开会")),
        ("a@王芳.com", ["王芳"], False, (Call("王芳"), "a@王芳.com")),
        ("没有人", [], False, ("没有人",)),
    ],
)
def test_a_call_is_picked_where_its_name_stands_else_at_the_start(
    text: str, names: list[str], *, everybody: bool, typed: tuple[object, ...]
) -> None:
    calls = calls_of(names, everybody=everybody)

    assert segments(placed(text, calls), calls) == typed


async def group_with(rig: Rig, *members: str, **options: object) -> str:
    rig.sim.add_chat("项目组", "group", members=[*members], **options)
    await rig.started()
    rig.sim.receive("项目组", "在吗", sender=members[0])
    return await rig.chat_id("项目组")


def called(rig: Rig) -> list[tuple[str, list[str]]]:
    return [(one["text"], one.get("mentions", [])) for one in rig.sim.truth()["sent"]]


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_people_are_called_so_that_it_reaches_them(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    chat = await group_with(rig, "王芳", "王芳芳", "李雷")

    asked = await rig.ask(chat, "请 @王芳 看一下 🙂\n谢谢", mentions=("王芳", "李雷"))
    end = await rig.end(asked)
    plain = await rig.end(await rig.ask(chat, "完"))

    assert [(one.state, one.reason) for one in (end, plain)] == [(State.SENT, None)] * 2
    assert called(rig) == [
        ("@李雷\u2005请 @王芳\u2005看一下 🙂\n谢谢", ["李雷", "王芳"]),
        ("完", []),
    ]
    assert end.draft_cleared is None


async def test_everybody_is_called_by_a_manager_alone(rig: Rig) -> None:
    chat = await group_with(rig, "王芳", "李雷")

    no = await rig.end(await rig.ask(chat, "@所有人 开会", mention_all=True))
    rig.sim.on_phone(_own_all)
    yes = await rig.end(await rig.ask(chat, "@所有人 开会", mention_all=True))

    assert (no.state, no.reason) == (State.FAILED, "mention_absent")
    assert yes.state is State.SENT
    assert called(rig) == [("@所有人\u2005开会", ["*"])]
    assert yes.draft_cleared is None


def _own_all(fleet: object, phone: object) -> None:
    for one in phone.world.chats.values():  # type: ignore[attr-defined]
        one.owned = True


async def test_whom_nobody_or_two_are_called_fails_and_leaves_no_draft(rig: Rig) -> None:
    chat = await group_with(rig, "王芳", "李雷", "李磊", nicknames={"李磊": "李雷"})

    absent = await rig.end(await rig.ask(chat, "@韩梅 来", mentions=("韩梅",)))
    two = await rig.end(await rig.ask(chat, "@李雷 来", mentions=("李雷",)))
    after = await rig.end(await rig.ask(chat, "没事了"))

    assert (absent.state, absent.reason) == (State.FAILED, "mention_absent")
    assert (two.state, two.reason) == (State.FAILED, "ambiguous_mention")
    assert (after.state, after.draft_cleared) == (State.SENT, None)
    assert called(rig) == [("没事了", [])]


async def test_nobody_can_be_called_in_a_private_chat(rig: Rig) -> None:
    await rig.started()
    rig.sim.receive("张三", "在吗")

    end = await rig.end(await rig.ask(await rig.chat_id("张三"), "喂", mentions=("张三",)))

    assert (end.state, end.reason) == (State.FAILED, "not_a_group")


@pytest.mark.parametrize("knob", ["paste_twice", "input_truncated", "input_refused"])
async def test_typing_that_goes_wrong_is_begun_anew(rig: Rig, knob: str) -> None:
    chat = await group_with(rig, "王芳", "李雷")
    rig.sim.arm(knob, times=2)

    end = await rig.end(await rig.ask(chat, "早 @王芳 请看看这个", mentions=("王芳",)))

    assert (end.state, end.draft_cleared) == (State.SENT, None)
    assert called(rig) == [("早 @王芳\u2005请看看这个", ["王芳"])]


async def test_a_long_text_calls_each_in_the_part_that_names_them(rig: Rig) -> None:
    chat = await group_with(rig, "王芳", "李雷")
    await rig.stop()
    await rig.started(part_characters=100)
    text = "第一段。" * 20 + "@王芳 看。" + "第二段。" * 20

    end = await rig.end(await rig.ask(chat, text, mentions=("王芳", "李雷")))

    assert end.state is State.SENT
    names = [names for _, names in called(rig)]
    assert [name for part in names for name in part] == ["李雷", "王芳"]
