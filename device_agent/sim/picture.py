"""Renders the screen: the same tree that a dump shows, drawn to look like WeChat at a glance."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from device_agent.sim.media import drawn, media_bytes
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import Node, Paint, Rect
from device_agent.sim.shapes import SHAPES, Shape, tint
from device_agent.sim.shapes_cards import CARD_SHAPES
from device_agent.sim.shapes_chat import CHAT_SHAPES, play
from device_agent.sim.windows import unseen

# The face for simplified Chinese in the collection's order: JP, KR, SC, TC, HK.
_SIMPLIFIED = 2
_LINE = 24 / 17
_BUBBLES = frozenset({"own", "other", "own-voice", "other-voice"})
# Pages below whose status bar all is dark.
_DARK_PAGES = frozenset({"album", "preview", "viewer"})
_PADDED = frozenset({"own", "other", "inner", "field", "field+"})
_PICTURES = frozenset({"photo", "file", "whole"})
_CLIPPED = frozenset({"map", "cover"})
_SHAPES = {**SHAPES, **CARD_SHAPES, **CHAT_SHAPES}
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
    below = [one for one in reversed(rest) if one not in banners]
    canvas = _Canvas(image, draw, lambda reference: _bytes_of(phone, reference))
    for window in [*below, *banners, *unseen(phone.scene)]:
        if window.paint is not None and window.paint.shape == "dim":
            _dim(image)
        _draw(canvas, window)
        paint = window.paint
        if paint is not None and paint.fill and not paint.shape and window.rect[2:] == size:
            # What is scrolled up does not show behind the clock.
            draw.rectangle((0, 0, size[0], phone.look.top - 1), paint.fill)
    if _dark(phone):
        _whiten(bar)
    _draw(canvas, bar)
    return image


def _dark(phone: Phone) -> bool:
    """Whether the status bar stands over something dark."""
    stage = phone.stage
    page = stage.page.name if stage.page is not None else ""
    return (
        stage.shade
        or stage.locked
        or stage.logged_out
        or not stage.wechat_front
        or page in _DARK_PAGES
        or any(one.name == "incoming_call" for one in stage.overlays)
    )


def _bytes_of(phone: Phone, reference: str) -> bytes | None:
    """The bytes of a picture: of a file by its path, or of a message by its id."""
    if reference.startswith("/"):
        return phone.files.read(reference)
    message = phone.world.messages.get(reference)
    return media_bytes(phone.files, message) if message is not None else None


@lru_cache(maxsize=32)
def _picture(
    data: bytes | None, reference: str, size: tuple[int, int], *, whole: bool
) -> Image.Image:
    """A picture scaled to fill a box, or to stand whole in it; a drawn one where it has none."""
    try:
        found = Image.open(io.BytesIO(data or b""))
        image = ImageOps.exif_transpose(found).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError):
        image = Image.open(io.BytesIO(drawn(reference))).convert("RGB")
    if whole:
        return ImageOps.contain(image, size)
    return ImageOps.fit(image, size)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What is drawn on; `bytes_of` gives a picture's bytes by its reference."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    bytes_of: Callable[[str], bytes | None]

    def inside(self, rect: Rect, shape: Shape) -> None:
        """A drawing of which nothing shows outside its box."""
        tile = self.image.crop((rect.left, rect.top, rect.right, rect.bottom))
        shape(ImageDraw.Draw(tile), Rect(0, 0, tile.width, tile.height), "")
        self.image.paste(tile, (rect.left, rect.top))

    def show(self, rect: Rect, detail: str, *, whole: bool, radius: int) -> None:
        """A picture (`kind:reference`) in a box."""
        kind, _, reference = detail.partition(":")
        size = (max(1, rect.right - rect.left), max(1, rect.bottom - rect.top))
        picture = _picture(self.bytes_of(reference), reference, size, whole=whole)
        left = rect.left + (size[0] - picture.width) // 2
        top = rect.top + (size[1] - picture.height) // 2
        mask = None
        if radius:
            mask = Image.new("L", picture.size, 0)
            edge = (0, 0, picture.width - 1, picture.height - 1)
            ImageDraw.Draw(mask).rounded_rectangle(edge, radius, 255)
        self.image.paste(picture, (left, top), mask)
        if kind == "video":
            play(self.draw, rect)


def _dim(image: Image.Image) -> None:
    """What lies below a dialog is seen through a grey veil."""
    image.paste(Image.blend(image, Image.new("RGB", image.size, "black"), 0.45))


def _whiten(bar: Node) -> None:
    for node in bar.walk():
        if node.paint is not None:
            node.paint.color = "white"
            if node.paint.shape == "battery":
                node.paint.shape = "battery:white"


def _draw(canvas: _Canvas, node: Node) -> None:
    if node.paint is not None:
        _paint(canvas, node, node.paint)
    for child in node.children:
        _draw(canvas, child)


def _paint(canvas: _Canvas, node: Node, paint: Paint) -> None:
    rect, draw = node.rect, canvas.draw
    name, _, detail = paint.shape.partition(":")
    if paint.fill:
        radius = paint.radius or (12 if name in _BUBBLES else 0)
        draw.rounded_rectangle(
            (rect.left, rect.top, rect.right - 1, rect.bottom - 1), radius, paint.fill
        )
    if name == "avatar":
        _avatar(draw, rect, detail)
    elif name in _PICTURES:
        canvas.show(rect, detail, whole=name == "whole", radius=12 if name == "photo" else 0)
    elif name.startswith("tab"):
        SHAPES["tab"](draw, rect, name[3:])
    elif name in _CLIPPED:
        canvas.inside(rect, _SHAPES[name])
    elif name in _SHAPES:
        _SHAPES[name](draw, rect, detail or paint.fill or "")
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
    letter = next((char for char in name if char.isalnum() or char == "@"), "·")
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
