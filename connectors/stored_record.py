"""A record's headers as a row holds them: names as text, values in base64. Pure."""

import base64
from collections.abc import Sequence
from typing import Any

from connectors.database import storable


def packed(headers: Sequence[tuple[str, bytes]]) -> list[list[str]]:
    """For a column of JSON."""
    return [[storable(name), base64.b64encode(value or b"").decode()] for name, value in headers]


def unpacked(stored: Sequence[Any]) -> tuple[tuple[str, bytes], ...]:
    """As they were."""
    return tuple((name, base64.b64decode(value)) for name, value in stored)
