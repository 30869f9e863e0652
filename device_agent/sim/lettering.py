"""How wide text is and where it wraps, estimated alike for the tree and for the picture."""

import unicodedata
from functools import lru_cache

_NARROW = frozenset("iljtfrI.,:;!|'`()[]{} ")
_BROAD = frozenset("mwMW@%&")
# What stands at no line's beginning in Chinese.
_CLOSING = frozenset("，。！？、；：）》」』”’…%")
# What stands at no line's end.
_OPENING = frozenset("（《「『【“‘")
# The skin of the emoji before them.
_TONES = range(0x1F3FB, 0x1F400)


@lru_cache(maxsize=8192)
def _share(char: str) -> float:
    """A character's advance as a share of the font size."""
    if unicodedata.combining(char) or char in "\u200d\ufe0f\u20e3" or ord(char) in _TONES:
        return 0.0
    if unicodedata.east_asian_width(char) in "WF" or ord(char) > 0x1F000:
        return 1.0
    if char in _NARROW:
        return 0.34
    if char in _BROAD:
        return 0.92
    return 0.66 if char.isupper() else 0.57


def width(text: str, size: int) -> int:
    """The width of one line, in pixels."""
    return round(sum(_share(char) for char in text) * size)


@lru_cache(maxsize=4096)
def wrap(text: str, size: int, limit: int) -> tuple[str, ...]:
    """The lines of a text in a box `limit` pixels wide; Latin words stay whole where they fit."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_paragraph(paragraph, size, limit))
    return tuple(lines)


def _paragraph(text: str, size: int, limit: int) -> list[str]:
    lines: list[str] = []
    start, used = 0, 0.0
    for place, char in enumerate(text):
        advance = _share(char) * size
        if used + advance > limit and place > start:
            end = _break(text, start, place)
            lines.append(text[start:end])
            # The space at which a line ends does not begin the next.
            start = end + (text[end] == " ")
            used = sum(_share(one) for one in text[start:place]) * size
            if start > place:
                continue
        used += advance
    lines.append(text[start:])
    return lines


def _break(text: str, start: int, place: int) -> int:
    """Where to end a line that is full before `place`."""
    if text[place] in _CLOSING and place - 1 > start and text[place - 1] not in _CLOSING:
        return place - 1
    if text[place - 1] in _OPENING and place - 1 > start:
        return place - 1
    if not _joins(text[place - 1]) or not _joins(text[place]):
        return place
    end = place
    while end > start and _joins(text[end - 1]):
        end -= 1
    return end if end > start else place


def _joins(char: str) -> bool:
    return char.isascii() and not char.isspace()


def shorten(text: str, size: int, limit: int) -> str:
    """The text, or as much of it as fits with `…` at the end."""
    if width(text, size) <= limit:
        return text
    room = limit - size
    used, kept = 0.0, 0
    for char in text:
        used += _share(char) * size
        if used > room:
            break
        kept += 1
    return text[:kept] + "…"
