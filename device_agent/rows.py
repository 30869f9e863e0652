"""One row of a chat, from its nodes to what it holds; and its print, by which rows are compared.

Own or other is told by the avatar's side of the middle, kinds by descriptions and child nodes
(reference/phone.md 5.2). A row cut by the edge of the list is `complete = False`: its sender or its
body may be missing, so it neither counts nor aligns.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from device_agent.layout import Layout
from device_agent.nodes import Box, Node, box, desc, first, text, walk, with_id
from device_agent.wording import avatar_name, is_time, normal, recalled_by
from schemas.content import (
    Content,
    File,
    Image,
    Link,
    Location,
    MiniProgram,
    NameCard,
    Quote,
    Recalled,
    RedPacket,
    Sticker,
    SystemLine,
    Text,
    Transfer,
    Unknown,
    Video,
    Voice,
)
from schemas.ledger import Row, Side

_SECONDS = re.compile(r"(\d+)\s*(?:\"|″|''|秒)")
_LENGTH = re.compile(r"^(\d+):(\d{2})$")
_SIZE = re.compile(r"^[\d.]+\s?[KMG]?B$")
_QUOTE = re.compile(r"^(?P<sender>[^：]{1,64})：(?P<text>.*)$", re.DOTALL)
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class SeenRow:
    """A row of a chat as the screen shows it. `said` is the time line above it, as written; `face`
    the name its avatar tells, own rows' too. `sending`: a spinner turns beside an own bubble.
    """

    side: Side
    sender: str
    content: Content
    bounds: Box
    complete: bool = True
    failed: bool = False
    sending: bool = False
    quote: Quote | None = None
    said: str | None = None
    face: str = ""

    @property
    def text(self) -> str:
        """The body of a text row or the words of a line; empty for other kinds."""
        return self.content.text if isinstance(self.content, Text | SystemLine) else ""

    @property
    def recalled(self) -> bool:
        """Whether this line stands where a message was taken back."""
        return isinstance(self.content, Recalled)

    @property
    def row(self) -> Row:
        """Its side and print, for alignment and the ledger."""
        return Row(side=self.side, print=print_of(self.side, self.sender, self.content))


def print_of(side: Side, sender: str, content: Content) -> str:
    """The hash of side, sender, kind and text; never of bounds, times or states that change."""
    parts = content.model_dump(mode="json", exclude={"media", "status", "transcript"})
    words = [normal(str(value)) for name, value in sorted(parts.items()) if value is not None]
    whole = _SEPARATOR.join([side, sender if side == "other" else "", *words])
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def read_rows(messages: Node, layout: Layout, *, group: bool) -> list[SeenRow]:
    """The rows of a chat's list, oldest first."""
    area = box(messages)
    found = (
        _read(node, area, layout, group=group)
        for node in with_id(messages, layout.id("message_row"))
    )
    rows: list[SeenRow] = []
    for row in found:
        if row is None:
            continue
        above = rows[-1] if rows else None
        if above is not None and not above.complete and row.said is None:
            row = replace(row, said=above.said)  # noqa: PLW2901  # a line of its own, or of a cut row
        rows.append(row)
    return rows


def _read(node: Node, area: Box, layout: Layout, *, group: bool) -> SeenRow | None:
    bounds = box(node)
    lines = [normal(text(one)) for one in with_id(node, layout.id("line")) if text(one)]
    said = lines[0] if lines and is_time(lines[0]) else None
    avatar = _avatar(node)
    if avatar is None:
        return _line(lines[1:] if said else lines, bounds, said)
    face = box(avatar)
    own = face.left + face.right > area.left + area.right
    name = avatar_name(desc(avatar)) or ""
    over = first(node, layout.id("sender"))
    sender = "" if own else (normal(text(over)) if over is not None else name)
    content, body = _content(node, avatar, layout)
    whole = _whole(face, area) and body is not None and (own or not group or over is not None)
    return SeenRow(
        side="own" if own else "other",
        sender=sender if group else "",
        content=content,
        bounds=bounds,
        complete=whole,
        failed=own and body is not None and _red_mark(node, avatar, box(body)),
        sending=own and body is not None and _spinner(node, box(body)),
        quote=_quote(node, body, layout),
        said=said,
        face=normal(name),
    )


def _line(lines: list[str], bounds: Box, said: str | None) -> SeenRow | None:
    """A row without an avatar: a centred line, or what an edge left of a message."""
    if not lines:
        nothing = SystemLine(text="")
        return SeenRow("centre", "", nothing, bounds, complete=False, said=said)
    words = "\n".join(lines)
    taken, by = recalled_by(words)
    content: Content = Recalled(by=by) if taken else SystemLine(text=words)
    return SeenRow("centre", "", content, bounds, said=said)


