"""The methods of the uiautomator2 server in the phone (jar 0.4.1), on the simulated screen."""

import base64
from collections.abc import Callable
from typing import Any

from device_agent.sim import hierarchy, selector
from device_agent.sim.faults import NOTHING, Strike
from device_agent.sim.finger import Denied, entered, permit, swipe, tap
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import EDIT, Node

_NOT_FOUND = "androidx.test.uiautomator.UiObjectNotFoundException"
_KEY_CODES = {
    3: "home",
    4: "back",
    26: "power",
    66: "enter",
    67: "del",
    223: "sleep",
    224: "wakeup",
}
_BY_KIND = {
    "dump": ("dumpWindowHierarchy",),
    "set_text": ("setText", "clearTextField", "clearInputText", "pasteClipboard"),
    "find": (
        "exist",
        "count",
        "objInfo",
        "objInfoOfAllInstances",
        "getText",
        "waitForExists",
        "waitUntilGone",
    ),
    "gesture": (
        "swipe",
        "drag",
        "swipePoints",
        "injectInputEvent",
        "pressKey",
        "pressKeyCode",
        "wakeUp",
        "sleep",
    ),
}
_KINDS = {method: kind for kind, methods in _BY_KIND.items() for method in methods}
DEFAULT_DEPTH = 50
# ViewConfiguration.getLongPressTimeout.
LONG_PRESS_MS = 400


