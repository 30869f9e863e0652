"""Whether a chat under an unknown title is a known one that was renamed. Pure.

Rows alone prove little: the same greeting stands in many chats. So a successor needs one sure sign,
and beside it, which is not decided here, that the old title stands in the list no more. Two chats
are never made one: in doubt it is another chat.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from device_agent.alignment import SURE, Seen, agreement
from schemas.ledger import Row
from schemas.phone import KnownChat

_RENAMED = re.compile(
    r"(?:修改群名(?:称)?为|changed the group(?: chat)? name to)\s?[“\"](?P<title>.+)[”\"]\s*$",
    re.DOTALL,
)
_BOTH_SIDES = 2
_DISTINCT = 3


@dataclass(frozen=True)
class Candidate:
    """A known chat with its tail. `notified`: the new title's notification carries its id, which
    WeChat makes of the chat itself and not of its name (reference/phone.md 6).
    """

    chat: KnownChat
    rows: tuple[Row, ...]
    notified: bool = False


@dataclass(frozen=True)
class Likeness:
    """What rows say: the chat that was renamed, if one is sure, and whether there is a doubt."""

    chat: KnownChat | None = None
    doubtful: bool = False


def renamed_to(line: str) -> str | None:
    """The group's new name that a system line tells."""
    found = _RENAMED.search(line.strip())
    return found["title"] if found else None


def successor(title: str, window: Sequence[Seen], candidates: Sequence[Candidate]) -> Likeness:
    """Which of the candidates a chat of an unknown title, showing `window`, certainly is.

    Sure signs: its notification's id and a common row (none, where nothing was read yet); a line
    that tells this very name and a common row; or common rows that cannot be chance. Two sure ones
    are a doubt.
    """
    named = any(renamed_to(seen.words) == title for seen in window)
    alike = [(one, agreement(one.rows, window)) for one in candidates]
    notified = [one for one, rows in alike if one.notified and (rows or not one.rows)]
    if len(notified) == 1:
        return Likeness(notified[0].chat)
    told = [(one, rows) for one, rows in alike if rows and (named or _no_chance(one.rows[-rows:]))]
    best = max((rows for _, rows in told), default=0)
    first = [one for one, rows in told if rows == best]
    if len(first) == 1:
        return Likeness(first[0].chat)
    return Likeness(doubtful=any(rows for _, rows in alike))


def taken_over(window: Sequence[Seen], own: Sequence[Row], others: Sequence[Candidate]) -> Likeness:
    """Whether a known title now stands over another known chat: two chats swapped their names.

    `own` is the tail of the chat that has the title. Only where none of it shows, and many rows of
    exactly one other chat do.
    """
    if not own or agreement(own, window):
        return Likeness()
    sure = []
    for one in others:
        rows = agreement(one.rows, window)
        if rows >= SURE and len({row.print for row in one.rows[-rows:]}) >= _DISTINCT:
            sure.append(one)
    return Likeness(sure[0].chat) if len(sure) == 1 else Likeness()


def _no_chance(rows: Sequence[Row]) -> bool:
    """Whether rows that agree are enough: both sides spoke, or several different ones in a row."""
    sides = {row.side for row in rows if row.side != "centre"}
    distinct = len({row.print for row in rows})
    both = len(sides) == _BOTH_SIDES and len(rows) >= _BOTH_SIDES
    return both or distinct >= _DISTINCT or (len(rows) >= SURE and distinct > 1)
