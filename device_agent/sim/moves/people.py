"""Moves about people and groups: cards, chat info, its switches, names, leaving and clearing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.group_life import patch
from device_agent.sim.screens.info import SWITCHES
from device_agent.sim.stage import Overlay, Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_Move = Callable[["Phone", str], None]


def _open_page(name: str) -> _Move:
    return lambda phone, target: phone.show_page(Page(name, target))


def _ask(name: str) -> _Move:
    return lambda phone, chat_id: phone.show_overlay(Overlay(name, target=chat_id))


def _info(phone: "Phone", chat_id: str) -> None:
    """What the dots of a chat open: an official account's card, else 聊天信息."""
    chat = phone.world.chats[chat_id]
    name = "group_info" if chat.kind == "group" else "info"
    phone.show_page(Page("card" if chat.official else name, chat_id))


def _beyond(phone: "Phone", key: str) -> None:
    """A page where the simulator goes no further; it names what was tapped."""
    phone.show_page(Page("tool", key))


def _turn(phone: "Phone", target: str) -> None:
    name, _, chat_id = target.partition(":")
    field = SWITCHES[name]
    chat = phone.world.chats[chat_id]
    on = not getattr(chat, field)
    changes = {field: on}
    if field == "muted" and not on:
        # Only a muted group can be folded.
        changes["folded"] = False
    phone.world.patch_chat(chat_id, changes)
    phone.redraw()


def _edit(phone: "Phone", target: str) -> None:
    name, _, chat_id = target.partition(":")
    chat = phone.world.chats[chat_id]
    words = str(getattr(chat, "title" if name == "chat" else name))
    if name == "chat" and chat.unnamed:
        words = ""
    phone.show_page(Page("edit", target, words=words, focused=True))


def _save_edit(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is None or page.name != "edit":
        return
    name, _, chat_id = page.target.partition(":")
    words = page.words.strip()
    phone.change_screen()
    phone.leave_page()
    chat = phone.world.chats[chat_id]
    if name != "chat":
        phone.world.patch_chat(chat_id, {name: words})
    elif words and words != chat.title:
        patch(phone.world, chat_id, {"chat": words, "by": "me"}, phone.lang)


def forget(phone: "Phone", chat_id: str) -> None:
    """Delete all messages of a chat from this phone."""
    chat = phone.world.chats[chat_id]
    for message in list(chat.messages):
        phone.world.delete(message.message_id)
    chat.draft = ""
    phone.world.touch(chat)


def _clear_now(phone: "Phone", chat_id: str) -> None:
    phone.change_screen()
    phone.stage.dismiss("clear_question")
    forget(phone, chat_id)


def _leave_now(phone: "Phone", chat_id: str) -> None:
    phone.change_screen()
    phone.stage.dismiss("leave_question")
    forget(phone, chat_id)
    chat = phone.world.chats[chat_id]
    chat.removed_me, chat.listed, chat.saved = True, False, False
    phone.notifications.cancel(chat_id)
    phone.stage.pages.clear()


MOVES: dict[str, _Move] = {
    "chat_info": _info,
    "card": _open_page("card"),
    "members": _open_page("members"),
    "folded": _open_page("folded"),
    "saved_groups": _open_page("saved_groups"),
    "officials": _open_page("officials"),
    "beyond": _beyond,
    "turn": _turn,
    "edit": _edit,
    "save_edit": _save_edit,
    "ask_clear": _ask("clear_question"),
    "ask_leave": _ask("leave_question"),
    "clear_now": _clear_now,
    "leave_now": _leave_now,
}
