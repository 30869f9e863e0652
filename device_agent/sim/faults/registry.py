"""The armed faults: which operation each waits for, what befalls it, how often each has struck."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from device_agent.sim.failure import Refusal
from device_agent.sim.faults.knob import TAPS, Knob, Parameter

_SHARED = {
    "times": "how many matching operations it strikes (1)",
    "after": "how many matching operations pass before (0)",
}
_FOR_S = Parameter(
    "how long it holds, in real seconds, from its first strike on; 0: it counts `times` instead",
    0.0,
)


@dataclass(slots=True)
class Armed:
    """A fault waiting for its operations; `until` in monotonic seconds once a lasting one holds."""

    knob: Knob
    on: str
    skip: int
    left: int
    values: dict[str, float]
    until: float | None = None

    def meets(self, kind: str) -> bool:
        """Whether it befalls operations of this kind."""
        return kind in self.knob.kinds and self.on in {"any", kind}


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls one operation: the faults by name, each with its parameters."""

    faults: dict[str, dict[str, float]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether this fault befalls the operation."""
        return name in self.faults

    def value(self, name: str, parameter: str) -> float:
        """A parameter of a fault that befalls the operation; 0 if it does not."""
        return self.faults.get(name, {}).get(parameter, 0.0)


NOTHING = Strike()


class Faults:
    """The armed faults, oldest first, and what has struck. `monotonic` in seconds."""

    def __init__(
        self, knobs: Iterable[Knob], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._knobs = {knob.name: knob for knob in knobs}
        self._monotonic = monotonic
        self._armed: list[Armed] = []
        self._struck: Counter[str] = Counter()

    def arm(self, request: dict[str, Any]) -> Armed:
        """Arm a fault. Raises Refusal 404 for an unknown name, 422 for a bad parameter."""
        name = request.get("name")
        knob = self._knobs.get(name) if isinstance(name, str) else None
        if knob is None:
            known = list(self._knobs)
            raise Refusal(
                404, f"no fault is called `{name}`; known: {', '.join(known)}", known=known
            )
        parameters = parameters_of(knob)
        for key in request:
            if key not in {"name", "on", *_SHARED, *parameters}:
                allowed = ", ".join([*_SHARED, "on", *parameters])
                raise Refusal(422, f"`{name}` has no parameter `{key}`; known: {allowed}")
        on = request.get("on", "any")
        if on not in knob.classes:
            raise Refusal(422, f"`on` must be one of {', '.join(knob.classes)} for `{name}`")
        armed = Armed(
            knob,
            on,
            _whole(request, "after", 0, 0),
            _whole(request, "times", 1, 1),
            {key: _number(request, key, parameter) for key, parameter in parameters.items()},
        )
        self._armed.append(armed)
        return armed

    def strike(self, kind: str, *, by_hand: bool = False) -> Strike:
        """What befalls an operation of this kind; each waiting fault counts it once.

        A touch `by_hand`, on the glass itself, meets only the knobs that strike nothing but taps.
        """
        if not self._armed:
            return NOTHING
        found = {
            armed.knob.name: armed.values
            for armed in list(self._armed)
            if armed.meets(kind)
            and (not by_hand or armed.knob.kinds <= TAPS)
            and self._falls(armed)
        }
        self._drop_spent()
        return Strike(found) if found else NOTHING

    def holds(self, name: str) -> bool:
        """Whether the next operation that a fault can befall would be struck; nothing is counted.

        For what a state shows apart from the operations that count it.
        """
        now = self._monotonic()
        return any(
            armed.knob.name == name
            and not armed.skip
            and (armed.until is None or now < armed.until)
            for armed in self._armed
        )

    def strike_now(self, armed: Armed) -> None:
        """Spend one of a fault's strikes outside any operation."""
        self._falls(armed)
        self._drop_spent()

    def _falls(self, armed: Armed) -> bool:
        """Whether the fault befalls the operation at hand, which it counts."""
        now = self._monotonic()
        if armed.until is not None and now >= armed.until:
            armed.left = 0
            return False
        if armed.skip:
            armed.skip -= 1
            return False
        self._struck[armed.knob.name] += 1
        if armed.knob.lasting and armed.values["for_s"]:
            armed.until = armed.until or now + armed.values["for_s"]
        else:
            armed.left -= 1
        return True

    def _drop_spent(self) -> None:
        self._armed = [armed for armed in self._armed if armed.left > 0]

    def disarm(self) -> None:
        """Take all armed faults away; what has struck stays counted."""
        self._armed.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._armed.clear()
        self._struck.clear()

    def listing(self) -> list[dict[str, Any]]:
        """Every knob, with what it takes, how many strikes are left and how many fell."""
        now = self._monotonic()
        waiting = [one for one in self._armed if one.until is None or now < one.until]
        return [
            {
                "name": knob.name,
                "about": knob.about,
                "parameters": _SHARED
                | {"on": f"which operations match: {', '.join(knob.classes)} (any)"}
                | {
                    key: f"{parameter.about} ({parameter.default:g})"
                    for key, parameter in parameters_of(knob).items()
                },
                "left": sum(armed.left for armed in waiting if armed.knob is knob),
                "struck": self._struck[knob.name],
            }
            for knob in self._knobs.values()
        ]


def parameters_of(knob: Knob) -> dict[str, Parameter]:
    """A knob's own parameters and, if it is lasting, how long it holds."""
    return knob.parameters | ({"for_s": _FOR_S} if knob.lasting else {})


def _whole(request: dict[str, Any], key: str, default: int, least: int) -> int:
    value = request.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(422, f"`{key}` must be a whole number of at least {least}")
    return value


def _number(request: dict[str, Any], key: str, parameter: Parameter) -> float:
    value = request.get(key, parameter.default)
    wanted = "a whole number" if parameter.whole else "a number"
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not parameter.least <= value <= parameter.most
        or (parameter.whole and value != int(value))
    ):
        limits = f"{parameter.least:g} to {parameter.most:g}"
        raise Refusal(422, f"`{key}` must be {wanted} from {limits}: {parameter.about}")
    return float(value)
