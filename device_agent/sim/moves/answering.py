"""Moves of dialogs and calls: what their buttons do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def dismiss(phone: "Phone", name: str) -> None:
    """Take a window away."""
    phone.change_screen()
    phone.stage.dismiss(name)
    if name == "incoming_call":
        phone.stage.dismiss("call_banner")


def _stay(phone: "Phone", name: str) -> None:
    """Nothing happens but that the tap was taken."""


def _close_app(phone: "Phone", name: str) -> None:
    dismiss(phone, name)
    phone.stop_wechat()


def _clear_notices(phone: "Phone", name: str) -> None:
    phone.change_screen()
    phone.notifications.clear()
    phone.stage.shade = False


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "dismiss": dismiss,
    "stay": _stay,
    "clear_notices": _clear_notices,
    # What a careful agent never does; the truth's taps show that it was done.
    "allow": dismiss,
    "answer": dismiss,
    "update": _close_app,
    "close_app": _close_app,
}
