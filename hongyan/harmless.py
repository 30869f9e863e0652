"""Text that strangers wrote, made fit for a terminal: it cannot move the cursor or hide. Pure."""

import re
from typing import Final

_COMMANDS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the new line
    "\u202a-\u202e\u2066-\u2069]"  # what turns the direction of writing round
)


def harmless(text: str) -> str:
    """The text with every such character shown as U+FFFD."""
    return _COMMANDS.sub("\ufffd", text)
