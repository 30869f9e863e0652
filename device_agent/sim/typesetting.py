"""Sets lines of text with emoji into the rendered screen."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from device_agent.sim.faces import JOINERS, emoji, is_emoji
from device_agent.sim.screens.node import Paint, Rect

# The face for simplified Chinese in the collection's order: JP, KR, SC, TC, HK.
_SIMPLIFIED = 2
_LINE = 24 / 17
_JOINER = "\u200d"
# The letters of which flags are made.
_FLAGS = range(0x1F1E6, 0x1F200)
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class _Piece(NamedTuple):
    """A run of text, or one emoji, which the face does not have."""

    text: str
    pictured: bool = False

    def width(self, font: Font, size: int) -> float:
        """How far it advances, in pixels."""
        return float(size) if self.pictured else float(font.getlength(self.text))


@lru_cache(maxsize=1)
def _font_file() -> Path | None:
    found = find_spec("noto_cjk_sans_otc")
    places = found.submodule_search_locations if found else None
    files = [path for place in places or () for path in Path(place).glob("*.ttc")]
    return files[0] if files else None


@lru_cache(maxsize=16)
def _font(size: int) -> Font:
    """The CJK face where its package is installed, else Pillow's own, which has no Chinese."""
    file = _font_file()
    if file is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(file), size, index=_SIMPLIFIED)


def set_lines(image: Image.Image, rect: Rect, paint: Paint) -> None:
    """Draw the lines of a paint into a box, in its middle from top to bottom."""
    font = _font(paint.size)
    step = paint.size * _LINE
    top = (rect.top + rect.bottom - step * len(paint.lines)) / 2
    for number, line in enumerate(paint.lines):
        wide = sum(piece.width(font, paint.size) for piece in _pieces(line))
        left: float = rect.left
        if paint.align == "center":
            left = (rect.left + rect.right - wide) / 2
        elif paint.align == "right":
            left = rect.right - wide
        middle = top + step * (number + 0.5)
        alarm = line[: paint.alarm] if number == 0 else ""
        if alarm:
            red = replace(paint, color="#FA5151", alarm=0)
            left = _set(image, (left, middle), alarm, font, red)
        for run, marked in _runs(line[len(alarm) :], paint.mark):
            color = "#07C160" if marked else paint.color
            left = _set(image, (left, middle), run, font, replace(paint, color=color))


def _runs(text: str, mark: str) -> Iterator[tuple[str, bool]]:
    """A text as runs with and without what is marked in it, in capitals or not."""
    start, plain, wanted = 0, text.lower(), mark.lower()
    while wanted and len(plain) == len(text) and (at := plain.find(wanted, start)) >= 0:
        yield text[start:at], False
        start = at + len(wanted)
        yield text[at:start], True
    yield text[start:], False


def _set(image: Image.Image, at: tuple[float, float], text: str, font: Font, paint: Paint) -> float:
    """Draw one run; where the next begins."""
    left, middle = at
    draw = ImageDraw.Draw(image)
    for piece in _pieces(text):
        if piece.pictured:
            side = max(1, round(paint.size * 1.08))
            picture = emoji(piece.text, side)
            place = (round(left + (paint.size - side) / 2), round(middle - side / 2))
            image.paste(picture, place, picture)
        else:
            draw.text((left, middle), piece.text, fill=paint.color, font=font, anchor="lm")
        left += piece.width(font, paint.size)
    return left


def _pieces(line: str) -> Iterator[_Piece]:
    run, joined = "", False
    for char in line:
        if char in JOINERS:
            joined = char == _JOINER
            continue
        if ord(char) in _FLAGS or not is_emoji(char):
            run += _letter(char)
        elif not joined:
            if run:
                yield _Piece(run)
            run = ""
            yield _Piece(char, pictured=True)
        joined = False
    if run:
        yield _Piece(run)


def _letter(char: str) -> str:
    """A character as the face sets it: the shaper stumbles over some of those that no face has."""
    if ord(char) in _FLAGS:
        return chr(ord(char) - _FLAGS.start + ord("A"))
    if char.isprintable():
        return char
    return " " if char.isspace() else ""
