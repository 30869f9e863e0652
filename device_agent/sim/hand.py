"""A person's hand on the simulated phone: taps, swipes, keys and typing, asked for over HTTP."""

from typing import Any

from device_agent.sim import finger
from device_agent.sim.befalling import happen
from device_agent.sim.failure import Refusal
from device_agent.sim.json_body import only
from device_agent.sim.phone import Phone

BY = "person"
"""How ground truth names the one whose tap it was."""
KEYS = ("back", "home", "power", "wakeup", "sleep", "enter", "del")
LONGEST_TEXT = 20_000


def tap(phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    """Touch a point: `x` and `y` in pixels, `hold` for a long press; the tap as truth notes it.

    A finger meets only the faults that befall touches alone: no uiautomator2 server stands
    between it and the glass. Raises Refusal 422.
    """
    only(body, "x", "y", "hold")
    x, y = _point(phone, body, "x", "y")
    hold = body.get("hold", False)
    if not isinstance(hold, bool):
        raise Refusal(422, "`hold` must be true or false")
    before = len(phone.truth.taps)
    strike = phone.faults.strike(phone.kind_of_tap(x, y), by_hand=True)
    happen(phone, strike)
    finger.tap(phone, x, y, strike, by=BY, held=hold)
    phone.keep()
    return {"taps": phone.truth.taps[before:]}


def swipe(phone: Phone, body: dict[str, Any]) -> None:
    """Drag from `x1`, `y1` to `x2`, `y2`, in pixels. Raises Refusal 422."""
    only(body, "x1", "y1", "x2", "y2")
    start, end = _point(phone, body, "x1", "y1"), _point(phone, body, "x2", "y2")
    finger.swipe(phone, start, end)
    phone.keep()


def press(phone: Phone, body: dict[str, Any]) -> None:
    """Press the `key` of this name. Raises Refusal 422 for one that the phone has not."""
    only(body, "key")
    key = body.get("key")
    if key not in KEYS:
        raise Refusal(422, f"`key` must be one of {', '.join(KEYS)}")
    phone.press(key)
    phone.keep()


def write(phone: Phone, body: dict[str, Any]) -> None:
    """Type a `text` into the field that has the focus. Raises Refusal 409 where none has it."""
    only(body, "text")
    text = body.get("text")
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
        raise Refusal(422, f"`text` must be a text of 1 to {LONGEST_TEXT} characters")
    if not phone.stage.awake or not phone.type_text(text):
        raise Refusal(409, "no field on the screen has the focus: tap one first")
    phone.keep()


def _point(phone: Phone, body: dict[str, Any], *names: str) -> tuple[int, int]:
    """Two coordinates on the screen. Raises Refusal 422."""
    values = []
    for name, size in zip(names, phone.device.size, strict=True):
        value = body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < size:
            raise Refusal(422, f"`{name}` must be a number of pixels from 0 to {size - 1}")
        values.append(int(value))
    return values[0], values[1]
