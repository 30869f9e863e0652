"""An answer may quote the message it answers; the phone's truth tells which one it quoted."""

from typing import Any

import pytest

from schemas.event import MessageReceived
from schemas.receipt import State
from tests.fakes.phone_rig import Rig, until


async def received(rig: Rig, text: str) -> MessageReceived:
    """The last event of that text."""

    async def ask() -> MessageReceived | None:
        found = await rig.messages()
        return next(
            (one for one in reversed(found) if getattr(one.content, "text", None) == text), None
        )

    event = await until(ask, f"an event of {text}")
    assert event is not None
    return event


def quoted(rig: Rig) -> list[tuple[str, str]]:
    """What left, and what it quotes, as the phone has it."""

    def texts(fleet: object, phone: Any) -> dict[str, str]:
        return {
            key: str(message.content.get("text", message.kind))
            for key, message in phone.world.messages.items()
        }

    of = rig.sim.on_phone(texts)
    return [(one["text"], of.get(one.get("quote", ""), "")) for one in rig.sim.truth()["sent"]]


@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
async def test_the_very_message_is_quoted_among_equal_ones(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    rig.sim.add_chat("项目组", "group", members=["王芳", "李雷"])
    await rig.started()
    for sender, text in (("王芳", "几点？"), ("李雷", "三点"), ("王芳", "几点？"), ("李雷", "嗯")):
        rig.sim.receive("项目组", text, sender=sender)
    await received(rig, "嗯")
    first = next(
        one for one in await rig.messages() if getattr(one.content, "text", "") == "几点？"
    )

    answer = await rig.ask(first.chat_id, "四点", quote=first.event_id, mentions=("王芳",))
    end = await rig.end(answer)
    plain = await rig.end(await rig.ask(first.chat_id, "好"))

    assert [(one.state, one.detail) for one in (end, plain)] == [(State.SENT, None)] * 2
    assert quoted(rig) == [("@王芳\u2005四点", "几点？"), ("好", "")]
    sent = rig.sim.truth()["sent"][0]["quote"]
    assert rig.sim.on_phone(lambda fleet, phone: list(phone.world.messages).index(sent)) == 0


async def test_a_message_out_of_sight_is_scrolled_to(rig: Rig) -> None:
    await rig.started()
    for number in range(30):
        rig.sim.receive("张三", f"第{number}条")
    await received(rig, "第29条")
    event = await received(rig, "第3条")

    end = await rig.end(await rig.ask(event.chat_id, "说得对", quote=event.event_id))

    assert (end.state, end.detail) == (State.SENT, None)
    assert quoted(rig) == [("说得对", "第3条")]


@pytest.mark.parametrize("required", [False, True])
async def test_what_cannot_be_quoted_is_answered_without_or_fails(
    rig: Rig, *, required: bool
) -> None:
    await rig.started()
    message = rig.sim.receive("张三", "说错了")
    event = await received(rig, "说错了")
    rig.sim.recall(message)

    asked = await rig.ask(event.chat_id, "没关系", quote=event.event_id, quote_required=required)
    end = await rig.end(asked)

    if required:
        assert (end.state, end.reason) == (State.FAILED, "quote_not_found")
        assert quoted(rig) == []
    else:
        assert end.state is State.SENT
        assert "without its quote" in (end.detail or "")
        assert quoted(rig) == [("没关系", "")]


async def test_a_quote_that_somebody_left_is_not_sent_with_ours(rig: Rig) -> None:
    await rig.started()
    rig.sim.receive("张三", "旧话")
    event = await received(rig, "旧话")
    rig.sim.on_phone(_open_and_quote)

    end = await rig.end(await rig.ask(event.chat_id, "新话"))

    assert end.state is State.SENT
    assert quoted(rig) == [("新话", "")]


def _open_and_quote(fleet: object, phone: Any) -> None:
    """A person's hand opens the chat and chooses 引用."""
    chat = next(one for one in phone.world.chats.values() if one.title == "张三")
    phone.start_wechat()
    phone.open_chat(chat.chat_id)
    phone.stage.page.quoting = chat.messages[-1].message_id
    phone.redraw()
