"""Arms a fault on a phone; one that waits for nothing happens at once."""

import contextlib
from typing import TYPE_CHECKING, Any

from device_agent.sim.befalling import happen
from device_agent.sim.failure import StreamBroken
from device_agent.sim.faults import Strike

if TYPE_CHECKING:
    from device_agent.sim.phone import Phone


def arm(phone: "Phone", body: dict[str, Any]) -> dict[str, Any]:
    """Arm a fault; what stands armed now. Raises Refusal."""
    armed = phone.faults.arm(body)
    if armed.knob.at_once and armed.on == "any" and not armed.skip:
        phone.faults.strike_now(armed)
        with contextlib.suppress(StreamBroken):
            happen(phone, Strike({armed.knob.name: armed.values}))
        phone.keep()
    return {
        "name": armed.knob.name,
        "about": armed.knob.about,
        "on": armed.on,
        "after": armed.skip,
        "left": armed.left,
    } | armed.values
