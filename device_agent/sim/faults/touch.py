"""Knobs of taps and typing: what the screen makes of them."""

from device_agent.sim.faults.knob import GESTURES, INPUTS, TAPS, Knob, Parameter

_LATE_MS = Parameter("how late, in milliseconds", 800.0, most=600_000.0)
KNOBS = (
    Knob(
        "reorder_before_tap",
        "Somebody writes in another chat just before the tap: its row jumps to the top, and the "
        "tap hits what stands there then.",
        kinds=frozenset({"row_tap"}),
    ),
    Knob("tap_ignored", "A tap is acknowledged but the screen does not notice it.", kinds=TAPS),
    Knob(
        "tap_late",
        "A tap is acknowledged at once and lands `ms` milliseconds later on what stands there.",
        {"ms": _LATE_MS},
        kinds=TAPS,
    ),
    Knob("tap_doubled", "A tap lands twice.", kinds=TAPS),
    Knob(
        "input_truncated",
        "Only the first `keep` characters of a text reach the field.",
        {"keep": Parameter("how many characters", 3.0, most=100_000.0, whole=True)},
        kinds=INPUTS,
        lasting=True,
    ),
    Knob("input_refused", "A text does not reach the field.", kinds=INPUTS, lasting=True),
    Knob("paste_twice", "A text reaches the field twice.", kinds=INPUTS, lasting=True),
    Knob(
        "ime_missing",
        "The keyboard of uiautomator2 is not there: it cannot be installed, listed or chosen.",
        kinds=frozenset({"ime"}),
        lasting=True,
    ),
    Knob(
        "inject_events_denied",
        "Android refuses injected touches and keys (SecurityException: INJECT_EVENTS), as MIUI "
        "does until `USB debugging (Security settings)` is on.",
        kinds=TAPS | GESTURES,
        lasting=True,
    ),
    Knob(
        "send_slow",
        "A message stands with a spinner for `ms` milliseconds before it has left.",
        {"ms": Parameter("how long, in milliseconds", 2000.0, most=600_000.0)},
        kinds=frozenset({"send_tap"}),
    ),
    Knob(
        "send_failed_mark",
        "A message does not leave: a red mark stands beside its bubble.",
        kinds=frozenset({"send_tap"}),
    ),
    Knob(
        "send_never_settles",
        "A message does not leave: its spinner turns for ever.",
        kinds=frozenset({"send_tap"}),
    ),
)
