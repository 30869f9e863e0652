"""Knobs of the way to the phone: the cable and adb."""

from device_agent.sim.faults.knob import Knob, Parameter

KNOBS = (
    Knob(
        "usb_unplug",
        "The cable is out for `for_s` seconds: the phone is absent, its connections break, its "
        "uiautomator2 server ends. It strikes before the operation is done; with on=any and "
        "after=0 it strikes at once.",
        {"for_s": Parameter("how long the phone is absent, in real seconds", 5.0)},
        at_once=True,
    ),
)
