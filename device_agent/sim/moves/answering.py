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


MOVES: dict[str, Callable[["Phone", str], None]] = {
    "dismiss": dismiss,
    "stay": _stay,
    # What a careful agent never does; the truth's taps show that it was done.
    "allow": dismiss,
    "answer": dismiss,
    "update": _close_app,
    "close_app": _close_app,
}