class RpcFailure(Exception):
    """An error answer: JSON-RPC code, the Java class as message, a stack trace as data."""

    def __init__(self, code: int, message: str, data: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data or f"{message}\n\tat com.wetest.uia2.stub.AutomatorServiceImpl"


def key_name(key: str | int) -> str:
    """A key code or Android key name as `Phone.press` knows it."""
    if isinstance(key, int) or key.isdigit():
        return _KEY_CODES.get(int(key), "")
    return key.lower().removeprefix("keycode_")


class Automator:
    """Carries out JSON-RPC calls; each runs at once, without other things in between."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._settings: dict[str, Any] = {
            "actionAcknowledgmentTimeout": 500,
            "keyInjectionDelay": 0,
            "scrollAcknowledgmentTimeout": 200,
            "waitForIdleTimeout": 0,
            "waitForSelectorTimeout": 0,
            "uiAutomationFlags": 0,
        }
        self._down: tuple[int, int, float] | None = None
        self._strike = NOTHING
        self._methods: dict[str, Callable[..., Any]] = {
            "deviceInfo": self._device_info,
            "dumpWindowHierarchy": self._dump,
            "click": self._click,
            "swipe": self._swipe,
            "drag": self._swipe,
            "swipePoints": self._swipe_points,
            "injectInputEvent": self._inject,
            "pressKey": self._press_key,
            "pressKeyCode": self._press_key,
            "exist": lambda wanted: bool(self._find(wanted)),
            "count": lambda wanted: len(self._find(wanted)),
            "objInfo": lambda wanted: hierarchy.record(self._one(wanted)),
            "objInfoOfAllInstances": lambda wanted: [
                hierarchy.record(n) for n in self._find(wanted)
            ],
            "getText": lambda wanted: self._one(wanted).text,
            "setText": self._set_text,
            "clearTextField": lambda wanted: self._set_text(wanted, ""),
            "clearInputText": self._clear_input,
            "pasteClipboard": self._paste,
            "setClipboard": self._set_clipboard,
            "getClipboard": lambda: phone.clipboard,
            "takeScreenshot": self._screenshot,
            "getLastToast": lambda: None,
            "clearLastToast": lambda: True,
            "getLastTraversedText": lambda: None,
            "clearLastTraversedText": lambda: True,
            "openNotification": self._open_notification,
            "openQuickSettings": self._open_notification,
            "wakeUp": lambda: self._pressed("wakeup"),
            "sleep": lambda: self._pressed("sleep"),
            "getConfigurator": lambda: dict(self._settings),
            "setConfigurator": self._configure,
            "waitForIdle": lambda *_: True,
            "setOrientation": lambda *_: True,
            "freezeRotation": lambda *_: True,
        }

    def kind_of(self, method: str, params: list[Any]) -> str:
        """The fault class of a call, by what it does."""
        if method == "click" and len(params) >= 2 and _numbers(params[:2]):
            return self._phone.kind_of_tap(int(params[0]), int(params[1]))
        if method == "injectInputEvent" and params[:1] == [1] and _numbers(params[1:3]):
            return self._phone.kind_of_tap(int(params[1]), int(params[2]))
        return _KINDS.get(method, "call")

    def knows(self, method: str) -> bool:
        """Whether the server has this method."""
        return method in self._methods

    def call(self, method: str, params: list[Any], strike: Strike = NOTHING) -> Any:
        """Carry a call out, as `strike` lets it. Raises RpcFailure."""
        run = self._methods.get(method)
        if run is None:
            raise RpcFailure(-32601, "method not found", method)
        self._strike = strike
        try:
            return run(*params)
        except Denied as denied:
            name = "java.lang.SecurityException"
            raise RpcFailure(-32001, name, f"{name}: {denied}") from denied
        except (TypeError, ValueError, AttributeError, KeyError) as cause:
            raise RpcFailure(-32602, "method parameters invalid", str(cause)) from cause

    def _find(self, wanted: Any) -> list[Node]:
        return selector.find(self._phone.glimpse(self._strike), dict(wanted))

    def found(self, wanted: Any) -> bool:
        """Whether a selector finds something now."""
        return bool(self._find(wanted))

    def _one(self, wanted: Any) -> Node:
        found = self._find(wanted)
        if not found:
            raise RpcFailure(-32001, _NOT_FOUND, f"{_NOT_FOUND}: UiSelector{wanted}")
        return found[0]

    def _device_info(self) -> dict[str, Any]:
        width, height = self._phone.device.size
        return {
            "currentPackageName": self._phone.activity[0],
            "displayHeight": height,
            "displayRotation": 0,
            "displaySizeDpX": 360,
            "displaySizeDpY": round(height * 360 / width),
            "displayWidth": width,
            "productName": "hongyan_sim",
            "screenOn": self._phone.stage.awake,
            "sdkInt": 33,
            "naturalOrientation": True,
        }

    def _dump(self, compressed: bool, depth: int | None = None, active: bool = False) -> str:
        windows = self._phone.glimpse(self._strike, shuffled=not active)
        levels = DEFAULT_DEPTH if depth is None else int(depth)
        return hierarchy.dump(
            windows[:1] if active else windows, levels, compressed=bool(compressed)
        )

    def _click(self, x: float, y: float, milliseconds: int = 0) -> bool:
        held = milliseconds >= LONG_PRESS_MS
        tap(self._phone, int(x), int(y), self._strike, by="rpc", held=held)
        return True

    def _swipe(self, x1: float, y1: float, x2: float, y2: float, steps: int = 0) -> bool:
        permit(self._strike)
        swipe(self._phone, (int(x1), int(y1)), (int(x2), int(y2)))
        return True

    def _swipe_points(self, points: list[int], steps: int = 0) -> bool:
        return self._swipe(points[0], points[1], points[-2], points[-1])

    def _inject(self, action: int, x: float, y: float, meta: int = 0) -> bool:
        permit(self._strike)
        if action == 0:
            self._down = (int(x), int(y), self._phone.monotonic())
        elif action == 1 and self._down is not None:
            (left, top, since), self._down = self._down, None
            if abs(left - int(x)) + abs(top - int(y)) < self._phone.look.dp(8):
                held = self._phone.monotonic() - since >= LONG_PRESS_MS / 1000
                tap(self._phone, int(x), int(y), self._strike, by="rpc", held=held)
            else:
                swipe(self._phone, (left, top), (int(x), int(y)))
        return True

    def _press_key(self, key: str | int, meta: int | None = None) -> bool:
        return self._pressed(key_name(key))

    def _pressed(self, name: str) -> bool:
        permit(self._strike)
        self._phone.press(name)
        return True

    def _set_text(self, wanted: Any, text: str | None) -> bool:
        node = self._one(wanted)
        if node.kind != EDIT or not self._phone.stage.wechat_front:
            return False
        shown = entered(text or "", self._strike)
        if shown is not None:
            self._phone.write(shown)
        return shown is not None

    def _paste(self) -> bool:
        shown = entered(self._phone.clipboard, self._strike)
        return shown is not None and self._phone.type_text(shown)

    def _clear_input(self) -> bool:
        if self._phone.field_text() is None:
            return False
        self._phone.write("")
        return True

    def _set_clipboard(self, label: str | None, text: str) -> bool:
        self._phone.clipboard = str(text)
        return True

    def _screenshot(self, scale: float = 1, quality: int = 80) -> str:
        from device_agent.sim.picture import jpeg

        return base64.b64encode(jpeg(self._phone, float(scale), int(quality))).decode()

    def _open_notification(self) -> bool:
        self._phone.pull_shade()
        return True

    def _configure(self, settings: dict[str, Any]) -> dict[str, Any]:
        self._settings |= {key: value for key, value in settings.items() if key in self._settings}
        return dict(self._settings)


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(one, int | float) for one in values)
