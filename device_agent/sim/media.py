"""The bytes of pictures, videos and files that messages carry, and where WeChat saves them.

What the world gives counts: `base64`, or `path`, a file of the phone. Else bytes are made from the
message's id, the same in every run; a forwarded one's are its `origin`'s.
"""

import base64
import colorsys
import io
import posixpath
import random
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from device_agent.sim.content import label
from device_agent.sim.gallery import SAVED_FILES, SAVED_PICTURES, mime_of

if TYPE_CHECKING:
    from device_agent.sim.shell.files import Files
    from device_agent.sim.world import Message

_MOST = 4 * 1024 * 1024
_SIDES = (360, 480)


def given(files: "Files", content: dict[str, Any]) -> bytes | None:
    """The bytes that the world gives for a content, if it does."""
    if isinstance(content.get("base64"), str):
        return base64.b64decode(content["base64"])
    path = content.get("path")
    return files.read(path) if isinstance(path, str) and path else None


def media_bytes(files: "Files", message: "Message") -> bytes:
    """The bytes of a message's picture, video or file."""
    found = given(files, message.content)
    if found is not None:
        return found
    origin = str(message.content.get("origin") or message.message_id)
    if message.kind == "file":
        size = message.content.get("size")
        wanted = size if isinstance(size, int) and 0 < size <= _MOST else 1024
        line = f"{label(message.content)} {origin}\n".encode()
        return (line * (wanted // len(line) + 1))[:wanted]
    if message.kind == "video":
        return _film(origin)
    return drawn(origin)


@lru_cache(maxsize=64)
def drawn(seed: str) -> bytes:
    """A small landscape as a JPEG, another one for each seed."""
    from PIL import Image, ImageDraw

    chance = random.Random(f"picture/{zlib.crc32(seed.encode())}")
    wide, tall = _SIDES
    hue = chance.choice((0.38, 0.30, 0.45, 0.58, 0.08, 0.95, 0.72))
    sky = [chance.randrange(120, 230) for _ in range(3)]
    image = Image.new("RGB", _SIDES)
    draw = ImageDraw.Draw(image)
    for y in range(tall):
        share = y / tall
        draw.line((0, y, wide, y), fill=tuple(int(one + (250 - one) * share) for one in sky))
    x, y = chance.randrange(60, 300), chance.randrange(50, 160)
    draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill="#FFF1C1")
    for depth in range(4):
        base = tall * (5 + depth) // 9
        ridge = [(step * wide // 8, base + chance.randrange(-46, 46)) for step in range(9)]
        points = [(0, tall), *ridge, (wide, tall)]
        shade = colorsys.hsv_to_rgb(hue, 0.45, 0.68 - depth * 0.15)
        draw.polygon(points, fill=tuple(int(one * 255) for one in shade))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _film(seed: str) -> bytes:
    """An MP4 with a header and a picture where its film would be."""
    header = b"ftypisom\x00\x00\x02\x00isomiso2mp41"
    picture = drawn(seed)
    boxes = ((header[:4], header[4:]), (b"free", b""), (b"mdat", picture))
    return b"".join((len(body) + 8).to_bytes(4, "big") + kind + body for kind, body in boxes)


def save_media(files: "Files", message: "Message", milliseconds: int) -> str:
    """Save a picture or video as WeChat does, under a name made of the time; its path."""
    data = media_bytes(files, message)
    name = str(message.content.get("name") or "")
    ending = posixpath.splitext(name)[1].lower()
    if mime_of(name).partition("/")[0] != message.kind:
        ending = ".mp4" if message.kind == "video" else _image_ending(data)
    files.make_folder(SAVED_PICTURES, parents=True)
    while files.get(f"{SAVED_PICTURES}/mmexport{milliseconds}{ending}") is not None:
        milliseconds += 1
    path = f"{SAVED_PICTURES}/mmexport{milliseconds}{ending}"
    files.write(path, data)
    return path


def _image_ending(data: bytes) -> str:
    if data.startswith(b"\x89PNG"):
        return ".png"
    return ".gif" if data.startswith(b"GIF8") else ".jpg"


def saved_path(message: "Message") -> str:
    """Where a file is saved when it is downloaded."""
    name = label(message.content).replace("/", "_").strip(". ") or "file"
    return f"{SAVED_FILES}/{name}"


def save_file(files: "Files", message: "Message") -> str:
    """Download a file; its path."""
    path = saved_path(message)
    files.make_folder(SAVED_FILES, parents=True)
    files.write(path, media_bytes(files, message))
    return path
