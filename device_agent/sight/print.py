"""Lines of print in a part of a screen: found by their gaps, read one by one. Pure but for the
recogniser.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from device_agent.likeness import EMOJI
from device_agent.nodes import Box
from device_agent.sight.pixels import (
    Mask,
    Pixels,
    Span,
    columns_of,
    extent,
    ground,
    near,
    outstanding,
    part,
    rows_of,
    spans,
    vivid,
)
from device_agent.sight.recognizer import Recognizer, Words, framed
from device_agent.wording import normal

LABEL: Final = (250, 81, 81)
"""WeChat's red, of badges and of labels such as [草稿]."""

_WIDE_GAP: Final = 0.8
"""Of a line's height: what is further apart is not one piece."""


@dataclass(frozen=True)
class Piece:
    """A piece of a line, its words, and how sure the least sure of them is."""

    words: Words
    bounds: Box


def pieces(
    pixels: Pixels, bounds: Box, recognizer: Recognizer, *, coloured: bool = False
) -> list[Piece]:
    """The pieces of one line, left to right. `coloured`: its print may have a colour."""
    found = []
    for cut in cuts(pixels, bounds):
        words = read_piece(pixels, cut, recognizer, coloured=coloured)
        if words.text:
            found.append(Piece(words, cut))
    return found


def cuts(pixels: Pixels, bounds: Box, *, line_height: int | None = None) -> list[Box]:
    """Where the pieces of one line are."""
    inside = part(pixels, bounds)
    if not inside.size:
        return []
    mask = outstanding(inside, ground(inside))
    whole = extent(mask)
    if whole is None:
        return []
    gap = max(int((line_height or whole.height) * _WIDE_GAP), 6)
    found = []
    for left, right in spans(columns_of(mask), gap):
        exact = extent(mask[:, left:right], (bounds.left + left, bounds.top))
        if exact is not None:
            found.append(exact)
    return found


def read_piece(
    pixels: Pixels,
    bounds: Box,
    recognizer: Recognizer,
    *,
    coloured: bool = False,
    letter: int = 0,
) -> Words:
    """The words of one piece, with `EMOJI` where a small picture stands between them. `letter`: how
    high a letter is here, at least, in pixels.
    """
    inside = part(pixels, bounds)
    colour = ground(inside)
    mask = outstanding(inside, colour)
    pictured = vivid(inside, colour.tolist()) & ~_label(inside)
    runs = [(0, bounds.width, False)] if coloured else _runs(mask, pictured, bounds.height)
    words: list[Words] = []
    for left, right, is_picture in runs:
        if is_picture:
            words.append(Words(EMOJI, 1.0))
            continue
        exact = extent(outstanding(inside[:, left:right], colour), (left, 0))
        if exact is not None:
            shade = int(colour[0]), int(colour[1]), int(colour[2])
            line = framed(part(inside, exact), shade, round(letter * 1.3))
            words.append(recognizer.read(line))
    return Words("".join(one.text for one in words), min((one.sure for one in words), default=0.0))


def _label(inside: Pixels) -> Mask:
    """Where red print is, its soft edges too."""
    wide = inside.astype(np.int16)
    red = (wide[:, :, 0] >= 225) & (np.abs(wide[:, :, 1] - wide[:, :, 2]) <= 12)  # of 255
    return np.asarray(red | near(inside, LABEL, 24))


def _runs(mask: Mask, pictured: Mask, height: int) -> list[tuple[int, int, bool]]:
    """Columns in turn print and small pictures: a picture is as wide as the line is high, or so,
    and its own grey outlines belong to it.
    """
    taken = columns_of(mask)
    found: list[tuple[int, int, bool]] = []
    begin, end = 0, mask.shape[1]
    for first, last in spans(columns_of(pictured), max(height // 3, 2)):
        if last - first < height * 0.5 or pictured[:, first:last].mean() < 0.25:  # shares
            continue
        left, right = first, last
        while left > begin and taken[left - 1]:
            left -= 1
        while right < end and taken[right]:
            right += 1
        if mask[:, begin:left].any():
            found.append((begin, left, False))
        found += [(left, right, True)] * max(round((right - left) / (height * 1.15)), 1)
        begin = right
    if mask[:, begin:end].any():
        found.append((begin, end, False))
    return found


def read_block(
    pixels: Pixels, bounds: Box, recognizer: Recognizer, *, letter: int, right: int | None
) -> Words:
    """Some lines of print as one text. `letter`: about how high a letter is; `right`: where lines
    are broken, None: nowhere, since there is room left.
    """
    lines = _block_lines(pixels, bounds, recognizer, letter)
    if not lines:
        return Words("", 0.0)
    return Words(_joined(lines, right), min(line.words.sure for line in lines))


def _block_lines(pixels: Pixels, bounds: Box, recognizer: Recognizer, letter: int) -> list[Piece]:
    inside = part(pixels, bounds)
    if not inside.size:
        return []
    mask = outstanding(inside, ground(inside))
    found: list[Piece] = []
    for top, bottom in _stripes(mask, letter):
        whole = extent(mask[top:bottom], (bounds.left, bounds.top + top))
        if whole is None:
            continue
        for cut in cuts(pixels, whole, line_height=max(whole.height, letter) * 2):
            words = read_piece(pixels, cut, recognizer, letter=letter)
            if words.text:
                found.append(Piece(words, cut))
    return found


def _stripes(mask: Mask, letter: int) -> list[Span]:
    """Lines of print: strokes of one letter, such as 三, belong together."""
    strokes = spans(rows_of(mask))
    size = max([letter, *(b - a for a, b in strokes)])
    found: list[Span] = []
    for top, bottom in strokes:
        if found and bottom - found[-1][0] <= size * 1.15:
            found[-1] = (found[-1][0], bottom)
        else:
            found.append((top, bottom))
    return found


def _joined(lines: list[Piece], right: int | None) -> str:
    """The text of lines that were broken where there was no room, or where their author did."""
    told = lines[0].words.text
    for above, line in pairwise(lines):
        if line.bounds.top < above.bounds.bottom:
            told += " "
        elif right is None or above.bounds.right + _first_word(line) < right:
            told += "\n"
        elif _latin(told[-1:]) and _latin(line.words.text[:1]) and told[-1:] not in "/-?&=._":
            told += " "
        told += line.words.text
    return normal(told)


def _first_word(line: Piece) -> float:
    """How wide the first thing of a line is that is not broken, in pixels."""
    text = line.words.text
    first = text.split(maxsplit=1)[0] if _latin(text[:1]) else text[:2]
    return line.bounds.width * len(first) / len(text)


def _latin(letter: str) -> bool:
    return letter.isascii() and not letter.isspace()
