"""Knobs of the way to the phone: the cable, the adb server and the shell."""

from device_agent.sim.faults.knob import Knob, Parameter

_AWAY = {"for_s": Parameter("how long, in real seconds", 5.0)}
KNOBS = (
    Knob(
        "usb_unplug",
        "The cable is out for `for_s` seconds: the phone is absent, its connections break, its "
        "uiautomator2 server ends. It strikes before the operation is done; with on=any and "
        "after=0 it strikes at once.",
        _AWAY,
        at_once=True,
    ),
    Knob(
        "adb_offline",
        "adb lists the phone as offline for `for_s` seconds and refuses to talk to it; connections "
        "break, the uiautomator2 server ends.",
        _AWAY,
        at_once=True,
    ),
    Knob(
        "adb_unauthorized",
        "The phone asks again whether this computer may debug it: adb lists it as unauthorized for "
        "`for_s` seconds; connections break, the uiautomator2 server ends.",
        _AWAY,
        at_once=True,
    ),
    Knob(
        "adb_server_down",
        "The adb server ends and is back on its port after `for_s` seconds: nothing listens in "
        "between; all connections break, and the uiautomator2 servers that hang on them end.",
        _AWAY,
        at_once=True,
    ),
    Knob(
        "shell_slow",
        "A command line starts `ms` milliseconds late.",
        {"ms": Parameter("how late, in milliseconds", 2000.0, most=600_000.0)},
        kinds=frozenset({"shell"}),
        lasting=True,
    ),
)
