"""Knobs of notifications: what `dumpsys notification` keeps to itself."""

from device_agent.sim.faults.knob import Knob

_READS = frozenset({"notifications"})
KNOBS = (
    Knob(
        "notifications_off",
        "WeChat's notifications are switched off: none is listed, and while it is armed none "
        "stands in the shade or on the lock screen.",
        kinds=_READS,
        lasting=True,
    ),
    Knob(
        "notifications_redacted",
        "Texts stay hidden (`String [length=N]`), also with --noredact.",
        kinds=_READS,
        lasting=True,
    ),
)
