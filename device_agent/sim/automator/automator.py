"""Carries out the JSON-RPC methods of the uiautomator2 server (jar 0.4.1).

The methods and their parameters are those of com.wetest.uia2.stub.AutomatorService in u2.jar, but
for its watchers and waitForWindowUpdate, which no client in Python calls. As there, a method
without an outcome answers null.
"""

import base64
from collections.abc import Callable
from typing import Any

from device_agent.sim import hierarchy
from device_agent.sim.automator.failure import RpcFailure, invalid
from device_agent.sim.automator.hand import Hand
from device_agent.sim.automator.objects import Objects
from device_agent.sim.automator.scrolling import Scrolling
from device_agent.sim.automator.writing import Writing
from device_agent.sim.faults import NOTHING, Strike
from device_agent.sim.finger import Denied
from device_agent.sim.layouts.profile import PACKAGE
from device_agent.sim.phone import Phone

_SECURITY = "java.lang.SecurityException"
DEFAULT_DEPTH = 50
# Those that take their time, and so are the server's own.
_WAITING = frozenset({"waitForExists", "waitUntilGone", "executeShellCommand"})


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
        self._objects = Objects(phone)
        self._hand = Hand(phone, self._objects)
        hand = self._hand.methods()
        scrolling = Scrolling(phone, self._objects).methods()
        writing = Writing(phone, self._objects).methods()
        finding = self._objects.methods()
        self._kinds = {
            "dumpWindowHierarchy": "dump",
            "waitForExists": "find",
            "waitUntilGone": "find",
            **dict.fromkeys(finding, "find"),
            **dict.fromkeys(writing, "set_text"),
            **dict.fromkeys(hand, "gesture"),
            **dict.fromkeys(scrolling, "gesture"),
            **dict.fromkeys([name for name in scrolling if name.startswith("child")], "find"),
            **dict.fromkeys(("setClipboard", "getClipboard"), "call"),
            "click": "call",
        }
        self._methods = finding | scrolling | writing | hand | self._others()

    def _others(self) -> dict[str, Callable[..., Any]]:
        return {
            "ping": lambda: "pong",
            "deviceInfo": self._device_info,
            "dumpWindowHierarchy": self._dump,
            "takeScreenshot": self._screenshot,
            "launchApp": self._launch,
            "isScreenOn": lambda: self._phone.stage.awake,
            "getLastToast": lambda: self._phone.stage.last_toast,
            "clearLastToast": self._clear_toast,
            "getLastTraversedText": lambda: None,
            "clearLastTraversedText": lambda: None,
            "openNotification": self._open_notification,
            "openQuickSettings": self._open_notification,
            "getConfigurator": lambda: dict(self._settings),
            "setConfigurator": self._configure,
            "waitForIdle": lambda *_: None,
            # WeChat and the launcher stand upright, however the phone is held.
            "setOrientation": lambda direction: None,
            "freezeRotation": lambda frozen: None,
        }

    def kind_of(self, method: str, params: list[Any]) -> str:
        """The fault class of a call, by what it does."""
        return self._hand.kind_of(method, params) or self._kinds.get(method, "call")

    @property
    def names(self) -> frozenset[str]:
        """All methods."""
        return frozenset(self._methods) | _WAITING

    def knows(self, method: str) -> bool:
        """Whether the server has this method."""
        return method in self.names

    def call(self, method: str, params: list[Any], strike: Strike = NOTHING) -> Any:
        """Carry a call out, as `strike` lets it. Raises RpcFailure."""
        run = self._methods.get(method)
        if run is None:
            raise RpcFailure(-32601, "method not found", method)
        self._objects.strike = strike
        try:
            return run(*params)
        except Denied as denied:
            raise RpcFailure(-32001, _SECURITY, f"{_SECURITY}: {denied}") from denied
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as cause:
            raise invalid(f"{method}: {cause}") from cause
        finally:
            self._objects.strike = NOTHING

    def _device_info(self) -> dict[str, Any]:
        (width, height), density = self._phone.device.size, self._phone.look.density
        return {
            "currentPackageName": self._phone.activity[0],
            "displayHeight": height,
            "displayRotation": 0,
            "displaySizeDpX": round(width / density),
            "displaySizeDpY": round(height / density),
            "displayWidth": width,
            "productName": "hongyan_sim",
            "screenOn": self._phone.stage.awake,
            "sdkInt": 33,
            "naturalOrientation": True,
        }

    def _dump(self, compressed: bool, depth: int | None = None, active: bool = False) -> str:
        windows = self._phone.glimpse(self._objects.strike, shuffled=not active)
        levels = DEFAULT_DEPTH if depth is None else int(depth)
        return hierarchy.dump(
            windows[:1] if active else windows, levels, compressed=bool(compressed)
        )

    def _screenshot(self, scale: float = 1, quality: int = 80) -> str:
        from device_agent.sim.picture import jpeg

        return base64.b64encode(jpeg(self._phone, float(scale), int(quality))).decode()

    def _launch(self, package: str) -> bool:
        if package == PACKAGE:
            self._phone.start_wechat()
        return package == PACKAGE

    def _clear_toast(self) -> None:
        self._phone.stage.last_toast = None

    def _open_notification(self) -> bool:
        self._phone.pull_shade()
        return True

    def _configure(self, settings: dict[str, Any]) -> dict[str, Any]:
        self._settings |= {key: value for key, value in settings.items() if key in self._settings}
        return dict(self._settings)