def _avatar(node: Node) -> Node | None:
    return next(
        (
            one
            for one in walk(node)
            if one.get("class") == "android.widget.ImageView" and avatar_name(desc(one)) is not None
        ),
        None,
    )


def _whole(face: Box, area: Box) -> bool:
    """Whether the avatar, which starts as high as the bubble and the name, is not cut."""
    return abs(face.width - face.height) <= 2 and face.top >= area.top  # rounding


def _content(node: Node, avatar: Node, layout: Layout) -> tuple[Content, Node | None]:
    """What a row holds, and the node that shows it; no node where an edge cut it away."""
    body = first(node, layout.id("body"))
    if body is not None:
        return Text(text=normal(text(body))), body
    media = first(node, layout.id("media"))
    if media is not None:
        return _media(media, layout), media
    seen = _seen(node, avatar, layout)
    return Unknown(seen=seen), (avatar if seen else None)


def _seen(node: Node, avatar: Node, layout: Layout) -> str:
    passed = {layout.id("sender"), layout.id("line")}
    words = [
        text(one) or desc(one)
        for one in walk(node)
        if one is not avatar and one.get("resource-id") not in passed
    ]
    return normal(" | ".join(word for word in words if word))


def _media(media: Node, layout: Layout) -> Content:
    described = " ".join(desc(one) for one in walk(media) if desc(one))
    words = [normal(text(one)) for one in walk(media) if text(one)]
    if "语音" in described or "Audio" in described:
        return Voice(seconds=_seconds(" ".join([described, *words])))
    if first(media, layout.id("sticker")) is not None:
        return Sticker()
    length = first(media, layout.id("video_length"))
    if length is not None or "视频" in described or "Video" in described:
        return Video(seconds=_clock(text(length)) if length is not None else None)
    if first(media, layout.id("packet_title")) is not None:
        return _packet(media, layout)
    if any(word in described for word in ("图片", "Photo", "Image")):
        return Image()
    return _card(words, described)


def _seconds(words: str) -> int | None:
    found = _SECONDS.search(words)
    return int(found.group(1)) if found else None


def _clock(words: str) -> int | None:
    found = _LENGTH.match(words)
    return int(found.group(1)) * 60 + int(found.group(2)) if found else None


def _packet(media: Node, layout: Layout) -> Content:
    title = first(media, layout.id("packet_title"))
    status = first(media, layout.id("packet_status"))
    words = normal(text(title)) if title is not None else ""
    said = normal(text(status)) if status is not None else ""
    if words.startswith(("¥", "￥")) or "转账" in said or said == "Transfer":
        return Transfer(amount=words or None, status=said or None)
    return RedPacket(greeting=words, status=said or None)


_LABELS = {
    "个人名片": "card", "Contact Card": "card", "小程序": "program", "Mini Program": "program",
}  # fmt: skip


def _card(words: list[str], described: str) -> Content:
    """A card: a file shows its size, a person or mini program its label; the rest is a link."""
    if not words:
        return Unknown(seen=described)
    title, rest = words[0], words[1:]
    label = next((_LABELS[word] for word in rest if word in _LABELS), None)
    if label == "card":
        return NameCard(name=title)
    if label == "program":
        name = next((word for word in rest if word not in _LABELS), None)
        return MiniProgram(title=title, name=name)
    if any(_SIZE.match(word) for word in rest):
        return File(name=title)
    if any(word in described for word in ("位置", "Location")):
        return Location(label=title, address=rest[0] if rest else None)
    return Link(title=title, source=rest[0] if rest else None)


def _red_mark(node: Node, avatar: Node, body: Box) -> bool:
    """A clickable picture left of an own bubble: the failed-send mark (its id is not public)."""
    return any(
        one.get("class") == "android.widget.ImageView"
        and one is not avatar
        and one.get("clickable") == "true"
        and box(one).right <= body.left
        for one in walk(node)
    )


def _spinner(node: Node, body: Box) -> bool:
    """A turning wheel left of an own bubble: it has not left the phone."""
    return any(
        one.get("class") == "android.widget.ProgressBar" and box(one).right <= body.left
        for one in walk(node)
    )


def _quote(node: Node, body: Node | None, layout: Layout) -> Quote | None:
    """The line under a text bubble, `sender：text`, that says what it answers."""
    if body is None or body.get("resource-id") != layout.id("body"):
        return None
    low = box(body).bottom
    for one in walk(node):
        if one.get("class") == "android.widget.TextView" and box(one).top >= low and text(one):
            found = _QUOTE.match(normal(text(one)))
            if found:
                return Quote(text=found.group("text"), sender=found.group("sender"))
    return None
