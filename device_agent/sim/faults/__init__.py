"""The fault knobs of a simulated phone, one table for each part they strike."""

from device_agent.sim.faults import notices, overlays, server, touch, transport, tree
from device_agent.sim.faults.knob import Knob
from device_agent.sim.faults.registry import NOTHING, Armed, Faults, Strike

KNOBS: tuple[Knob, ...] = (
    *transport.KNOBS,
    *server.KNOBS,
    *tree.KNOBS,
    *touch.KNOBS,
    *overlays.KNOBS,
    *notices.KNOBS,
)
"""Every knob, in the order in which they are listed."""

__all__ = ["KNOBS", "NOTHING", "Armed", "Faults", "Strike"]
