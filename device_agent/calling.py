"""Where a text to be sent calls people with @: what is typed, and who is picked between. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from device_agent.mentions import PICKED

EVERYBODY = "所有人"
"""How the call of everybody is written where an action names it nowhere in its text."""
_EVERYBODY = re.compile(r"@(?:所有人|all)(?=\s|$)", re.IGNORECASE)
_ROW = re.compile(r"^(?P<word>所有人|All|Everyone)\s*(?:[(（]\d+[)）])?$", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One to be picked from the group's list: a member, or with `all` everybody."""

    name: str
    all: bool = False


Segment = str | Call


def calls_of(mentions: Sequence[str], *, everybody: bool) -> tuple[Call, ...]:
    """The calls an action asks for, each once."""
    named = tuple(Call(name) for name in dict.fromkeys(mentions) if name)
    return (*named, Call(EVERYBODY, all=True)) if everybody else named


def placed(text: str, calls: Sequence[Call]) -> str:
    """The text with the calls that it does not name put at its start."""
    missing = [call.name for call in calls if _find(text, call, ()) is None]
    return "".join(f"@{name} " for name in missing) + text


def segments(text: str, calls: Collection[Call]) -> tuple[Segment, ...]:
    """The text in the order it is typed: words, and where one of the `calls` stands first, whom to
    pick. WeChat writes a space of its own behind a name, so the text's one goes.
    """
    found: list[tuple[int, int, Call]] = []
    for call in sorted(calls, key=lambda one: -len(one.name)):
        place = _find(text, call, [(start, end) for start, end, _ in found])
        if place is not None:
            found.append((*place, call))
    parts: list[Segment] = []
    at = 0
    for start, end, call in sorted(found, key=lambda one: one[0]):
        if text[at:start]:
            parts.append(text[at:start])
        parts.append(call)
        at = end + (end < len(text) and text[end] in {" ", PICKED})
    return (*parts, text[at:]) if text[at:] else tuple(parts)


def _find(text: str, call: Call, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """From where to where a call first stands, outside what others have `taken`."""
    written = re.compile(rf"@{re.escape(call.name)}(?=\s|$)")
    for pattern in (written, _EVERYBODY) if call.all else (written,):
        for found in pattern.finditer(text):
            start, end = found.span()
            if all(end <= low or start >= high for low, high in taken):
                return start, end
    return None


def means_everybody(row: str) -> str | None:
    """The word behind @ that a row of the list stands for, if it is the one of everybody."""
    found = _ROW.match(row.strip())
    return found.group("word") if found else None


def flat(text: str) -> str:
    """A text as it is compared where WeChat's own space may stand for a plain one."""
    return text.replace(PICKED, " ").strip()
