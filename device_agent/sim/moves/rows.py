"""Moves of the conversation list: its menus, and what they do to a chat's row."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.moves.people import forget
from device_agent.sim.stage import Overlay, Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_Move = Callable[["Phone", str], None]


def _plus_menu(phone: "Phone", target: str) -> None:
    phone.show_overlay(Overlay("plus_menu"))


def _plus_choose(phone: "Phone", key: str) -> None:
    phone.stage.dismiss("plus_menu")
    phone.show_page(Page("tool", key))


def _menu(phone: "Phone", chat_id: str) -> None:
    phone.show_overlay(Overlay("row_menu", target=chat_id))


def _patch(**changes: bool) -> _Move:
    def patch(phone: "Phone", chat_id: str) -> None:
        _close(phone)
        phone.world.patch_chat(chat_id, dict(changes))

    return patch


def _close(phone: "Phone") -> None:
    phone.change_screen()
    phone.stage.dismiss("row_menu")
    phone.stage.dismiss("delete_row")


def _mark(unread: int) -> _Move:
    def mark(phone: "Phone", chat_id: str) -> None:
        _close(phone)
        chat = phone.world.chats[chat_id]
        chat.unread, chat.mentions_me = unread, False
        phone.world.touch(chat)
        if not unread:
            phone.notifications.cancel(chat_id)

    return mark


def _ask_delete(phone: "Phone", chat_id: str) -> None:
    _close(phone)
    phone.stage.lay(Overlay("delete_row", target=chat_id))


def _delete_now(phone: "Phone", chat_id: str) -> None:
    _close(phone)
    forget(phone, chat_id)
    phone.world.patch_chat(chat_id, {"listed": False})
    phone.notifications.cancel(chat_id)


MOVES: dict[str, _Move] = {
    "plus_menu": _plus_menu,
    "plus_choose": _plus_choose,
    "row_menu": _menu,
    "mark_unread": _mark(1),
    "mark_read": _mark(0),
    "pin_row": _patch(pinned=True),
    "unpin_row": _patch(pinned=False),
    "hide_row": _patch(listed=False),
    "delete_row": _ask_delete,
    "delete_row_now": _delete_now,
}
