"""Where a replay may write: topics of its session alone, its records marked for every sender."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from schemas.topics import DEFAULT_PREFIX

SESSION_HEADER: Final = "x-replay-session"
"""On every record a replay writes; who sends to people refuses records that bear it."""

RETENTION: Final = timedelta(days=1)

_SESSION: Final = re.compile(r"^[a-z0-9-]{1,40}$")


def session_topics(session: str, prefix: str = DEFAULT_PREFIX) -> str:
    """What the names of all topics of a session begin with.

    Raises:
        ValueError: the name is no slug, so it could reach out of the sandbox.

    """
    if not _SESSION.match(session):
        raise ValueError(f"{session!r} is no name of a session: a-z, 0-9 and - alone, at most 40")
    return f"{prefix}.replay.{session}."


def is_replayed(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a replay wrote a record: nobody may carry it out."""
    return any(name == SESSION_HEADER for name, _ in headers)
