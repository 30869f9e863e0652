"""Moves of the launcher and of WeChat's start screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def _launch(phone: "Phone", target: str) -> None:
    phone.start_wechat()


def _tab(phone: "Phone", target: str) -> None:
    phone.change_screen()
    phone.stage.tab = int(target)


def _back(phone: "Phone", target: str) -> None:
    phone.press("back")


def _open(phone: "Phone", target: str) -> None:
    phone.open_chat(target)


def _focus(phone: "Phone", target: str) -> None:
    page = phone.stage.page
    if page is not None:
        page.focused, page.panel = True, ""
        phone.redraw()


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "launch": _launch,
    "tab": _tab,
    "back": _back,
    "open": _open,
    "focus": _focus,
}
