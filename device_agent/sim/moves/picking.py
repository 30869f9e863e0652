"""Moves of the `+` panel, the album and the file picker."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim import keyboard
from device_agent.sim.gallery import content_of
from device_agent.sim.moves.chatting import say
from device_agent.sim.moves.telling import tell
from device_agent.sim.screens.album import MOST
from device_agent.sim.stage import Overlay, Page

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def _panel(phone: "Phone", name: str) -> None:
    page = phone.stage.page
    if page is None:
        return
    open_now = "plus" if page.panel == "plus2" else page.panel
    page.panel = "" if open_now == name else name
    page.focused = page.focused and name != "voice"
    phone.redraw()


def _close_panel(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.panel = ""
        phone.redraw()


def turn_panel(phone: "Phone", moved: int) -> None:
    """A swipe to the side over the `+` panel turns its page."""
    page = phone.stage.page
    if page is not None and page.panel in {"plus", "plus2"}:
        page.panel = "plus2" if moved < 0 else "plus"
        phone.redraw()


_TOOLS = {"album": "album", "file": "files"}


def _tool(phone: "Phone", key: str) -> None:
    chat, name = phone.visible_chat(), _TOOLS.get(key)
    if name is None:
        phone.show_page(Page("tool", key))
    elif chat is not None:
        phone.show_page(Page(name, chat.chat_id))


def _face(phone: "Phone", name: str) -> None:
    page = phone.stage.page
    if page is not None:
        focused, page.focused = page.focused, True
        keyboard.insert(phone, name)
        page.focused = focused


def _album(phone: "Phone") -> Page | None:
    return next(
        (one for one in reversed(phone.stage.pages) if one.name in {"album", "files"}), None
    )


def _pick(phone: "Phone", path: str) -> None:
    album = _album(phone)
    if album is None:
        return
    if path in album.picked:
        album.picked.remove(path)
    elif len(album.picked) >= MOST:
        tell(phone, "too_many", str(MOST))
    else:
        album.picked.append(path)
    phone.redraw()


def _original(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.panel = "" if page.panel == "original" else "original"
        phone.redraw()


def _preview(phone: "Phone", path: str) -> None:
    phone.show_page(Page("preview", path))


def _send_picked(phone: "Phone", target: str) -> None:
    album, page = _album(phone), phone.stage.page
    chat = phone.world.chats.get(album.target) if album is not None else None
    if album is None or page is None or chat is None:
        return
    paths = album.picked or ([page.target] if page.name == "preview" else [])
    while phone.stage.page is not album:
        phone.stage.pages.pop()
    phone.change_screen()
    phone.leave_page()
    if phone.stage.page is not None:
        phone.stage.page.panel = ""
    for path in paths:
        content = content_of(phone.files, path)
        if content is not None:
            say(phone, chat, content | {"original": album.panel == "original"})


def _send_files(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is None:
        return
    found = (content_of(phone.files, path, "file") for path in page.picked)
    page.carried = [content for content in found if content is not None]
    phone.show_overlay(Overlay("confirm_send", target=page.target))


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "panel": _panel,
    "close_panel": _close_panel,
    "tool": _tool,
    "face": _face,
    "pick": _pick,
    "original": _original,
    "preview": _preview,
    "send_picked": _send_picked,
    "send_files": _send_files,
}
