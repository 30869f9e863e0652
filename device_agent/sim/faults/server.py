"""Knobs of the uiautomator2 server: what happens to a call and to its answer."""

from device_agent.sim.faults.knob import DUMPS, Knob, Parameter

_FOREVER_S = 3600.0
KNOBS = (
    Knob(
        "rpc_500_before",
        "The server answers HTTP 500 and does nothing; a shell tap ends with status 1, undone.",
    ),
    Knob(
        "rpc_500_after",
        "The operation is done, then the server answers HTTP 500; a shell tap ends with "
        "status 1 and no output.",
    ),
    Knob("reply_lost", "The operation is done, then the connection closes without an answer."),
    Knob(
        "rpc_hang",
        "The server does not answer for `for_s` seconds; the operation is done after that if "
        "the client still waits, and never if it has hung up.",
        {"for_s": Parameter("how long it hangs, in real seconds", _FOREVER_S)},
    ),
    Knob(
        "rpc_garbage",
        "The operation is done, then the answer is not JSON (HTTP 200); a shell tap prints noise "
        "in place of its output.",
    ),
    Knob(
        "server_dies",
        "The uiautomator2 server ends before the operation is done; its connection closes.",
        at_once=True,
    ),
    Knob(
        "foreign_uiautomation",
        "Another program holds UiAutomation for `for_s` seconds: a running server loses it, a new "
        "one ends with `already registered`.",
        {"for_s": Parameter("how long it holds it, in real seconds", 5.0)},
        at_once=True,
    ),
    Knob(
        "uiautomation_lost",
        "The server loses its connection: every call ends with `UiAutomation not connected` until "
        "the server is started anew (GET /stop, or the end of its process).",
        at_once=True,
    ),
    Knob(
        "dump_slow",
        "A dump takes `ms` milliseconds longer.",
        {"ms": Parameter("how much longer, in milliseconds", 3000.0, most=600_000.0)},
        kinds=DUMPS,
        lasting=True,
    ),
)
