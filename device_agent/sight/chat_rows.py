"""The rows of an open chat from its pixels. Pure but for the recogniser.

Whose a message is, is told by the side of its avatar (reference/phone.md 5.2), and own bubbles are
green besides. What print does not tell (a card's kind, who is called) is not guessed.
"""

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final, NamedTuple

import numpy as np

from device_agent.nodes import Box
from device_agent.rows import SeenRow
from device_agent.sight.bubble import OTHER, OWN, Bubble, read_bubble
from device_agent.sight.pixels import (
    Mask,
    Pixels,
    columns_of,
    extent,
    ground,
    near,
    outstanding,
    part,
    rows_of,
    spans,
)
from device_agent.sight.print import LABEL, Piece, pieces
from device_agent.sight.recognizer import Recognizer
from device_agent.wording import is_time, normal, recalled_by
from schemas.content import Content, Recalled, SystemLine

_FAINT: Final = 7
"""Of 255: a white bubble stands out from WeChat's light grey by no more than 18."""
_EDGE: Final = 2
"""Pixels: what reaches so near to the list's edge may go on behind it."""
_AVATARS: Final = ((0.042, 0.135, False), (0.865, 0.958, True))
"""Of the screen's width: columns that every avatar fills, others' and own."""
_BODIES: Final = {False: (0.149, 0.87), True: (0.13, 0.851)}
"""Of the screen's width: where what they say stands, by own."""


class Face(NamedTuple):
    """An avatar: where, and on which side."""

    top: int
    bottom: int
    own: bool


@dataclass
class Seen:
    """Whole rows with how sure each is, whether one is cut above or below, where the last ends."""

    rows: list[tuple[SeenRow, float]] = field(default_factory=list)
    cut_top: bool = False
    cut_bottom: bool = False
    low: int = 0
    said: str | None = None


