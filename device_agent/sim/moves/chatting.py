"""Moves of an open chat: what leaves it, and what stands there when it did not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from device_agent.sim.clock import rfc3339
from device_agent.sim.keyboard import mentioned
from device_agent.sim.stage import Overlay
from device_agent.sim.wording import word
from device_agent.sim.world import Chat, Message

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

NEVER = -1.0


def _send(phone: "Phone", target: str) -> None:
    chat, page = phone.visible_chat(), phone.stage.page
    if chat is None or page is None or not chat.draft:
        return
    if not chat.draft.strip():
        phone.show_overlay(Overlay("blank_message"))
        return
    phone.change_screen()
    text, chat.draft = chat.draft, ""
    quote, page.quoting = page.quoting, None
    content: dict[str, Any] = {"kind": "text", "text": text}
    mentions = mentioned(page, text)
    page.tokens.clear()
    if mentions:
        content["mentions"] = mentions
    say(phone, chat, content, quote if quote in phone.world.messages else None)


def say(
    phone: "Phone", chat: Chat, content: dict[str, Any], quote: str | None = None
) -> Message | None:
    """The owner sends something; the truth notes it unless the other side refuses it.

    Returns the message that left, or None where it did not.
    """
    page = phone.stage.page
    if page is not None and page.target == chat.chat_id:
        page.offset = 0
    strike, owner = phone.strike, phone.world.owner
    refusal = refusal_line(chat, phone.lang)
    frequent = strike.has("too_frequent_dialog")
    failed = refusal is not None or frequent or strike.has("send_failed_mark")
    message = phone.world.append(chat, owner, content, own=True, quote=quote, failed=failed)
    phone.redraw()
    if refusal is not None:
        phone.world.append(chat, "", {"kind": "system", "text": refusal})
    if frequent:
        phone.show_overlay(Overlay("too_frequent_dialog"))
    if failed:
        return None
    if strike.has("send_never_settles"):
        message.pending_until = NEVER
        return None
    stands_at = phone.stage.settles_at
    if strike.has("send_slow"):
        stands_at = phone.monotonic() + strike.value("send_slow", "ms") / 1000
        message.pending_until = stands_at
    phone.truth.note_sent(_record(chat, message), stands_at)
    return message


def refusal_line(chat: Chat, lang: str) -> str | None:
    """What WeChat says below a message that the other side does not take; None if it does."""
    if chat.removed_me:
        return word(lang, "not_member")
    if chat.deleted_me:
        return word(lang, "not_friend").format(chat.shown_title)
    return word(lang, "refused") if chat.blocked_me else None


def _record(chat: Chat, message: Message) -> dict[str, Any]:
    record: dict[str, Any] = {
        "chat_id": chat.chat_id,
        "chat": chat.title,
        "kind": message.kind,
        "text": str(message.content.get("text") or ""),
        "at": rfc3339(message.at),
        "message_id": message.message_id,
    }
    if message.kind != "text":
        record["content"] = message.content
    if message.content.get("mentions"):
        record["mentions"] = message.content["mentions"]
    if message.quote is not None:
        record["quote"] = message.quote
    return record


MOVES: dict[str, Callable[["Phone", str], None]] = {"send": _send}
