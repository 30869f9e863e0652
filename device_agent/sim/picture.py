"""Renders the screen: the same tree that a dump shows, drawn to look like WeChat at a glance."""

import io
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import Node, Paint, Rect
from device_agent.sim.shapes import SHAPES, tint

# The face for simplified Chinese in the collection's order: JP, KR, SC, TC, HK.
_SIMPLIFIED = 2
_LINE = 24 / 17
_PADDED = frozenset({"own", "other", "field"})
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


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


def png(phone: Phone) -> bytes:
    """The screen as a PNG."""
    out = io.BytesIO()
    _image(phone).save(out, "PNG", compress_level=1)
    return out.getvalue()


def jpeg(phone: Phone, scale: float, quality: int) -> bytes:
    """The screen as a JPEG, scaled."""
    image = _image(phone)
    if 0 < scale < 1:
        image = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=min(95, max(1, quality)))
    return out.getvalue()


def _image(phone: Phone) -> Image.Image:
    size = phone.device.size
    if not phone.stage.awake:
        return Image.new("RGB", size, "black")
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    windows = phone.windows()
    # The active window comes first in a dump; on the screen the status bar lies over the app, the
    # shade over both.
    *rest, bar = windows
    banners = [window for window in rest if window.role == "banner"]
    for window in [*(one for one in reversed(rest) if one not in banners), *banners]:
        if window.paint is not None and window.paint.shape == "dim":
            _dim(image)
        _draw(draw, window)
    stage = phone.stage
    dark = stage.shade or stage.locked or stage.logged_out or not stage.wechat_front
    if dark:
        _whiten(bar)
    _draw(draw, bar)
    return image


def _dim(image: Image.Image) -> None:
    """What lies below a dialog is seen through a grey veil."""
    image.paste(Image.blend(image, Image.new("RGB", image.size, "black"), 0.45))


def _whiten(bar: Node) -> None:
    for node in bar.walk():
        if node.paint is not None:
            node.paint.color = "white"


def _draw(draw: ImageDraw.ImageDraw, node: Node) -> None:
    if node.paint is not None:
        _paint(draw, node, node.paint)
    for child in node.children:
        _draw(draw, child)


def _paint(draw: ImageDraw.ImageDraw, node: Node, paint: Paint) -> None:
    rect = node.rect
    name, _, detail = paint.shape.partition(":")
    if paint.fill:
        radius = paint.radius or (12 if name in {"own", "other", "own-voice", "other-voice"} else 0)
        draw.rounded_rectangle(
            (rect.left, rect.top, rect.right - 1, rect.bottom - 1), radius, paint.fill
        )
    if name == "avatar":
        _avatar(draw, rect, detail)
    elif name.startswith("tab"):
        SHAPES["tab"](draw, rect, name[3:])
    elif name in SHAPES:
        SHAPES[name](draw, rect, detail or paint.fill or "")
    if paint.lines and paint.size:
        _lines(draw, _room(rect, name, paint), paint)


def _room(rect: Rect, name: str, paint: Paint) -> Rect:
    if name in _PADDED:
        return rect.inset(paint.size * 10 // 17, 0)
    if name == "app":
        return Rect(rect.left, rect.bottom - 2 * paint.size, rect.right, rect.bottom)
    return rect


def _avatar(draw: ImageDraw.ImageDraw, rect: Rect, detail: str) -> None:
    key, _, name = detail.partition(":")
    draw.rounded_rectangle(tuple(rect), radius=12, fill=tint(key))
    size = (rect.bottom - rect.top) // 2
    letter = next((char for char in name if char.isalnum()), "·")
    _lines(draw, rect, Paint(color="white", size=size, lines=(letter,), align="center"))


def _lines(draw: ImageDraw.ImageDraw, rect: Rect, paint: Paint) -> None:
    font = _font(paint.size)
    step = paint.size * _LINE
    top = (rect.top + rect.bottom - step * len(paint.lines)) / 2
    for number, line in enumerate(paint.lines):
        wide = sum(_advance(font, piece, paint.size, pictured=p) for piece, p in _pieces(line))
        left: float = rect.left
        if paint.align == "center":
            left = (rect.left + rect.right - wide) / 2
        elif paint.align == "right":
            left = rect.right - wide
        middle = top + step * (number + 0.5)
        if number == 0 and paint.alarm:
            alarm = replace(paint, color="#FA5151", alarm=0)
            _piece(draw, (left, middle), line[: paint.alarm], font, alarm, pictured=False)
            left += font.getlength(line[: paint.alarm])
        rest = line[paint.alarm :] if number == 0 else line
        for piece, pictured in _pieces(rest):
            _piece(draw, (left, middle), piece, font, paint, pictured=pictured)
            left += _advance(font, piece, paint.size, pictured=pictured)


def _pieces(line: str) -> list[tuple[str, bool]]:
    """A line as runs of text and single emoji, which the face does not have."""
    pieces: list[tuple[str, bool]] = []
    for char in line:
        if char in "\u200d\ufe0f":
            continue
        pictured = ord(char) >= 0x1F000
        if pieces and not pictured and not pieces[-1][1]:
            pieces[-1] = (pieces[-1][0] + char, False)
        else:
            pieces.append((char, pictured))
    return pieces


def _advance(font: Font, piece: str, size: int, *, pictured: bool) -> float:
    return float(size) if pictured else float(font.getlength(piece))


def _piece(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    piece: str,
    font: Font,
    paint: Paint,
    *,
    pictured: bool,
) -> None:
    if not pictured:
        draw.text(at, piece, fill=paint.color, font=font, anchor="lm")
        return
    left, middle = at
    half = paint.size * 0.42
    center = left + paint.size / 2
    draw.ellipse((center - half, middle - half, center + half, middle + half), fill="#FFCC4D")
    for shift in (-half / 3, half / 3):
        eye = paint.size / 16
        box = (
            center + shift - eye,
            middle - half / 4 - eye,
            center + shift + eye,
            middle - half / 4 + eye,
        )
        draw.ellipse(box, fill="#664500")
    draw.arc(
        (center - half / 2, middle - half / 2, center + half / 2, middle + half / 2),
        20,
        160,
        fill="#664500",
        width=3,
    )