class Rows:
    """The list of one screenshot."""

    def __init__(
        self, pixels: Pixels, area: Box, recognizer: Recognizer, *, letter: int, group: bool
    ) -> None:
        """`letter`: about how high a letter is, in pixels."""
        self._pixels = pixels
        self._area = area
        self._eyes = recognizer
        self._letter = letter
        self._group = group
        self._ground = ground(part(pixels, area)).tolist()

    def read(self) -> Seen:
        """All of it, oldest first."""
        area, seen = self._area, Seen(low=self._area.top)
        faces = self._faces()
        top = area.top
        for face, after in zip_longest(faces, faces[1:]):
            self._between(Box(0, top, area.right, face.top), seen)
            self._message(face, area.bottom if after is None else after.top, seen)
            top = seen.low + 1
        self._between(Box(0, top, area.right, area.bottom), seen)
        seen.cut_top |= self._touched(area.top)
        seen.cut_bottom |= self._touched(area.bottom - _EDGE)
        return seen

    def _touched(self, top: int) -> bool:
        """Whether something goes on behind an edge of the list."""
        edge = self._pixels[top : top + _EDGE, :]
        return bool((~near(edge, self._ground, _FAINT)).all(axis=0).any())

    def _between(self, bounds: Box, seen: Seen) -> None:
        """Lines between two messages."""
        for line in self._lines(bounds):
            text, (_, top, _, bottom) = normal(line.words.text), line.bounds
            seen.low = bottom
            if top <= self._area.top + _EDGE:
                seen.cut_top = True
            elif bottom >= self._area.bottom - _EDGE:
                seen.cut_bottom = True
            elif is_time(text):
                seen.said = text
            else:
                row = SeenRow("centre", "", _line(text), line.bounds, said=seen.said)
                seen.rows.append((row, line.words.sure))
                seen.said = None

    def _message(self, face: Face, after: int, seen: Seen) -> None:
        bubble = self._bubble(face, after)
        area = self._area
        low = seen.low = max(face.bottom, bubble.bounds.bottom if bubble else 0)
        said, seen.said = seen.said, None
        if face.top <= area.top + _EDGE or bubble is None:
            seen.cut_top = True
        elif low >= area.bottom - _EDGE:
            seen.cut_bottom = True
        else:
            mark = self._mark(bubble.bounds) if face.own else ""
            row = SeenRow(
                "own" if face.own else "other",
                bubble.sender,
                bubble.content,
                Box(0, face.top, area.right, low),
                failed=mark == "failed",
                sending=mark == "sending",
                said=said,
                body=bubble.bounds,
            )
            seen.rows.append((row, bubble.sure))

    def _mark(self, body: Box) -> str:
        """What stands left of an own bubble: a red mark, a spinner, or nothing."""
        wide = self._area.width
        left = max(body.left - int(wide * 0.12), int(wide * 0.15))
        inside = part(self._pixels, Box(left, body.top, max(body.left - 4, left), body.bottom))
        if not inside.size:
            return ""
        if near(inside, LABEL, 30).mean() > 0.05:  # a share
            return "failed"
        return "sending" if outstanding(inside, self._ground).any() else ""

    def _faces(self) -> list[Face]:
        """The avatars on both sides, from above."""
        area, found = self._area, []
        for left, right, own in _AVATARS:
            columns = slice(int(area.width * left), int(area.width * right))
            inside = self._pixels[area.top : area.bottom, columns]
            taken = (~near(inside, self._ground, _FAINT)).mean(axis=1) > 0.35  # a share
            for top, bottom in spans(taken, int(area.width * 0.025)):
                if bottom - top > area.width * 0.015:
                    found.append(Face(area.top + top, area.top + bottom, own))
        return sorted(found)

    def _lines(self, bounds: Box) -> list[Piece]:
        """Centred lines between messages: times, and what WeChat itself says."""
        inside, area = part(self._pixels, bounds), self._area
        if not inside.size:
            return []
        mask = outstanding(inside, self._ground)
        found: list[Piece] = []
        for top, bottom in spans(rows_of(mask), area.width // 100):
            whole = extent(mask[top:bottom], (0, bounds.top + top))
            if whole is None or abs(whole.middle[0] - area.width // 2) > area.width * 0.05:
                continue
            if near(part(self._pixels, whole), self._ground, _FAINT).mean() < 0.3:  # a share
                continue  # print on a bubble whose avatar is cut away
            stripe = Box(0, whole.top - 2, area.right, whole.bottom + 2)
            told = pieces(self._pixels, stripe, self._eyes)
            if told:
                text = " ".join(one.words.text for one in told)
                sure = min(one.words.sure for one in told)
                found.append(Piece(told[0].words._replace(text=text, sure=sure), whole))
        return found

    def _bubble(self, face: Face, after: int) -> Bubble | None:
        """What stands beside an avatar, with the name over it."""
        wide = self._area.width
        left, right = _BODIES[face.own]
        region = Box(int(wide * left), max(face.top - 4, self._area.top), int(wide * right), after)
        inside = part(self._pixels, region)
        filled = np.any([near(inside, one, 3) for one in (OWN, OTHER)], axis=0)
        bodies = spans(filled.sum(axis=1) > wide * 0.04, wide // 30)
        reach = face.bottom - region.top
        begun = next((top for top, _ in bodies if top < reach), None)
        mask = ~near(inside, self._ground, _FAINT)
        if begun is None and self._named(face):
            begun = self._under_name(mask)
        begun = begun or 0
        stripes = spans(rows_of(mask[begun:]), max(wide // 90, 4))
        if not stripes:
            return None
        stripe = mask[begun:][: stripes[0][1]]
        across = spans(columns_of(stripe), wide // 54)
        first, last = across[-1] if face.own else across[0]  # beside it a mark or a spinner
        body = extent(stripe[:, first:last], (region.left + first, region.top + begun))
        if body is None:
            return None
        sender = ""
        if self._named(face):
            over = Box(region.left, region.top, region.right, region.top + begun - 1)
            sender = normal(
                " ".join(one.words.text for one in pieces(self._pixels, over, self._eyes))
            )
        return read_bubble(self._pixels, body, self._eyes, letter=self._letter, sender=sender)

    def _named(self, face: Face) -> bool:
        return self._group and not face.own

    def _under_name(self, mask: Mask) -> int:
        """Where what has no bubble begins, under the name of who sent it."""
        stripes = spans(rows_of(mask), 3)
        return stripes[1][0] if len(stripes) > 1 else 0


def _line(text: str) -> Content:
    taken, by = recalled_by(text)
    return Recalled(by=by) if taken else SystemLine(text=text)
