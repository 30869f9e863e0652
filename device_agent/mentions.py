"""Who a group message calls with @, told from its text and the names known of that chat. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from schemas.content import Mentions

PICKED = "\u2005"
"""What WeChat writes behind a name chosen from its member list (users-say.md A18)."""

_ALL = frozenset({"所有人", "all"})
_LONGEST_NAME = 32  # WeChat's own limit for a nickname is shorter
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[!-~]+", re.IGNORECASE | re.ASCII)
_IN_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]")
_PICKED_NAME = re.compile(rf"[^@\n{PICKED}]{{1,{_LONGEST_NAME}}}(?={PICKED})")


@dataclass(frozen=True)
class Called:
    """One name behind an @."""

    name: str
    all: bool = False


def mentions(text: str, members: Collection[str], own: Collection[str]) -> Mentions:
    """Whom `text` calls. `members` are the names known of the chat's members, `own` all names its
    owner has or lately had there.

    A name counts with U+2005 behind it (then it need not be known: only WeChat's picker writes
    that), or, known, with a space or the end behind it. The longest known name wins. An @ inside
    an e-mail address or a URL calls nobody unless it was picked. `names` holds each name once, in
    the order of the text, own names too, the word for everybody not.
    """
    known = frozenset(members) | frozenset(own)
    called = list(_called(text, sorted(filter(None, known), key=len, reverse=True)))
    names = dict.fromkeys(one.name for one in called if not one.all)
    return Mentions(
        me=any(name in own for name in names),
        all=any(one.all for one in called),
        names=tuple(names),
    )


def _called(text: str, known: list[str]) -> Iterator[Called]:
    """`known`, longest first."""
    urls = [found.span() for found in _URL.finditer(text)]
    place = text.find("@")
    while place >= 0:
        start = place + 1
        inside = any(first <= place < last for first, last in urls)
        loose = not inside and not (place and _IN_ADDRESS.match(text[place - 1]))
        one = _picked(text, start, known) or (_typed(text, start, known) if loose else None)
        if one is not None:
            yield one
            start += len(one.name)
        place = text.find("@", start)


def _picked(text: str, start: int, known: list[str]) -> Called | None:
    """A name with U+2005 behind it; a known one may hold an @ itself."""
    name = next((name for name in known if text.startswith(name + PICKED, start)), None)
    if name is None:
        found = _PICKED_NAME.match(text, start)
        name = found.group() if found else None
    return None if name is None else Called(name, all=_means_all(name.strip()))


def _typed(text: str, start: int, known: list[str]) -> Called | None:
    """A known name, or the word for everybody, that ends the text or has a space behind it."""
    for name in known:
        if text.startswith(name, start) and _ends(text, start + len(name)):
            return Called(name, all=_means_all(name))
    word = re.match(r"\S+", text[start : start + _LONGEST_NAME])
    if word is not None and _means_all(word.group()) and _ends(text, start + word.end()):
        return Called(word.group(), all=True)
    return None


def _ends(text: str, place: int) -> bool:
    return place >= len(text) or text[place].isspace()


def _means_all(name: str) -> bool:
    return name.lower() in _ALL
