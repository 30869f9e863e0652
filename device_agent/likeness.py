"""What looks alike: by it a row, and a title, read from pixels is known again as one that was read
from the tree, and the other way round. Pure.

A reader of print does not tell 0 from O, one width of a sign from another, or which emoji stands
there; nor does it see what a card is. What it cannot tell is left out of a look.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

import regex

from device_agent.rows import SeenRow
from schemas.content import Content, Image, Recalled, Sticker, SystemLine, Text, Video, Voice
from schemas.ledger import Tail

EMOJI: Final = "[表情]"
"""What stands for a small picture between words."""

SIGHTED: Final = "~"
"""Begins the print of a row that was first read from pixels: its look follows."""

_PICTURES: Final = regex.compile(
    r"(?:\p{Extended_Pictographic}[\p{M}\p{Emoji_Modifier}\u200d\ufe0f]*|\p{RI}\p{RI}"
    r"|\[[\p{L}]{1,6}\])+"
)
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("oO〇", "0"),
        **dict.fromkeys("lIi|丨!", "1"),
        **dict.fromkeys("—–一ー―_-‐", "-"),
        **dict.fromkeys("“”‘’'`´″＂", '"'),
        **dict.fromkeys("·•・。", "."),
        **dict.fromkeys("×xX", "x"),
        "、": ",",
        "￥": "¥",
    }
)
_CUT: Final = regex.compile(r"\s*(?:…+|\.{2,}|。{2,}|·{2,})$")
_LEAST_BEGUN: Final = 6
"""Letters of a cut title by which a chat is known: a list shows a dozen of them at least."""
_DOTS: Final = regex.compile(r"\.{2,}|…+")


@lru_cache(maxsize=8192)  # titles of all known chats are compared with each row
def alike(text: str) -> str:
    """A text without what print does not tell: two texts that may be misread for each other are
    equal by it.
    """
    shown = _PICTURES.sub("☺", text)
    wide = unicodedata.normalize("NFKC", shown).translate(_ALIKE)
    return "".join(_DOTS.sub(".", wide).casefold().split())


def look_of(row: SeenRow) -> str:
    """What a row looks like, as 16 hexadecimal digits: its side, roughly its kind, its words."""
    whole = "\x1f".join((row.side, *_shown(row.content)))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _shown(content: Content) -> tuple[str, str]:
    if isinstance(content, Text):
        return "text", alike(content.text)
    if isinstance(content, Voice):
        return "voice", str(content.seconds)
    if isinstance(content, SystemLine):
        return "line", alike(content.text)
    if isinstance(content, Recalled):
        return "recalled", alike(content.by or "")
    if isinstance(content, Image | Sticker | Video):
        return "picture", ""
    return "card", ""


def as_known(rows: Sequence[SeenRow], tails: Sequence[Tail], *, sighted: bool) -> list[SeenRow]:
    """Rows with the prints under which a chat's tail knows them; `tails` are those of all chats of
    its title. `sighted`: the rows were read from pixels, where a print of their own proves nothing.

    Rows are matched in their order, by what they look like. Where as many rows of the same sides
    stand between the same neighbours, they are the same rows, misread: nothing comes between rows
    that are there.
    """
    looks = [look_of(row) for row in rows]
    marks: dict[int, str] = {}
    for tail in tails:
        if sighted or any(row.print.startswith(SIGHTED) for row in tail.rows):
            prints = dict(zip(tail.looks_by_row, (row.print for row in tail.rows), strict=True))
            marks |= {here: prints[look] for here, look in enumerate(looks) if look in prints}
            marks |= {here: tail.rows[there].print for here, there in _places(rows, looks, tail)}
    if sighted:
        found = [marks.get(here, SIGHTED + look) for here, look in enumerate(looks)]
        return [replace(row, mark=mark) for row, mark in zip(rows, found, strict=True)]
    known = {here: mark for here, mark in marks.items() if mark.startswith(SIGHTED)}
    return [replace(row, mark=known.get(here)) for here, row in enumerate(rows)]


def _places(rows: Sequence[SeenRow], looks: Sequence[str], tail: Tail) -> Iterator[tuple[int, int]]:
    """Which row is which of a tail's, as far as their order tells."""
    steps = SequenceMatcher(None, tail.looks_by_row, looks, autojunk=False).get_opcodes()
    for number, (kind, first, last, begin, end) in enumerate(steps):
        sides = [row.side for row in tail.rows[first:last]] == [row.side for row in rows[begin:end]]
        misread = kind == "replace" and 0 < number < len(steps) - 1 and sides
        if kind == "equal" or misread:
            yield from zip(range(begin, end), range(first, last), strict=True)


def title_among(seen: str, sure: float, known: Iterable[str], least: float = 0.95) -> str | None:
    """The title that was seen: the one known that looks so; of one that is cut for lack of room,
    the one known that begins so. As it was read where none does and the reading is `least` sure;
    None where two look so, or where a picture in it cannot be named.
    """
    titles, look = set(known), alike(seen)
    fits = {title for title in titles if alike(title) == look}
    if not fits and (begun := _begun(seen)):
        longer = {title for title in titles if alike(title).startswith(begun)}
        fits = longer if len(longer) == 1 else set()
    if len(fits) == 1:
        return fits.pop()
    if fits or sure < least or EMOJI in seen:
        return None
    return seen


def _begun(seen: str) -> str:
    """How a title that is cut begins, as it looks; empty where it is whole, or says too little."""
    end = _CUT.search(seen)
    begun = alike(seen[: end.start()]) if end is not None else ""
    return begun if len(begun) >= _LEAST_BEGUN else ""
