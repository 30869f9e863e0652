"""Cuts a long text into parts that WeChat takes, at places a reader would choose. Pure.

Never inside a grapheme cluster, nor in a URL, inline code or a word where that fits in a part; a
code fence that is cut is closed and opened again. The bodies of the parts, joined, are the text.
Grapheme clusters come from the `regex` module's own pattern: it follows each Unicode release, is
maintained, and is compiled; a table of our own would age.
"""

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

import regex

_FENCE = regex.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)$", regex.MULTILINE)
_CLUSTER = regex.compile(r"\X")
_KEPT = regex.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://|www\.)[!-~]+|(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)"
)
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_PLACES = tuple(
    regex.compile(pattern)
    for pattern in (
        r"\n[ \t]*\n+",  # a paragraph
        r"\n",  # a line
        r"[。！？…]+[”’」』）》]*|[.!?]+[\"')\]]*\s+",  # a sentence
        r"[，、；：]|[,;:]\s+",  # a clause
        rf"\s+|(?<={_CJK})(?={_CJK})",  # a word
    )
)
_LEAST = 8  # the smallest limits that leave room for a number, a fence and a character
_LONGEST_INFO = 40
_AHEAD = 16  # a place that goes on behind the limit is none


@dataclass(frozen=True)
class Limits:
    """The most a part may hold, its number and fences included."""

    characters: int
    """Code points."""
    units: int
    """UTF-16 code units, as Android counts."""


@dataclass(frozen=True)
class Part:
    """A piece of the text, with what is put around it where a code fence was cut."""

    body: str
    opened: str = ""
    closed: str = ""

    def shown(self, number: int, count: int) -> str:
        """What is sent: `number` of `count`, from 1."""
        return f"{_head(number, count)}{self.opened}{self.body}{self.closed}"


@dataclass(frozen=True)
class Fence:
    """A code fence: from its first line's start to behind its last line."""

    start: int
    inside: int
    end: int
    first_line: str
    mark: str
    closing: int


def split(text: str, limits: Limits) -> tuple[str, ...]:
    """The texts to send, in order: the text alone where it fits, else numbered parts.

    Raises:
        ValueError: the limits leave no room for a number and a fence beside the text.

    """
    if fits(text, limits):
        return (text,)
    parts = cut(text, limits)
    return tuple(part.shown(number, len(parts)) for number, part in enumerate(parts, start=1))


def fits(text: str, limits: Limits) -> bool:
    """Whether a text needs no cutting."""
    return len(text) <= limits.characters and units(text) <= limits.units


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limits: Limits) -> tuple[Part, ...]:
    """The parts of a text, their bodies joined are the text.

    Raises:
        ValueError: as `split`.

    """
    digits = 1
    while True:
        parts = _Cutter(text, limits, len(_head(10**digits - 1, 10**digits - 1))).parts()
        if len(parts) < 10**digits:
            return parts
        digits += 1


def _head(number: int, count: int) -> str:
    return f"({number}/{count})\n"


