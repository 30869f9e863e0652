"""One row of a chat, from its nodes to what it holds; and its print, by which rows are compared.

Own or other is told by the avatar's side of the middle, kinds by descriptions and child nodes
(reference/phone.md 5.2). A row cut by the edge of the list is `complete = False`: its sender or its
body may be missing, so it neither counts nor aligns.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from device_agent.anatomy import part
from device_agent.cards import media_content, size_told
from device_agent.layout import Layout
from device_agent.nodes import Box, Node, box, desc, first, is_icon, text, walk, with_id
from device_agent.wording import (
    FULL_TEXT,
    UNSUPPORTED,
    avatar_name,
    is_time,
    normal,
    recalled_by,
)
from schemas.content import Content, File, Quote, Recalled, SystemLine, Text, Unknown
from schemas.ledger import Row, Side

_QUOTE = re.compile(r"^(?P<sender>[^：]{1,64})：(?P<text>.*)$", re.DOTALL)
_LEAST_CUT = 100  # characters; WeChat shows more than that of a long text
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class SeenRow:
    """A row of a chat as the screen shows it. `said` is the time line above it, as written; `face`
    the name its avatar tells, own rows' too. `sending`: a spinner turns beside an own bubble.
    `body` is where the bubble is, `size` the bytes that a file's card tells, `more` the 全文 under
    the beginning of a long text: then the content is that beginning. `low`: the row reaches the
    lower edge of the list, which may hide such a 全文. `mark`: the print it is known by, where its
    look and not its words made it known (`likeness`).
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
    body: Box | None = None
    size: int | None = None
    more: Box | None = None
    low: bool = False
    mark: str | None = None

    @property
    def text(self) -> str:
        """The body of a text row or the words of a line; empty for other kinds."""
        return self.content.text if isinstance(self.content, Text | SystemLine) else ""

    @property
    def begun(self) -> bool:
        """Whether this is, or may be, only the beginning of a text."""
        hidden = self.low and len(self.text) >= _LEAST_CUT and self.text.endswith(("…", "..."))
        return self.more is not None or hidden

    @property
    def recalled(self) -> bool:
        """Whether this line stands where a message was taken back."""
        return isinstance(self.content, Recalled)

    @property
    def row(self) -> Row:
        """Its side and print, for alignment and the ledger."""
        own = self.mark or print_of(self.side, self.sender, self.content)
        return Row(side=self.side, print=own)


_PASSING = {"media", "missing", "cut", "status", "transcript"}
"""What an event tells of a row and another look at the row may not."""


def print_of(side: Side, sender: str, content: Content) -> str:
    """The hash of side, sender, kind and text; never of bounds, times or states that change."""
    parts = content.model_dump(mode="json", exclude=_PASSING)
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
        return _line(lines[1:] if said else lines, bounds, said, _full_text(node, layout))
    face = box(avatar)
    own = face.left + face.right > area.left + area.right
    name = avatar_name(desc(avatar)) or ""
    over = part(node, layout, "sender")
    sender = "" if own else (normal(text(over)) if over is not None else name)
    content, body = _content(node, avatar, layout)
    named = own or not group or over is not None
    whole = _whole(face, area) and body is not None and named and _shown(content, box(body), area)
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
        body=box(body) if body is not None else None,
        size=size_told(body) if isinstance(content, File) and body is not None else None,
        more=_full_text(node, layout) if isinstance(content, Text) else None,
        low=bounds.bottom >= area.bottom,
    )


def _line(lines: list[str], bounds: Box, said: str | None, more: Box | None) -> SeenRow | None:
    """A row without an avatar: a centred line, or what an edge left of a message."""
    if not lines:
        nothing = SystemLine(text="")
        return SeenRow("centre", "", nothing, bounds, complete=False, said=said, more=more)
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


def _shown(content: Content, body: Box, area: Box) -> bool:
    """Whether nothing that tells what a bubble holds is cut away: a text node has its whole text,
    the foot of a card says what it is.
    """
    return isinstance(content, Text | Unknown) or body.bottom < area.bottom


def _content(node: Node, avatar: Node, layout: Layout) -> tuple[Content, Node | None]:
    """What a row holds, and the node that shows it; no node where an edge cut it away."""
    body = first(node, layout.id("body"))
    if body is not None:
        words = normal(text(body))
        return (Unknown(seen=words) if words in UNSUPPORTED else Text(text=words)), body
    media = part(node, layout, "media")
    if media is not None:
        return media_content(media, layout), media
    seen = _seen(node, avatar, layout)
    return Unknown(seen=seen), (avatar if seen else None)


def _seen(node: Node, avatar: Node, layout: Layout) -> str:
    over = part(node, layout, "sender")
    words = [
        text(one) or desc(one)
        for one in walk(node)
        if one is not avatar and one is not over and one.get("resource-id") != layout.id("line")
    ]
    return normal(" | ".join(word for word in words if word))


def _red_mark(node: Node, avatar: Node, body: Box) -> bool:
    """A clickable picture left of an own bubble: the failed-send mark (its id is not public)."""
    return any(
        is_icon(one)
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


def _full_text(node: Node, layout: Layout) -> Box | None:
    """The 全文 under a text bubble that shows only the beginning of its text."""
    return next(
        (
            box(one)
            for one in walk(node)
            if one.get("clickable") == "true"
            and text(one) in FULL_TEXT
            and one.get("resource-id") != layout.id("body")
        ),
        None,
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
