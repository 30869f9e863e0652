"""A message's bubble from its pixels: its colour, its lines of print, what kind it is."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from device_agent.nodes import Box
from device_agent.sight.pixels import Pixels, ground, near, outstanding, part, rows_of, spans
from device_agent.sight.print import Piece, pieces, read_block
from device_agent.sight.recognizer import Recognizer
from schemas.content import Content, Image, Text, Unknown, Voice

OWN: Final = (149, 236, 105)
OTHER: Final = (255, 255, 255)
_SECONDS: Final = re.compile(r"(?:^|\s)(?P<seconds>\d{1,2})\s*[\"”″'’`]{1,2}$")
_FILLED: Final = 0.35
"""Of a bubble: how much its ground fills at least; a picture has no such ground."""
_FULL: Final = 0.55
"""Of the screen's width: a narrower bubble has room for a longer line."""
_SURELY_PRINT: Final = 0.8
"""Signs and parts of thumbnails are read as letters too, but not so surely."""
_NO_LETTER: Final = 1.9
"""Of a letter's height: what is higher is a thumbnail or a sign, and the bubble a card."""


@dataclass(frozen=True)
class Bubble:
    """A message as it stands there. `sure` is that of its least sure line."""

    content: Content
    bounds: Box
    sender: str = ""
    sure: float = 1.0


def read_bubble(
    pixels: Pixels, bounds: Box, recognizer: Recognizer, *, letter: int, sender: str = ""
) -> Bubble:
    """What a bubble holds; a picture where no ground fills it. `letter`: about how high its letters
    are, in pixels.
    """
    inside = part(pixels, bounds)
    colour = ground(inside)
    if near(inside, colour.tolist(), 3).mean() < _FILLED:
        return Bubble(Image(), bounds, sender)
    body = _body(inside, colour, bounds)
    if not _spoken(colour) or _card(part(pixels, body), letter):
        seen = " ".join(one.words.text for one in _print(pixels, body, recognizer))
        return Bubble(Unknown(seen=seen), bounds, sender)
    right = body.right if body.width > pixels.shape[1] * _FULL else None
    words = read_block(pixels, body, recognizer, letter=letter, right=right)
    voice = _SECONDS.search(words.text)
    if voice is not None and len(words.text) <= 8:  # the waves and the seconds
        return Bubble(Voice(seconds=int(voice["seconds"])), bounds, sender)
    if not words.text:
        return Bubble(Unknown(), bounds, sender)
    return Bubble(Text(text=words.text), bounds, sender, words.sure)


def _spoken(colour: npt.NDArray[np.int16]) -> bool:
    return any(int(np.abs(colour - np.array(one)).max()) <= 12 for one in (OWN, OTHER))  # of 255


def _card(inside: Pixels, letter: int) -> bool:
    """Whether something is in it that is no line of print: a thumbnail, a sign, a hairline."""
    mask = outstanding(inside, ground(inside))
    ruled = (~near(inside, ground(inside).tolist(), 6)).mean(axis=1) > 0.8  # a share
    high = any(b - a > letter * _NO_LETTER for a, b in spans(rows_of(mask)))
    return bool(high or ruled.any())


def _print(pixels: Pixels, body: Box, recognizer: Recognizer) -> list[Piece]:
    """What is written on a card, line by line."""
    inside = part(pixels, body)
    mask = outstanding(inside, ground(inside))
    found: list[Piece] = []
    for top, bottom in spans(rows_of(mask), 3):
        stripe = Box(body.left, body.top + top, body.right, body.top + bottom)
        found += [
            one for one in pieces(pixels, stripe, recognizer) if one.words.sure > 0.8
        ]  # surely print
    return found


def _body(inside: Pixels, colour: npt.NDArray[np.int16], bounds: Box) -> Box:
    """The bubble without its tail."""
    filled = near(inside, colour.tolist(), 3)
    columns = np.flatnonzero(filled.mean(axis=0) > _FILLED)
    if not len(columns):
        return bounds
    left, right = bounds.left + int(columns[0]), bounds.left + int(columns[-1]) + 1
    return Box(left + 4, bounds.top + 4, right - 4, bounds.bottom - 4)