class _Cutter:
    """One text being cut, its numbers taking `head` characters in each part."""

    def __init__(self, text: str, limits: Limits, head: int) -> None:
        self._text = text
        self._room = Limits(limits.characters - head, limits.units - head)
        self._clusters = [found.end() for found in _CLUSTER.finditer(text)]
        self._units = [0, *accumulate(1 + (character > "\uffff") for character in text)]
        self._fences = fences(text)
        self._kept = [found.span() for found in _KEPT.finditer(text)]
        self._kept = [span for span in self._kept if not self._fence_at(span[0])]
        if min(self._room.characters, self._room.units) < _LEAST:
            raise ValueError("the limits leave no room for text in a part")

    def parts(self) -> tuple[Part, ...]:
        parts: list[Part] = []
        start = 0
        while start < len(self._text):
            opened = self._opened(start)
            end = self._end(start, opened)
            parts.append(Part(self._text[start:end], opened, self._closed(end)))
            start = end
        return tuple(parts)

    def _fence_at(self, place: int) -> Fence | None:
        """The fence whose code a cut at `place` would divide."""
        return next((f for f in self._fences if f.inside <= place <= f.closing), None)

    def _opened(self, start: int) -> str:
        fence = self._fence_at(start)
        return f"{fence.first_line}\n" if fence is not None and self._fenced(fence) else ""

    def _closed(self, end: int) -> str:
        fence = self._fence_at(end) if end < len(self._text) else None
        if fence is None or not self._fenced(fence):
            return ""
        return fence.mark if self._text[end - 1] == "\n" else f"\n{fence.mark}"

    def _fenced(self, fence: Fence) -> bool:
        """Whether there is room to repeat a fence and still send some of its code."""
        around = len(fence.first_line) + len(fence.mark) + 2
        return around + _LEAST <= min(self._room.characters, self._room.units)

    def _end(self, start: int, opened: str) -> int:
        """Where the part from `start` ends."""
        reach = self._reach(start, self._room, units(opened), len(opened))
        if reach == len(self._text):
            return reach
        low = start + (reach - start) // 2
        for fitting in (lambda end: end > low, lambda end: end > start):
            end = self._best(start, reach, opened, fitting)
            if end is not None:
                return end
        return self._forced(start, reach, opened)

    def _reach(self, start: int, room: Limits, used_units: int, used: int) -> int:
        """The furthest cluster end within the room."""
        most = min(len(self._text), start + room.characters - used)
        most_units = self._units[start] + room.units - used_units
        most = min(most, bisect.bisect_right(self._units, most_units) - 1)
        index = bisect.bisect_right(self._clusters, most) - 1
        return self._clusters[index] if index >= 0 else 0

    def _best(
        self, start: int, reach: int, opened: str, fitting: Callable[[int], bool]
    ) -> int | None:
        """The last place of the best kind before `reach` that may be cut."""
        window = self._text[start : reach + _AHEAD]
        for pattern in _PLACES:
            ends = [start + found.end() for found in pattern.finditer(window)]
            for end in reversed(ends):
                if end <= reach and fitting(end) and self._may(start, end, opened):
                    return end
        return None

    def _may(self, start: int, end: int, opened: str) -> bool:
        if not start < end < len(self._text) or any(a < end < b for a, b in self._kept):
            return False
        if any(f.start < end <= f.inside or f.closing <= end < f.end for f in self._fences):
            return False
        index = bisect.bisect_left(self._clusters, end)
        return self._clusters[index] == end and self._holds(start, end, opened)

    def _holds(self, start: int, end: int, opened: str) -> bool:
        around = len(opened) + len(self._closed(end))  # fences' marks are one unit each
        extra = units(opened) - len(opened)
        return (
            end - start + around <= self._room.characters
            and self._units[end] - self._units[start] + around + extra <= self._room.units
        )

    def _forced(self, start: int, reach: int, opened: str) -> int:
        """No good place: before what is to stay whole, else at the last cluster that fits."""
        whole = [a for a, b in self._kept if start < a < reach < b]
        if whole and self._may(start, whole[0], opened):
            return whole[0]
        index = bisect.bisect_right(self._clusters, reach) - 1
        while index > 0 and self._clusters[index] > start:
            if self._holds(start, self._clusters[index], opened):
                return self._clusters[index]
            index -= 1
        # a single cluster longer than a part: marks without end, not writing
        return self._within_cluster(start, opened)

    def _within_cluster(self, start: int, opened: str) -> int:
        end = start + 1
        while end < len(self._text) and self._holds(start, end + 1, opened):
            end += 1
        return end


def fences(text: str) -> list[Fence]:
    """The code fences of a text; one never closed runs to the end."""
    found: list[Fence] = []
    opening: regex.Match[str] | None = None
    for line in _FENCE.finditer(text):
        mark, info = line["mark"], line["info"]
        if opening is None:
            if len(info) <= _LONGEST_INFO and not (mark[0] == "`" and "`" in info):
                opening = line
        elif (
            mark[0] == opening["mark"][0] and len(mark) >= len(opening["mark"]) and not info.strip()
        ):
            found.append(_fence(opening, line.start(), line.end()))
            opening = None
    if opening is not None and opening.end() < len(text):
        found.append(_fence(opening, len(text), len(text)))
    return found


def _fence(opening: "regex.Match[str]", closing: int, end: int) -> Fence:
    return Fence(
        start=opening.start(),
        inside=opening.end() + 1,
        end=end,
        first_line=opening.group(),
        mark=opening["mark"],
        closing=closing,
    )
