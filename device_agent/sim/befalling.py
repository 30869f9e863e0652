"""What befalls an operation before it is done: cables, servers, delays, things in the world."""

import asyncio
import math
from asyncio import StreamReader
from collections.abc import Callable
from typing import TYPE_CHECKING

from device_agent.sim.failure import StreamBroken
from device_agent.sim.faults import Strike
from device_agent.sim.stage import Overlay
from device_agent.sim.world import Chat

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone

_CUTS = {"usb_unplug": "absent", "adb_offline": "offline", "adb_unauthorized": "unauthorized"}
DELAYS = {"dump_slow": "ms", "shell_slow": "ms"}
WAITS = (*DELAYS, "rpc_hang")
"""What makes an operation wait before it is done."""


def happen(phone: "Phone", strike: Strike) -> None:
    """Let happen at once what a strike brings about. Raises StreamBroken where that ends the way
    to the phone.
    """
    broken = False
    for name, values in strike.faults.items():
        if name in _CUTS:
            phone.unplug(values["for_s"], _CUTS[name])
            broken = True
        elif name in _EVENTS:
            _EVENTS[name](phone, values)
            broken = broken or name in _BREAKING
    if broken:
        raise StreamBroken


async def befall(phone: "Phone", strike: Strike, reader: StreamReader) -> None:
    """What happens before an operation is done. Raises StreamBroken if it never will be."""
    happen(phone, strike)
    for name, unit in DELAYS.items():
        if strike.has(name):
            await asyncio.sleep(strike.value(name, unit) / 1000)
    if strike.has("rpc_hang"):
        try:
            await asyncio.wait_for(reader.read(1), strike.value("rpc_hang", "for_s"))
        except TimeoutError:
            return
        raise StreamBroken


def _another_writes(phone: "Phone", values: dict[str, float]) -> None:
    """The lowest unpinned chat of the list gets a message and jumps; a stranger, if it is alone."""
    listed = phone.world.listing()
    movable = [chat for chat in listed[1:] if not chat.pinned]
    chat: Chat = movable[-1] if movable else phone.world.add_chat("新朋友")
    sender = chat.members[0] if chat.members else chat.title
    phone.receive(chat, sender, {"kind": "text", "text": "在吗"}, None)


def _lay(name: str) -> "_Event":
    def lay(phone: "Phone", values: dict[str, float]) -> None:
        held = values.get("for_s", 0.0)
        until = phone.monotonic() + held if held else math.inf
        phone.stage.dismiss(name)
        phone.show_overlay(Overlay(name, until=until))

    return lay


def _log_out(phone: "Phone", values: dict[str, float]) -> None:
    phone.stage.pages.clear()
    phone.notifications.clear()
    _lay("logged_out")(phone, values)


def _ring(phone: "Phone", values: dict[str, float]) -> None:
    caller = next((c.shown_title for c in phone.world.listing() if c.kind == "private"), "微信用户")
    name = "call_banner" if values["heads_up"] else "incoming_call"
    until = phone.monotonic() + values["for_s"]
    phone.show_overlay(Overlay(name, target=caller, until=until))


def _lock(phone: "Phone", values: dict[str, float]) -> None:
    held = values["for_s"]
    phone.change_screen()
    until = phone.monotonic() + held if held else math.inf
    phone.stage.lock(until, pin=bool(values["pin"]))


def _crash(phone: "Phone", values: dict[str, float]) -> None:
    phone.stop_wechat()
    _lay("app_crash")(phone, values)


_Event = Callable[["Phone", dict[str, float]], None]
_EVENTS: dict[str, _Event] = {
    "adb_server_down": lambda phone, values: phone.on_adb_down(values["for_s"]),
    "server_dies": lambda phone, _: phone.automation.end(),
    "foreign_uiautomation": lambda phone, values: phone.automation.take(values["for_s"]),
    "uiautomation_lost": lambda phone, _: phone.automation.lose(),
    "reorder_before_tap": _another_writes,
    "account_restricted": _lay("account_restricted"),
    "logged_out": _log_out,
    "incoming_call": _ring,
    "permission_dialog": _lay("permission_dialog"),
    "update_dialog": _lay("update_dialog"),
    "screen_off": lambda phone, _: phone.press("sleep"),
    "locked": _lock,
    "app_crash": _crash,
    "anr": _lay("anr"),
}
_BREAKING = frozenset({"adb_server_down", "server_dies"})
