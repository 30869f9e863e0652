"""Moves of the search: opening it, a whole section, a chat's hits, and what was found."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.screens.chat import height_of, message_area, reach, view_of
from device_agent.sim.stage import Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def _search(phone: "Phone", target: str) -> None:
    phone.show_page(Page("search", focused=True))


def _section(phone: "Phone", section: str) -> None:
    page = phone.stage.page
    if page is not None:
        phone.show_page(Page("search_section", section, words=page.words))


def _hits(phone: "Phone", chat_id: str) -> None:
    page = phone.stage.page
    if page is not None:
        # From 聊天信息 there are no words yet.
        phone.show_page(Page("search_hits", chat_id, words=page.words, focused=not page.words))


def _clear_words(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.words, page.offset, page.focused = "", 0, True
        phone.redraw()


def _open_above(phone: "Phone", chat_id: str) -> None:
    phone.open_chat(chat_id, above=True)


def _open_at(phone: "Phone", message_id: str) -> None:
    """Open the chat of a message with that message in the middle of the screen."""
    message = phone.world.messages.get(message_id)
    if message is None:
        return
    phone.open_chat(message.chat_id, above=True)
    page, look = phone.stage.page, phone.look
    view = view_of(phone.scene)
    if page is None or message not in view.chat.messages:
        return
    place = view.chat.messages.index(message)
    below = sum(height_of(look, view, later) for later in range(place + 1, len(view.chat.messages)))
    area = message_area(look, view)
    wanted = below + (height_of(look, view, place) - (area.bottom - area.top)) // 2
    page.offset = reach(look, view_of(phone.scene, max(0, wanted)))
    phone.redraw()


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "search": _search,
    "search_section": _section,
    "search_hits": _hits,
    "clear_words": _clear_words,
    "open_above": _open_above,
    "open_at": _open_at,
}
