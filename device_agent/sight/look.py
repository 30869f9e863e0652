"""One look at a picture of WeChat, told part by part, and drawn: what the agent would believe."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFont

from device_agent.nodes import Box
from device_agent.reading import words_of
from device_agent.screen import ChatScreen, ListScreen
from device_agent.sight.chat_page import SightedChat, sighted_chat
from device_agent.sight.list_page import SightedList, sighted_list
from device_agent.sight.pixels import decoded
from device_agent.sight.recognizer import Recognizer

_COLOURS: Final = {
    "area": (120, 120, 120),
    "row": (0, 110, 230),
    "own": (0, 150, 60),
    "other": (200, 90, 0),
    "centre": (120, 0, 160),
    "field": (0, 150, 150),
    "send": (220, 0, 60),
}


@dataclass(frozen=True)
class Part:
    """A part of a page: what it is, where, what it says, and how sure that is, from 0 to 1."""

    name: str
    bounds: Box
    words: str = ""
    sure: float | None = None


@dataclass(frozen=True)
class Look:
    """A page: the conversation list, an open chat (`title`), or something else."""

    page: Literal["list", "chat", "other"]
    title: str = ""
    parts: tuple[Part, ...] = ()


def look(picture: bytes, recognizer: Recognizer) -> Look:
    """What a screenshot shows.

    Raises:
        OSError: it is no picture.

    """
    pixels = decoded(picture)
    listing = sighted_list(pixels, recognizer)
    if listing is not None:
        return _list(listing)
    chat = sighted_chat(pixels, recognizer)
    return Look("other") if chat is None else _chat(chat)


def _list(seen: SightedList) -> Look:
    screen: ListScreen = seen.screen
    parts = [Part("area", screen.area)]
    for row, sure in zip(screen.rows, seen.sure, strict=True):
        unread = f" ({row.unread})" if row.unread else ""
        words = f"{row.title}{unread} · {row.preview} · {row.time}"
        parts.append(Part("row", row.bounds, words, sure))
    return Look("list", parts=tuple(parts))


def _chat(seen: SightedChat) -> Look:
    screen: ChatScreen = seen.screen
    parts = [Part("area", screen.area)]
    for row, sure in zip(screen.rows, seen.rows_sure, strict=True):
        told = words_of(row.content) or f"[{row.content.kind}]"
        words = f"{row.sender}: {told}" if row.sender else told
        parts.append(Part(row.side, row.body or row.bounds, words, sure))
    if screen.field_bounds is not None:
        parts.append(Part("field", screen.field_bounds, screen.field_text))
    if screen.send_bounds is not None:
        parts.append(Part("send", screen.send_bounds))
    count = "" if screen.member_count is None else f" ({screen.member_count})"
    return Look("chat", f"{screen.title or ''}{count}", tuple(parts))


def drawn(picture: bytes, seen: Look) -> bytes:
    """The screenshot with each part framed and numbered, as PNG."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    pen = ImageDraw.Draw(image)
    wide = max(image.width // 270, 2)
    font = ImageFont.load_default(size=image.width // 30)
    for number, one in enumerate(seen.parts, start=1):
        colour, box = _COLOURS[one.name], one.bounds
        pen.rectangle(
            (box.left, box.top, box.right - 1, box.bottom - 1), outline=colour, width=wide
        )
        label = str(number)
        left, top, right, bottom = pen.textbbox(
            (box.left + 2 * wide, box.top + wide), label, font=font
        )
        pen.rectangle((left - wide, top - wide, right + wide, bottom + wide), fill=colour)
        pen.text((box.left + 2 * wide, box.top + wide), label, fill=(255, 255, 255), font=font)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
