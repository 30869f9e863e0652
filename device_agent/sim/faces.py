"""Emoji in the rendered screen: from a colour font of the machine where there is one, else drawn.

The drawn ones are few and plain; they need nothing installed.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

# Where Debian, Fedora, Arch and macOS have colour emoji.
_FONTS = (
    ("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", 109),
    ("/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf", 109),
    ("/usr/share/fonts/noto/NotoColorEmoji.ttf", 109),
    ("/System/Library/Fonts/Apple Color Emoji.ttc", 160),
)
# What joins or tones emoji and has no width of its own.
JOINERS = frozenset("\u200d\ufe0f\u20e3") | {chr(code) for code in range(0x1F3FB, 0x1F400)}
_OLD = frozenset("☺☹❤☀☁☎☕⭐⚡⚠✅✨✌✊✋❌❓❗⏰⌛☔⛄⚽♥")
_FIRST = 0x1F000
_SIDE = 120
_INK, _GOLD, _ROSE = "#5B3A00", "#FFCB4C", "#F0586A"


def is_emoji(char: str) -> bool:
    """Whether a character is drawn as a picture."""
    return ord(char) >= _FIRST or char in _OLD


@lru_cache(maxsize=1)
def _font() -> tuple[ImageFont.FreeTypeFont, int] | None:
    for path, size in _FONTS:
        if Path(path).is_file():
            try:
                return ImageFont.truetype(path, size), size
            except OSError:
                continue
    return None


@lru_cache(maxsize=256)
def emoji(char: str, side: int) -> Image.Image:
    """An emoji as a picture with a transparent ground, `side` pixels wide and high."""
    found = _font()
    image = _lettered(char, *found) if found is not None else None
    return (image or _drawn(char)).resize((side, side), Image.Resampling.LANCZOS)


def _lettered(char: str, font: ImageFont.FreeTypeFont, size: int) -> Image.Image | None:
    left, top, right, bottom = font.getbbox(char)
    if right <= left or bottom <= top:
        return None
    side = int(max(right - left, bottom - top, size))
    image = Image.new("RGBA", (side, side))
    place = ((side - right + left) / 2 - left, (side - bottom + top) / 2 - top)
    ImageDraw.Draw(image).text(place, char, font=font, embedded_color=True)
    return image if image.getbbox() else None


@dataclass(frozen=True, slots=True)
class _Face:
    """A face: how its eyes and its mouth look, its colour, what else is on it."""

    eyes: str = "dots"
    mouth: str = "smile"
    color: str = _GOLD
    extra: str = ""


_FACES = {
    "☺": _Face("arcs", extra="blush"),
    "😀": _Face(mouth="open"),
    "😁": _Face("arcs", "teeth"),
    "😂": _Face("arcs", "open", extra="tears"),
    "🤣": _Face("arcs", "open", extra="tears"),
    "😃": _Face(mouth="open"),
    "😄": _Face("arcs", "open"),
    "😅": _Face("arcs", "open", extra="sweat"),
    "😆": _Face("shut", "open"),
    "😊": _Face("arcs", extra="blush"),
    "😉": _Face("wink"),
    "😍": _Face("hearts", "open"),
    "🥰": _Face("arcs", extra="blush"),
    "😘": _Face("wink", "kiss"),
    "😎": _Face("glasses"),
    "😜": _Face("wink", "tongue"),
    "🙂": _Face(),
    "🙁": _Face(mouth="frown"),
    "☹": _Face(mouth="frown"),
    "😕": _Face(mouth="flat"),
    "😐": _Face(mouth="flat"),
    "😑": _Face("lines", "flat"),
    "🙄": _Face("up", "flat"),
    "😢": _Face(mouth="frown", extra="tear"),
    "😭": _Face("lines", "open", extra="tears"),
    "😡": _Face("angry", "frown", "#F0653E"),
    "😤": _Face("angry", "frown"),
    "😳": _Face("wide", "flat", extra="blush"),
    "😮": _Face("wide", "o"),
    "😱": _Face("wide", "o", "#BFD8F0"),
    "😴": _Face("lines", "o"),
    "😓": _Face("lines", "frown", extra="sweat"),
    "🤐": _Face(mouth="zip"),
    "🥱": _Face("lines", "o"),
    "🤔": _Face("up", "flat"),
    "🤭": _Face("arcs", "kiss", extra="blush"),
}


@lru_cache(maxsize=256)
def _drawn(char: str) -> Image.Image:
    image = Image.new("RGBA", (_SIDE, _SIDE))
    draw = ImageDraw.Draw(image)
    thing = _THINGS.get(char)
    if thing is not None:
        thing(draw)
        return image
    face = _FACES.get(char, _Face())
    draw.ellipse((6, 6, 114, 114), fill=face.color)
    _EYES[face.eyes](draw)
    _MOUTHS[face.mouth](draw)
    _EXTRAS[face.extra](draw)
    return image


def _dots(draw: ImageDraw.ImageDraw) -> None:
    for x in (40, 80):
        draw.ellipse((x - 7, 38, x + 7, 58), fill=_INK)


def _arcs(draw: ImageDraw.ImageDraw) -> None:
    for x in (38, 82):
        draw.arc((x - 13, 38, x + 13, 64), 195, 345, fill=_INK, width=7)


def _shut(draw: ImageDraw.ImageDraw) -> None:
    for x, side in ((38, 1), (82, -1)):
        points = (x - 12 * side, 38, x + 10 * side, 48, x - 12 * side, 58)
        draw.line(points, fill=_INK, width=7, joint="curve")


def _wink(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((33, 38, 47, 58), fill=_INK)
    draw.arc((69, 40, 95, 66), 195, 345, fill=_INK, width=7)


def _heart(draw: ImageDraw.ImageDraw, x: int, y: int, half: int, color: str) -> None:
    for side in (-1, 1):
        middle = x + side * half // 2
        reach = half * 56 // 100
        draw.ellipse((middle - reach, y - half, middle + reach, y + half // 8), fill=color)
    points = ((x - half, y - half // 4), (x + half, y - half // 4), (x, y + half))
    draw.polygon(points, fill=color)


def _hearts(draw: ImageDraw.ImageDraw) -> None:
    for x in (36, 84):
        _heart(draw, x, 48, 19, _ROSE)


def _glasses(draw: ImageDraw.ImageDraw) -> None:
    for x in (36, 84):
        draw.rounded_rectangle((x - 22, 36, x + 22, 62), 10, fill="#20242B")
    draw.line((30, 40, 90, 40), fill="#20242B", width=7)


def _lines(draw: ImageDraw.ImageDraw) -> None:
    for x in (38, 82):
        draw.line((x - 12, 50, x + 12, 50), fill=_INK, width=7)


def _up(draw: ImageDraw.ImageDraw) -> None:
    for x in (40, 80):
        draw.ellipse((x - 13, 34, x + 13, 60), fill="white")
        draw.ellipse((x - 6, 34, x + 6, 46), fill=_INK)


def _wide(draw: ImageDraw.ImageDraw) -> None:
    for x in (40, 80):
        draw.ellipse((x - 13, 34, x + 13, 60), fill="white")
        draw.ellipse((x - 6, 41, x + 6, 53), fill=_INK)


def _angry(draw: ImageDraw.ImageDraw) -> None:
    _dots(draw)
    draw.line((26, 32, 50, 42), fill=_INK, width=7)
    draw.line((94, 32, 70, 42), fill=_INK, width=7)


def _smile(draw: ImageDraw.ImageDraw) -> None:
    draw.arc((32, 40, 88, 92), 20, 160, fill=_INK, width=7)


def _open(draw: ImageDraw.ImageDraw) -> None:
    draw.chord((32, 40, 88, 98), 0, 180, fill=_INK)
    draw.chord((44, 80, 76, 104), 180, 360, fill=_ROSE)


def _teeth(draw: ImageDraw.ImageDraw) -> None:
    draw.chord((32, 40, 88, 98), 0, 180, fill="white", outline=_INK, width=5)
    draw.line((36, 82, 84, 82), fill=_INK, width=4)


def _frown(draw: ImageDraw.ImageDraw) -> None:
    draw.arc((36, 72, 84, 112), 205, 335, fill=_INK, width=7)


def _flat(draw: ImageDraw.ImageDraw) -> None:
    draw.line((40, 82, 80, 82), fill=_INK, width=7)


def _tongue(draw: ImageDraw.ImageDraw) -> None:
    _smile(draw)
    draw.rounded_rectangle((52, 84, 76, 108), 11, fill=_ROSE)


def _kiss(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((52, 74, 68, 92), fill=_INK)


def _round(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((46, 70, 74, 102), fill=_INK)


def _zip(draw: ImageDraw.ImageDraw) -> None:
    draw.line((36, 82, 84, 82), fill=_INK, width=6)
    for x in range(40, 84, 10):
        draw.line((x, 76, x, 88), fill=_INK, width=4)


def _none(draw: ImageDraw.ImageDraw) -> None:
    """Nothing more."""


def _tears(draw: ImageDraw.ImageDraw) -> None:
    for x in (22, 98):
        draw.ellipse((x - 9, 58, x + 9, 86), fill="#5DADEC")


def _tear(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((32, 62, 46, 86), fill="#5DADEC")


def _sweat(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((92, 18, 108, 44), fill="#5DADEC")


def _blush(draw: ImageDraw.ImageDraw) -> None:
    for x in (26, 94):
        draw.ellipse((x - 11, 62, x + 11, 76), fill="#FF9B6B")


_EYES = {
    "dots": _dots,
    "arcs": _arcs,
    "shut": _shut,
    "wink": _wink,
    "hearts": _hearts,
    "glasses": _glasses,
    "lines": _lines,
    "up": _up,
    "wide": _wide,
    "angry": _angry,
}
_MOUTHS = {
    "smile": _smile,
    "open": _open,
    "teeth": _teeth,
    "frown": _frown,
    "flat": _flat,
    "tongue": _tongue,
    "kiss": _kiss,
    "o": _round,
    "zip": _zip,
}
_EXTRAS = {"": _none, "tears": _tears, "tear": _tear, "sweat": _sweat, "blush": _blush}


def _red_heart(draw: ImageDraw.ImageDraw) -> None:
    _heart(draw, 60, 60, 48, "#E0334C")


def _thumb(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((44, 52, 104, 106), 18, fill=_GOLD)
    draw.polygon(((44, 62), (62, 14), (78, 20), (74, 56)), fill=_GOLD)
    draw.rounded_rectangle((16, 56, 38, 106), 6, fill="#4E8FD9")


def _hands(draw: ImageDraw.ImageDraw) -> None:
    for side in (-1, 1):
        points = ((60, 14), (60 + side * 30, 60), (60 + side * 22, 106), (60, 106))
        draw.polygon(points, fill=_GOLD)
    draw.line((60, 18, 60, 106), fill=_INK, width=4)


def _rose(draw: ImageDraw.ImageDraw) -> None:
    draw.line((60, 52, 60, 114), fill="#3E8E41", width=9)
    draw.ellipse((60, 74, 94, 92), fill="#3E8E41")
    draw.ellipse((32, 8, 88, 64), fill="#E0334C")
    draw.arc((44, 20, 76, 52), 0, 270, fill="#A81F36", width=6)


def _fire(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon(((60, 4), (98, 64), (86, 106), (34, 106), (22, 64), (42, 44)), fill="#F4722B")
    draw.ellipse((40, 60, 80, 112), fill="#FFCB4C")


def _star(draw: ImageDraw.ImageDraw) -> None:
    points = []
    for corner in range(10):
        angle = math.pi * corner / 5 - math.pi / 2
        reach = 54 if corner % 2 == 0 else 22
        points.append((60 + reach * math.cos(angle), 64 + reach * math.sin(angle)))
    draw.polygon(points, fill=_GOLD)


def _party(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon(((14, 108), (40, 44), (78, 82)), fill="#FFCB4C")
    for x, y, color in (
        (84, 24, "#E0334C"),
        (102, 52, "#4E8FD9"),
        (64, 18, "#3E8E41"),
        (98, 86, "#9B59B6"),
    ):
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=color)


def _check(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((8, 8, 112, 112), 18, fill="#3FB950")
    draw.line((32, 62, 54, 84, 92, 38), fill="white", width=14, joint="curve")


_THINGS = {
    **dict.fromkeys("❤♥💕💖💗💓", _red_heart),
    **dict.fromkeys("👍👌✌👏💪", _thumb),
    "🙏": _hands,
    "🌹": _rose,
    "🔥": _fire,
    **dict.fromkeys("⭐🌟✨", _star),
    **dict.fromkeys("🎉🎊", _party),
    "✅": _check,
}
