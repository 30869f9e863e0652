"""What a bubble that is no text holds: voice, pictures, stickers, money, files, links, places.

Kinds are told by descriptions, child nodes and geometry (reference/phone.md 5.2), words in zh_CN
and en; no id beyond the layout's is needed.
"""

import re

from device_agent.anatomy import part
from device_agent.layout import Layout
from device_agent.nodes import Box, Node, box, desc, text, walk
from device_agent.wording import (
    MINI_PROGRAM,
    NAME_CARD,
    PICTURE,
    RED_PACKET,
    TRANSFER,
    normal,
)
from schemas.content import (
    Content,
    File,
    Image,
    Link,
    Location,
    MiniProgram,
    NameCard,
    RedPacket,
    Sticker,
    Transfer,
    Unknown,
    Video,
    Voice,
)

_SECONDS = re.compile(r"(\d+)\s*(?:\"|″|''|秒)")
_LENGTH = re.compile(r"^(\d+):(\d{2})$")
_SIZE = re.compile(r"^(?P<number>\d+(?:\.\d+)?)\s?(?P<unit>[KMG]?)B?$", re.IGNORECASE)
_SCALE = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_MONEY = ("¥", "￥")


def media_content(media: Node, layout: Layout) -> Content:
    """The content of a bubble, its node being `media`."""
    described = " ".join(desc(one) for one in walk(media) if desc(one))
    words = [normal(text(one)) for one in walk(media) if text(one)]
    if "语音" in described or "Audio" in described:
        return Voice(seconds=_seconds(" ".join([described, *words])))
    if part(media, layout, "sticker") is not None:
        return Sticker()
    length = part(media, layout, "video_length")
    if length is not None or "视频" in described or "Video" in described:
        return Video(seconds=_clock(text(length)) if length is not None else None)
    if part(media, layout, "packet_title") is not None:
        return _packet(media, layout)
    if not words and any(word in described for word in PICTURE):
        return Image()
    return _card(media, words, described)


def size_told(media: Node) -> int | None:
    """The bytes that a file's card tells, rounded as WeChat rounds them; None: none."""
    sizes = [found for one in list(walk(media)) if (found := _bytes(text(one))) is not None]
    return sizes[-1] if sizes else None


def _bytes(words: str) -> int | None:
    found = _SIZE.match(words.strip())
    if found is None or not words.strip()[-1].isalpha():
        return None
    return round(float(found["number"]) * _SCALE[found["unit"].upper()])


def _seconds(words: str) -> int | None:
    found = _SECONDS.search(words)
    return int(found.group(1)) if found else None


def _clock(words: str) -> int | None:
    found = _LENGTH.match(words)
    return int(found.group(1)) * 60 + int(found.group(2)) if found else None


def _packet(media: Node, layout: Layout) -> Content:
    """A red packet or a transfer: the line at its foot is its label until it has a status."""
    title = part(media, layout, "packet_title")
    foot = part(media, layout, "packet_status")
    words = normal(text(title)) if title is not None else ""
    said = normal(text(foot)) if foot is not None else ""
    if said in TRANSFER or (said not in RED_PACKET and words.startswith(_MONEY)):
        others = [one for one in walk(media) if text(one) and one is not title and one is not foot]
        note = normal(text(others[0])) if others else None
        return Transfer(
            amount=words or None, note=note, status=said if said not in TRANSFER else None
        )
    return RedPacket(greeting=words, status=said if said and said not in RED_PACKET else None)


def _card(media: Node, words: list[str], described: str) -> Content:
    """A card: a file shows its size, a person or mini program its label, a place its map; the rest
    is a link.
    """
    if not words:
        return Unknown(seen=described)
    title, rest = words[0], words[1:]
    if any(word in NAME_CARD for word in rest):
        return NameCard(name=title)
    if any(word in MINI_PROGRAM for word in rest):
        return MiniProgram(title=title, name=next((w for w in rest if w not in MINI_PROGRAM), None))
    if any(_bytes(word) is not None for word in rest):
        return File(name=title)
    if any(word in described for word in ("位置", "Location")) or _has_map(media):
        return Location(label=title, address=rest[0] if rest else None)
    return Link(title=title, source=rest[0] if rest else None)


def _has_map(media: Node) -> bool:
    """Whether a picture fills the card's whole width below its words: a place's map does."""
    whole = box(media)
    low = min((box(one).bottom for one in walk(media) if text(one)), default=whole.bottom)
    return any(
        one.get("class") == "android.widget.ImageView" and _fills(box(one), whole, low)
        for one in walk(media)
    )


def _fills(picture: Box, card: Box, low: int) -> bool:
    wide = picture.width >= card.width * 95 // 100
    return wide and picture.top >= low - 2 and picture.height > card.height // 4
