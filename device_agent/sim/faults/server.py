"""Knobs of the uiautomator2 server: what happens to a call and to its answer."""

from device_agent.sim.faults.knob import Knob, Parameter

_FOREVER_S = 3600.0
KNOBS = (
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
)
