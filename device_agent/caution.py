"""What is to be said of a phone that works, but not as its owner expects."""

from device_agent.pilot import Pilot
from device_agent.rest import Rest
from device_agent.silence import Silence

Said = tuple[str | None, str | None]
"""A stable code and a sentence, or neither."""


def caution(pilot: Pilot, version: str | None, rest: Rest, silence: Silence) -> Said:
    """The gravest of what holds now."""
    if not pilot.layout.certain:
        words = f"WeChat {version} is not known here: reading only, nothing is sent"
        if pilot.layout.calibrated:
            words = (
                f"the calibration for WeChat {version} does not prove all that sending needs: "
                "reading only, nothing is sent"
            )
        return "unknown_version", words
    if pilot.hidden:
        return "tree_hidden", "WeChat hides its tree: reading by pictures, nothing is sent"
    if (code := rest.code) is not None:
        return code, rest.words
    quiet = silence.words()
    return ("quiet", quiet) if quiet is not None else (None, None)
