"""The fault knobs: what each does, which operations it waits for, how often it has struck."""

from dataclasses import dataclass, field
from typing import Any

from device_agent.sim.failure import Refusal

CLASSES = ("any", "dump", "set_text", "row_tap", "send_tap")
TAPS = frozenset({"row_tap", "send_tap"})
_SHARED = {
    "times": "how many matching operations it strikes (1)",
    "after": "how many matching operations pass before (0)",
    "on": f"which operations match: {', '.join(CLASSES)} (any)",
}
_FOREVER_S = 3600.0


@dataclass(frozen=True, slots=True)
class Knob:
    """A fault that can be armed; `parameters` are its own, with their defaults."""

    name: str
    about: str
    parameters: dict[str, tuple[str, float]] = field(default_factory=dict)
    taps_only: bool = False


KNOBS = {
    knob.name: knob
    for knob in (
        Knob(
            "rpc_500_after",
            "The operation is done, then the server answers HTTP 500; a shell tap ends with "
            "status 1 and no output.",
        ),
        Knob("reply_lost", "The operation is done, then the connection closes without an answer."),
        Knob(
            "rpc_hang",
            "The server does not answer for `for_s` seconds; the operation is done after that if "
            "the client still waits, and never if it has hung up.",
            {"for_s": ("how long it hangs, in real seconds", _FOREVER_S)},
        ),
        Knob("tap_ignored", "A tap is acknowledged but the screen does not notice it.", {}, True),
        Knob(
            "usb_unplug",
            "The cable is out for `for_s` seconds: the phone is absent, its connections break, its "
            "uiautomator2 server ends. It strikes before the operation is done; with on=any and "
            "after=0 it strikes at once.",
            {"for_s": ("how long the phone is absent, in real seconds", 5.0)},
        ),
    )
}


@dataclass(slots=True)
class Armed:
    """A fault waiting for its operations."""

    knob: Knob
    on: str
    skip: int
    left: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls one operation."""

    names: frozenset[str] = frozenset()
    values: dict[str, float] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether this fault befalls the operation."""
        return name in self.names


NOTHING = Strike()


class Faults:
    """The armed faults, oldest first, and what has struck."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []
        self._struck: dict[str, int] = {}

    def arm(self, request: dict[str, Any]) -> Armed:
        """Arm a fault. Raises Refusal 404 for an unknown name, 422 for a bad parameter."""
        name = request.get("name")
        knob = KNOBS.get(name) if isinstance(name, str) else None
        if knob is None:
            raise Refusal(
                404, f"no fault is called `{name}`; known: {', '.join(KNOBS)}", known=list(KNOBS)
            )
        for key in request:
            if key != "name" and key not in _SHARED and key not in knob.parameters:
                allowed = ", ".join([*_SHARED, *knob.parameters])
                raise Refusal(422, f"`{name}` has no parameter `{key}`; known: {allowed}")
        on = request.get("on", "any")
        if on not in CLASSES or (knob.taps_only and on not in TAPS | {"any"}):
            allowed = ", ".join(sorted(TAPS | {"any"}) if knob.taps_only else CLASSES)
            raise Refusal(422, f"`on` must be one of {allowed}")
        armed = Armed(
            knob,
            on,
            _whole(request, "after", 0, 0),
            _whole(request, "times", 1, 1),
            {key: _seconds(request, key, default) for key, (_, default) in knob.parameters.items()},
        )
        self._armed.append(armed)
        return armed

    def strike(self, kind: str, *, tap: bool) -> Strike:
        """What befalls an operation of this class; each waiting fault counts it once."""
        names: set[str] = set()
        values: dict[str, float] = {}
        for armed in self._armed:
            if armed.on not in {"any", kind} or (armed.knob.taps_only and not tap):
                continue
            if armed.skip:
                armed.skip -= 1
                continue
            self._spend(armed)
            names.add(armed.knob.name)
            values.update(armed.values)
        self._armed = [armed for armed in self._armed if armed.left]
        return Strike(frozenset(names), values) if names else NOTHING

    def strike_now(self, armed: Armed) -> None:
        """Spend one of a fault's strikes outside any operation."""
        self._spend(armed)
        self._armed = [one for one in self._armed if one.left]

    def _spend(self, armed: Armed) -> None:
        armed.left -= 1
        name = armed.knob.name
        self._struck[name] = self._struck.get(name, 0) + 1

    def disarm(self) -> None:
        """Take all armed faults away; what has struck stays counted."""
        self._armed.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._armed.clear()
        self._struck.clear()

    def listing(self) -> list[dict[str, Any]]:
        """Every knob, with what it takes, how many strikes are left and how many fell."""
        return [
            {
                "name": knob.name,
                "about": knob.about,
                "parameters": _SHARED
                | {
                    key: f"{about} ({default:g})"
                    for key, (about, default) in knob.parameters.items()
                },
                "left": sum(armed.left for armed in self._armed if armed.knob is knob),
                "struck": self._struck.get(knob.name, 0),
            }
            for knob in KNOBS.values()
        ]


def _whole(request: dict[str, Any], key: str, default: int, least: int) -> int:
    value = request.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(422, f"`{key}` must be a whole number of at least {least}")
    return value


def _seconds(request: dict[str, Any], key: str, default: float) -> float:
    value = request.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise Refusal(422, f"`{key}` must be a number of seconds, not negative")
    return float(value)
