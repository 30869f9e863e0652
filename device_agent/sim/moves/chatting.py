"""Moves of an open chat: what leaves it, and what stands there when it did not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from device_agent.sim.clock import rfc3339
from device_agent.sim.wording import word
from device_agent.sim.world import Chat, Message

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def _send(phone: "Phone", target: str) -> None:
    chat, page = phone.visible_chat(), phone.stage.page
    if chat is None or page is None or not chat.draft:
        return
    phone.change_screen()
    text, chat.draft = chat.draft, ""
    quote, page.quoting = page.quoting, None
    say(phone, chat, {"kind": "text", "text": text}, quote)


def say(
    phone: "Phone", chat: Chat, content: dict[str, Any], quote: str | None = None
) -> Message | None:
    """The owner sends something; the truth notes it unless the other side refuses it.

    Returns the message that left, or None where it did not.
    """
    page = phone.stage.page
    if page is not None and page.target == chat.chat_id:
        page.offset = 0
    failed = chat.removed_me or chat.blocked_me
    owner = phone.world.owner
    message = phone.world.append(chat, owner, content, own=True, quote=quote, failed=failed)
    phone.redraw()
    if failed:
        line = "无法在已退出的群聊中发送消息" if chat.removed_me else word(phone.lang, "refused")
        phone.world.append(chat, "", {"kind": "system", "text": line})
        return None
    record: dict[str, Any] = {
        "chat_id": chat.chat_id,
        "chat": chat.title,
        "kind": message.kind,
        "text": str(content.get("text") or ""),
        "at": rfc3339(message.at),
        "message_id": message.message_id,
    }
    if message.kind != "text":
        record["content"] = content
    if quote is not None:
        record["quote"] = quote
    phone.truth.note_sent(record, phone.stage.settles_at)
    return message


MOVES: dict[str, Callable[["Phone", str], None]] = {"send": _send}
