"""What each fault knob looks like from outside: observations by name, and what they share."""

import threading
import time
from collections.abc import Callable
from typing import Any

import uiautomator2 as u2

from device_agent.sim.harness import Simulator

ID = "com.tencent.mm:id/"
SEND = (960, 2310)
Observation = Callable[[u2.Device, Simulator], None]


class Observations(dict[str, Observation]):
    """A table of observations; `@table.of("name")` puts one into it."""

    def of(self, name: str) -> Callable[[Observation], Observation]:
        """Decorate the observation of a knob. Raises KeyError if it has one already."""
        if name in self:
            raise KeyError(name)

        def put(observation: Observation) -> Observation:
            self[name] = observation
            return observation

        return put


def open_chat(device: u2.Device, simulator: Simulator, text: str = "") -> None:
    """Open 小王's chat, and write a draft into its field."""
    simulator.receive("小王", "在吗")
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    if text:
        device(resourceId=f"{ID}bkk").set_text(text)


def field(device: u2.Device) -> str:
    """What the open chat's field holds."""
    return str(device(resourceId=f"{ID}bkk").get_text())


def sent(simulator: Simulator) -> list[str]:
    """The texts that really left."""
    return [one["text"] for one in simulator.truth()["sent"]]


def hits(simulator: Simulator) -> list[Any]:
    """The roles of what the taps hit."""
    return [(tap["node"] or {}).get("role") for tap in simulator.truth()["taps"]]


def struck(simulator: Simulator, name: str) -> int:
    """How often a knob has struck."""
    return int(simulator.faults()[name]["struck"])


def left(simulator: Simulator, name: str) -> int:
    """How many strikes of a knob are left."""
    return int(simulator.faults()[name]["left"])


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition. Raises AssertionError when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.02)
