"""What keeps the phone from working, as a stable code and a sentence. Pure."""

from dataclasses import dataclass

from device_agent.phone import InputDenied, ServerStale, TreeHidden
from device_agent.pilot import Covered
from schemas.failure import DependencyDown


@dataclass(frozen=True)
class Trouble:
    """`code` for machines (`docs/operate/phone-health.md` lists them), `reason` for people.

    `at_once`: worth saying the first time; else only when it comes again.
    """

    code: str
    reason: str
    at_once: bool = True


_CABLE = {
    "offline": "phone {serial} is offline for adb: plug it in again, or wait",
    "unauthorized": "phone {serial} does not trust this computer: allow USB debugging on it",
}


def trouble_of(error: Exception, serial: str, states: dict[str, str] | None) -> Trouble:
    """What an error means, given how adb lists its phones (`states`; None: no adb server)."""
    words = str(error)
    if isinstance(error, Covered):
        return Trouble(error.cover.name, words)
    if isinstance(error, TreeHidden | InputDenied):
        return Trouble("tree_hidden" if isinstance(error, TreeHidden) else "input_denied", words)
    if isinstance(error, ServerStale):
        return Trouble("server_stale", f"the uiautomator2 server is started anew: {words}")
    if not isinstance(error, DependencyDown):
        return Trouble("stuck", words, at_once=False)
    if "broker" in words:
        return Trouble("broker_away", words)
    return _unplugged(words, serial, states)


def _unplugged(words: str, serial: str, states: dict[str, str] | None) -> Trouble:
    if states is None or "no adb server" in words:
        return Trouble("no_adb_server", words)
    state = states.get(serial)
    if state in _CABLE:
        return Trouble(str(state), _CABLE[state].format(serial=serial))
    return Trouble("unplugged" if state is None else "stuck", words)
