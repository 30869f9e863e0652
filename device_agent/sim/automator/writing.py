"""Texts as the uiautomator2 server puts them into fields and onto the clipboard."""

from collections.abc import Callable
from typing import Any

from device_agent.sim.automator.objects import Objects
from device_agent.sim.finger import entered
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import EDIT


class Writing:
    """Fields and the clipboard."""

    def __init__(self, phone: Phone, objects: Objects) -> None:
        self._phone = phone
        self._objects = objects

    def _set_text(self, wanted: object, text: str | None) -> bool:
        node = self._objects.one(wanted)
        if node.kind != EDIT or not self._phone.stage.wechat_front:
            return False
        shown = entered(text or "", self._objects.strike)
        if shown is not None:
            self._phone.write(shown)
        return shown is not None

    def _clear_text(self, wanted: object) -> None:
        self._set_text(wanted, "")

    def _paste(self) -> None:
        shown = entered(self._phone.clipboard, self._objects.strike)
        if shown is not None:
            self._phone.type_text(shown)

    def _clear_input(self) -> None:
        shown = entered("", self._objects.strike)
        if shown is not None and self._phone.field_text() is not None:
            self._phone.write(shown)

    def _set_clipboard(self, label: str | None, text: str) -> None:
        self._phone.clipboard = str(text)

    def methods(self) -> dict[str, Callable[..., Any]]:
        """The methods that write."""
        return {
            "setText": self._set_text,
            "clearTextField": self._clear_text,
            "clearInputText": self._clear_input,
            "pasteClipboard": self._paste,
            "setClipboard": self._set_clipboard,
            "getClipboard": lambda: self._phone.clipboard,
        }
