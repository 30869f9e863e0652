"""Knobs of taps and typing: what the screen makes of them."""

from device_agent.sim.faults.knob import TAPS, Knob

KNOBS = (
    Knob("tap_ignored", "A tap is acknowledged but the screen does not notice it.", kinds=TAPS),
)
