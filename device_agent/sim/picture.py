"""Renders the screen: the same tree that a dump shows, drawn to look like WeChat at a glance."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from device_agent.sim.media import drawn, media_bytes
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import Node, Paint, Rect
from device_agent.sim.shapes import SHAPES, Shape, tint
from device_agent.sim.shapes_cards import CARD_SHAPES
from device_agent.sim.shapes_chat import CHAT_SHAPES, play
from device_agent.sim.shapes_menu import MENU_SHAPES
from device_agent.sim.shapes_people import PEOPLE_SHAPES, mosaic
from device_agent.sim.typesetting import set_lines
from device_agent.sim.windows import unseen

_BUBBLES = frozenset({"own", "other", "own-voice", "other-voice"})
# Of 255; a dialog's veil over WeChat's grey is lighter.
_DARK = 100
_PADDED = frozenset({"own", "other", "inner", "field", "field+"})
_PICTURES = frozenset({"photo", "file", "whole"})
_CLIPPED = frozenset({"map", "cover"})
_SHAPES = {**SHAPES, **CARD_SHAPES, **CHAT_SHAPES, **MENU_SHAPES, **PEOPLE_SHAPES}


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
    if _dark(image, phone.look.top):
        _whiten(bar)
    _draw(canvas, bar)
    return image


def _dark(image: Image.Image, top: int) -> bool:
    """Whether the status bar stands over something dark."""
    light = image.crop((0, 0, image.width, top)).convert("L").resize((1, 1), Image.Resampling.BOX)
    return bool(light.tobytes()[0] < _DARK)


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
            if node.paint.shape in {"battery", "wifi", "mobile"}:
                node.paint.shape += ":white"


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
    if name in {"avatar", "mosaic"}:
        _face(canvas, rect, name, detail)
    elif name in _PICTURES:
        canvas.show(rect, detail, whole=name == "whole", radius=12 if name == "photo" else 0)
    elif name.startswith("tab"):
        SHAPES["tab"](draw, rect, name[3:])
    elif name in _CLIPPED:
        canvas.inside(rect, _SHAPES[name])
    elif name in _SHAPES:
        _SHAPES[name](draw, rect, detail or paint.fill or "")
    if paint.lines and paint.size:
        set_lines(canvas.image, _room(rect, name, paint), paint)


def _room(rect: Rect, name: str, paint: Paint) -> Rect:
    if name in _PADDED:
        return rect.inset(paint.size * 10 // 17, 0)
    if name == "app":
        return Rect(rect.left, rect.bottom - 2 * paint.size, rect.right, rect.bottom)
    return rect


def _face(canvas: _Canvas, rect: Rect, name: str, detail: str) -> None:
    if name == "mosaic":
        mosaic(canvas.draw, rect, detail, partial(set_lines, canvas.image))
        return
    key, _, shown = detail.partition(":")
    canvas.draw.rounded_rectangle(tuple(rect), radius=12, fill=tint(key))
    size = (rect.bottom - rect.top) // 2
    letter = next((char for char in shown if char.isalnum() or char == "@"), "·")
    set_lines(canvas.image, rect, Paint(color="white", size=size, lines=(letter,), align="center"))
