"""Knobs of the accessibility tree: what a dump shows in place of the screen."""

from device_agent.sim.faults.knob import DUMPS, FINDS, INPUTS, Knob, Parameter

KNOBS = (
    Knob("dump_empty", "A dump has no window at all.", kinds=DUMPS, lasting=True),
    Knob(
        "dump_single_node",
        "A dump has one node of the screen's size and nothing in it.",
        kinds=DUMPS,
        lasting=True,
    ),
    Knob(
        "dump_stale",
        "A dump shows the screen as it was `ms` milliseconds ago.",
        {"ms": Parameter("how long ago, in milliseconds", 1500.0, most=600_000.0)},
        kinds=DUMPS,
        lasting=True,
    ),
    Knob(
        "dump_mid_animation",
        "A dump catches the screen half-way: the old page and the new one side by side, clipped.",
        kinds=DUMPS,
        lasting=True,
    ),
    Knob(
        "tree_hidden",
        "WeChat hides its tree, as from 8.0.55 on: one node of com.tencent.mm with the bounds "
        "[0,0][0,0]; selectors find nothing of it.",
        kinds=DUMPS | FINDS | INPUTS,
        lasting=True,
    ),
    Knob(
        "windows_shuffled",
        "A dump has its windows in any order, with a keyboard and a floating button among them; "
        "the active window alone (rootInActive) stays right.",
        kinds=DUMPS,
        lasting=True,
    ),
)
