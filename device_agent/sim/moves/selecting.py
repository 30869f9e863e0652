"""Moves of 多选: ticking messages, and what is done with them together."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.moves.passing import portable
from device_agent.sim.moves.telling import tell
from device_agent.sim.screens.selecting import SELECTING
from device_agent.sim.stage import Overlay, Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def begin(phone: "Phone", message_id: str) -> None:
    """Tick a first message."""
    page = phone.stage.page
    if page is not None:
        page.panel, page.focused, page.picked = SELECTING, False, [message_id]
        phone.redraw()


def _tick(phone: "Phone", message_id: str) -> None:
    page = phone.stage.page
    if page is None:
        return
    if message_id in page.picked:
        page.picked.remove(message_id)
    else:
        page.picked.append(message_id)
    phone.redraw()


def _end(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.panel, page.picked = "", []
        phone.redraw()


def _ticked(phone: "Phone") -> list[str]:
    """The ticked messages in the order in which they stand in the chat."""
    page, chat = phone.stage.page, phone.visible_chat()
    if page is None or chat is None:
        return []
    return [one.message_id for one in chat.messages if one.message_id in page.picked]


def _forward(phone: "Phone", target: str) -> None:
    contents = [portable(phone.world.messages[one]) for one in _ticked(phone)]
    _end(phone, target)
    if contents:
        phone.show_page(Page("choose_chat", carried=contents))


def _favourite(phone: "Phone", target: str) -> None:
    _end(phone, target)
    tell(phone, "favoured")


def _delete(phone: "Phone", target: str) -> None:
    phone.show_overlay(Overlay("delete", target=",".join(_ticked(phone))))


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "tick": _tick,
    "end_ticking": _end,
    "ticked_forward": _forward,
    "ticked_favourite": _favourite,
    "ticked_delete": _delete,
}
