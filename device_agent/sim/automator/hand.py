"""Touches and keys as the uiautomator2 server injects them."""

import math
from collections.abc import Callable
from typing import Any

from device_agent.sim.automator.failure import RpcFailure
from device_agent.sim.automator.objects import Objects
from device_agent.sim.finger import permit, swipe, tap
from device_agent.sim.phone import Phone

_KEY_CODES = {
    3: "home",
    4: "back",
    26: "power",
    66: "enter",
    67: "del",
    223: "sleep",
    224: "wakeup",
}
# ViewConfiguration.getLongPressTimeout.
LONG_PRESS_MS = 400
_SLOP_DP = 8
# UiObject.SWIPE_MARGIN_LIMIT and where clickTopLeft and clickBottomRight aim, in pixels.
_MARGIN = 5
_DIRECTIONS = ("up", "down", "left", "right")
Point = tuple[int, int]


def key_name(key: str | int) -> str:
    """A key code or Android key name as `Phone.press` knows it."""
    if isinstance(key, int) or key.isdigit():
        return _KEY_CODES.get(int(key), "")
    return key.lower().removeprefix("keycode_")


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(one, int | float) and math.isfinite(one) for one in values)


class Hand:
    """One finger and the keys."""

    def __init__(self, phone: Phone, objects: Objects) -> None:
        self._phone = phone
        self._objects = objects
        self._down: tuple[int, int, float] | None = None

    def lift(self) -> None:
        """Forget a finger that was put down; a new server knows nothing of it."""
        self._down = None

    def kind_of(self, method: str, params: list[Any]) -> str | None:
        """The fault class of a tap, by what stands where it will land; None for other calls."""
        if method == "injectInputEvent" and params[:1] == [1] and len(params) > 2:
            return self._kind_at(params[1:3])
        if method not in {"click", "longClick", "clickAndWaitForNewWindow"} or not params:
            return None
        if isinstance(params[0], dict | str):
            try:
                return self._phone.kind_of_tap(*self._place(*params[:1]))
            except (RpcFailure, TypeError, ValueError, AttributeError):
                return "tap"
        return self._kind_at(params[:2])

    def _kind_at(self, place: list[Any]) -> str | None:
        if len(place) < 2 or not _numbers(place):
            return None
        return self._phone.kind_of_tap(int(place[0]), int(place[1]))

    def _place(self, wanted: object, corner: str = "") -> Point:
        left, top, right, bottom = self._objects.one(wanted).bounds
        if corner in {"tl", "topleft"}:
            return left + _MARGIN, top + _MARGIN
        if corner in {"br", "bottomright"}:
            return right - _MARGIN, bottom - _MARGIN
        return (left + right) // 2, (top + bottom) // 2

    def _click(self, *values: Any) -> bool:
        if len(values) >= 2 and _numbers(list(values)):
            x, y, *held = values
            return self._tap((int(x), int(y)), held=bool(held and held[0] >= LONG_PRESS_MS))
        return self._tap(self._place(*values))

    def _long_click(self, *values: Any) -> bool:
        return self._tap(self._place(*values), held=True)

    def _click_and_wait(self, wanted: object, milliseconds: int) -> bool:
        before = self._phone.frame
        self._click(wanted)
        return self._phone.frame != before

    def _tap(self, place: Point, *, held: bool = False) -> bool:
        tap(self._phone, *place, self._objects.strike, by="rpc", held=held)
        return True

    def _swipe(self, *values: Any) -> bool:
        if len(values) >= 4 and _numbers(list(values)):
            return self._drag((int(values[0]), int(values[1])), (int(values[2]), int(values[3])))
        wanted, direction = values[:2]
        if direction not in _DIRECTIONS:
            raise ValueError(f"a direction is one of {', '.join(_DIRECTIONS)}, not {direction!r}")
        left, top, right, bottom = self._objects.one(wanted).bounds
        middle = ((left + right) // 2, (top + bottom) // 2)
        ends = {
            "up": ((middle[0], bottom - _MARGIN), (middle[0], top + _MARGIN)),
            "left": ((right - _MARGIN, middle[1]), (left + _MARGIN, middle[1])),
        }
        start, end = ends["up" if direction in {"up", "down"} else "left"]
        forth = direction in {"up", "left"}
        return self._drag(start, end) if forth else self._drag(end, start)

    def _drag(self, start: Point, end: Point) -> bool:
        permit(self._objects.strike)
        swipe(self._phone, start, end)
        return True

    def _drag_to(self, wanted: object, *to: Any) -> bool:
        place = self._place(to[0]) if isinstance(to[0], dict) else (int(to[0]), int(to[1]))
        return self._drag(self._place(wanted), place)

    def _swipe_points(self, points: list[int], steps: int = 0) -> bool:
        return self._drag((int(points[0]), int(points[1])), (int(points[-2]), int(points[-1])))

    def _pinch(self, wanted: object, *_: Any) -> bool:
        """Two fingers: nothing on these screens heeds them."""
        self._objects.one(wanted)
        permit(self._objects.strike)
        return True

    def _inject(self, action: int, x: float, y: float, meta: int = 0) -> bool:
        permit(self._objects.strike)
        if action == 0:
            self._down = (int(x), int(y), self._phone.monotonic())
        elif action == 1 and self._down is not None:
            (left, top, since), self._down = self._down, None
            if abs(left - int(x)) + abs(top - int(y)) < self._phone.look.dp(_SLOP_DP):
                held = self._phone.monotonic() - since >= LONG_PRESS_MS / 1000
                return self._tap((int(x), int(y)), held=held)
            swipe(self._phone, (left, top), (int(x), int(y)))
        return True

    def _press_key(self, key: str | int, meta: int | None = None) -> bool:
        return self._press(key_name(key))

    def _press(self, name: str) -> bool:
        permit(self._objects.strike)
        self._phone.press(name)
        return True

    def _wake(self, name: str) -> Callable[[], None]:
        def press() -> None:
            self._press(name)

        return press

    def methods(self) -> dict[str, Callable[..., Any]]:
        """The methods that touch the screen or press a key."""
        return {
            "click": self._click,
            "longClick": self._long_click,
            "clickAndWaitForNewWindow": self._click_and_wait,
            "swipe": self._swipe,
            "drag": self._swipe,
            "dragTo": self._drag_to,
            "swipePoints": self._swipe_points,
            "gesture": self._pinch,
            "pinchIn": self._pinch,
            "pinchOut": self._pinch,
            "injectInputEvent": self._inject,
            "pressKey": self._press_key,
            "pressKeyCode": self._press_key,
            "wakeUp": self._wake("wakeup"),
            "sleep": self._wake("sleep"),
        }
