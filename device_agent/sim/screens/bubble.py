"""A message as a row of the chat screen: how tall it is, and its nodes."""

from collections.abc import Callable
from dataclasses import dataclass

from device_agent.sim.content import label, recall_line, seconds, summary
from device_agent.sim.lettering import width, wrap
from device_agent.sim.screens.look import GREY, OWN_BUBBLE, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    PROGRESS,
    RELATIVE,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.world import Message

LINES_DP = 36
CARD_DP = (240, 84)
MEDIA_DP = (120, 160)
LINE_KINDS = frozenset({"system", "recalled"})
# Measures in dp: row margin, avatar side, gap to the bubble, bubble padding.
MARGIN, AVATAR, GAP, PAD = 12, 40, 10, 10


@dataclass(frozen=True, slots=True)
class Row:
    """A message with what stands around it: the time line above, the name, the quote, a spinner."""

    message: Message
    time: str = ""
    sender: str = ""
    quote: str = ""
    sending: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A row's height and the size of its bubble, in pixels."""

    height: int
    bubble: tuple[int, int]
    lines: tuple[str, ...] = ()
    quote: tuple[str, ...] = ()


def text_limit(look: Look) -> int:
    """How wide a bubble's text may be, in pixels."""
    return look.width - look.dp(2 * (MARGIN + AVATAR + GAP) + 2 * PAD + 4)


def measure(look: Look, row: Row) -> Measure:
    """How much room a row takes."""
    top = look.dp(LINES_DP) if row.time else 0
    if row.message.kind in LINE_KINDS:
        lines = wrap(line_text(look, row.message), look.sp(13), look.width - look.dp(80))
        return Measure(top + len(lines) * look.sp(20) + look.dp(16), (0, 0), lines)
    size, lines = _bubble_size(look, row.message)
    height = top + look.dp(8) + max(size[1], look.dp(AVATAR)) + look.dp(8)
    if row.sender:
        height += look.sp(18)
    quote: tuple[str, ...] = ()
    if row.quote:
        quote = wrap(row.quote, look.sp(13), text_limit(look))[:2]
        height += len(quote) * look.sp(18) + look.dp(14)
    return Measure(height, size, lines, quote)


def line_text(look: Look, message: Message) -> str:
    """The words of a system line or of a recalled message."""
    return (
        recall_line(message, look.lang)
        if message.kind == "recalled"
        else str(message.content["text"])
    )


def _bubble_size(look: Look, message: Message) -> tuple[tuple[int, int], tuple[str, ...]]:
    kind = message.kind
    pad = look.dp(PAD)
    if kind in {"text", "unknown"}:
        lines = wrap(summary(message, look.lang), look.sp(17), text_limit(look))
        wide = max(width(line, look.sp(17)) for line in lines) + 2 * pad + look.dp(2)
        return (wide, len(lines) * look.sp(24) + 2 * look.dp(8)), lines
    if kind == "voice":
        return (look.dp(80 + min(60, seconds(message.content)) * 2), look.dp(AVATAR)), ()
    if kind in {"image", "video"}:
        return (look.dp(MEDIA_DP[0]), look.dp(MEDIA_DP[1])), ()
    if kind == "sticker":
        return (look.dp(100), look.dp(100)), ()
    return (look.dp(CARD_DP[0]), look.dp(CARD_DP[1])), ()


def row_node(look: Look, row: Row, size: Measure, top: int) -> Node:
    """The row's nodes, laid out from `top` down."""
    rect = Rect(0, top, look.width, top + size.height)
    node = Node(RELATIVE, rect, rid=look.rid("message_row"), role="message_row")
    if row.time:
        node.children.append(_line(look, row.time, (row.time,), top, look.dp(LINES_DP)))
        top += look.dp(LINES_DP)
    if row.message.kind in LINE_KINDS:
        text = line_text(look, row.message)
        tall = len(size.lines) * look.sp(20) + look.dp(16)
        node.children.append(_line(look, text, size.lines, top, tall))
        return node
    node.long_clickable = True
    node.children.append(_said(look, row, size, top + look.dp(8)))
    return node


def _line(look: Look, text: str, lines: tuple[str, ...], top: int, tall: int) -> Node:
    wide = max(width(one, look.sp(13)) for one in lines) + look.dp(8)
    left = (look.width - wide) // 2
    box = Rect(left, top + look.dp(8), left + wide, top + tall - look.dp(8))
    label_ = look.label(box, text, 13, role="line", color="#9C9C9C", align="center", lines=lines)
    return Node(LINEAR, Rect(0, top, look.width, top + tall), children=[nested(1, label_)])


def _said(look: Look, row: Row, size: Measure, top: int) -> Node:
    own = row.message.own
    side, margin = look.dp(AVATAR), look.dp(MARGIN)
    left = look.width - margin - side if own else margin
    face = Rect(left, top, left + side, top + side)
    picture = Node(IMAGE, face, rid=look.rid("avatar"), clickable=True, long_clickable=True)
    name = look.owner if own else row.message.sender
    picture.desc = f"{name}{look.word('avatar')}"
    picture.role = "avatar"
    picture.paint = Paint(shape=f"avatar:{name}:{name}")
    box = Node(RELATIVE, face, rid=look.rid("avatar_box"), children=[picture])
    column = _column(look, row, size, top)
    bottom = max(column.rect.bottom, face.bottom)
    outer = Rect(0, top, look.width, bottom)
    children = [column, box] if own else [box, column]
    inner = Node(LINEAR, outer, rid=look.rid("row_box"), children=children)
    return nested(look.profile.depth - 2, inner)


def _column(look: Look, row: Row, size: Measure, top: int) -> Node:
    own = row.message.own
    edge = look.dp(MARGIN + AVATAR + GAP)
    left = look.width - edge - size.bubble[0] if own else edge
    children = []
    start = top
    if row.sender:
        box = Rect(edge, top, edge + width(row.sender, look.sp(12)) + look.dp(4), top + look.sp(18))
        children.append(
            look.label(box, row.sender, 12, role="sender", color=GREY, lines=(row.sender,))
        )
        top += look.sp(18)
    rect = Rect(left, top, left + size.bubble[0], top + size.bubble[1])
    bubble = _PARTS.get(row.message.kind, _card)(look, row.message, rect, size)
    bubble.long_clickable = True
    around = nested(look.profile.depth - 1, bubble)
    if row.message.failed or row.sending:
        mark = Rect(left - look.dp(34), top + look.dp(9), left - look.dp(12), top + look.dp(31))
        sign = _sending(look, mark) if row.sending else _failed(look, mark)
        around = Node(
            LINEAR, Rect(mark.left, rect.top, rect.right, rect.bottom), children=[sign, around]
        )
    children.append(around)
    bottom = rect.bottom
    if size.quote:
        children.append(_quote(look, row, size, rect.bottom + look.dp(4)))
        bottom = children[-1].rect.bottom
    whole = Rect(0 if own else edge, start, look.width - edge if own else look.width, bottom)
    return Node(LINEAR, whole, children=children)


def _failed(look: Look, mark: Rect) -> Node:
    sign = look.icon(mark, "failed", role="failed", desc=look.word("failed"))
    sign.clickable = True
    return sign


def _sending(look: Look, mark: Rect) -> Node:
    return look.icon(mark, "spinner", role="sending", kind=PROGRESS)


def _quote(look: Look, row: Row, size: Measure, top: int) -> Node:
    edge = look.dp(MARGIN + AVATAR + GAP)
    wide = max(width(line, look.sp(13)) for line in size.quote) + look.dp(16)
    left = look.width - edge - wide if row.message.own else edge
    box = Rect(left, top, left + wide, top + len(size.quote) * look.sp(18) + look.dp(10))
    text = look.label(
        box.inset(look.dp(8), look.dp(5)),
        row.quote,
        13,
        role="quote",
        color="#7F7F7F",
        lines=size.quote,
    )
    return Node(
        LINEAR, box, children=[text], clickable=True, paint=Paint(fill="#E1E1E1", radius=12)
    )


def _text(look: Look, message: Message, rect: Rect, size: Measure) -> Node:
    node = look.label(rect, summary(message, look.lang), 17, role="body", lines=size.lines)
    if node.paint:
        node.paint.fill = OWN_BUBBLE if message.own else WHITE
        node.paint.shape = "own" if message.own else "other"
    node.clickable = True
    return node


def _voice(look: Look, message: Message, rect: Rect, size: Measure) -> Node:
    long = seconds(message.content)
    inner = rect.inset(look.dp(34), look.dp(8))
    align = "right" if message.own else "left"
    text = look.label(inner, f'{long}"', 17, role="voice_length", align=align)
    shape = "own-voice" if message.own else "other-voice"
    fill = OWN_BUBBLE if message.own else WHITE
    return Node(
        FRAME,
        rect,
        desc=f'{look.word("voice_message")}{long}"',
        rid=look.rid("media"),
        children=[text],
        clickable=True,
        role="voice",
        paint=Paint(fill=fill, shape=shape),
    )


def _picture(look: Look, message: Message, rect: Rect, size: Measure) -> Node:
    kind = message.kind
    picture = Node(IMAGE, rect, desc=look.word(kind), role=kind, paint=Paint(shape=f"photo:{kind}"))
    node = Node(FRAME, rect, rid=look.rid("media"), children=[picture], clickable=True, role=kind)
    if kind == "sticker":
        picture.rid = look.rid("sticker")
        picture.paint = Paint(shape="sticker")
    if kind == "video":
        long = seconds(message.content)
        box = Rect(rect.right - look.dp(44), rect.bottom - look.dp(24), rect.right, rect.bottom)
        node.children.append(
            look.label(box, f"{long // 60}:{long % 60:02d}", 12, role="video_length", color=WHITE)
        )
    return node


def _packet(look: Look, message: Message, rect: Rect, size: Measure) -> Node:
    transfer = message.kind == "transfer"
    amount = str(message.content.get("amount") or "")
    title = f"¥{amount.lstrip('¥')}" if transfer and amount else label(message.content)
    status = str(message.content.get("status") or "")
    detail = look.word("transfer" if transfer else "packet")
    left = rect.left + look.dp(56)
    middle = rect.top + look.dp(34)
    children = [
        look.icon(
            Rect(
                rect.left + look.dp(12),
                rect.top + look.dp(10),
                left - look.dp(8),
                middle + look.dp(14),
            ),
            "packet",
        ),
        look.label(
            Rect(left, rect.top + look.dp(12), rect.right, middle),
            title,
            16,
            role="packet_title",
            color=WHITE,
        ),
        look.label(
            Rect(left, middle, rect.right, middle + look.dp(20)),
            status or detail,
            11,
            role="packet_status",
            color=WHITE,
        ),
    ]
    children[1].desc = title
    return Node(
        FRAME,
        rect,
        rid=look.rid("media"),
        children=[nested(1, Node(LINEAR, rect, children=children))],
        clickable=True,
        role=message.kind,
        paint=Paint(fill="#FA9D3B", radius=look.dp(6)),
    )


def _card(look: Look, message: Message, rect: Rect, size: Measure) -> Node:
    title, detail, source = _card_words(look, message)
    left = rect.left + look.dp(12)
    right = rect.right - look.dp(60)
    children = [
        look.label(
            Rect(left, rect.top + look.dp(8), right, rect.top + look.dp(8) + look.sp(22)),
            title,
            16,
            role="card_title",
            lines=wrap(title, look.sp(16), right - left)[:1],
        ),
        look.icon(
            Rect(
                right + look.dp(8),
                rect.top + look.dp(8),
                rect.right - look.dp(12),
                rect.top + look.dp(48),
            ),
            f"card:{message.kind}",
        ),
    ]
    if detail:
        box = Rect(left, rect.top + look.dp(34), right, rect.top + look.dp(56))
        lines = wrap(detail, look.sp(12), right - left)[:1]
        children.append(look.label(box, detail, 12, role="card_detail", color=GREY, lines=lines))
    if source:
        box = Rect(left, rect.bottom - look.dp(22), rect.right, rect.bottom - look.dp(4))
        children.append(look.label(box, source, 11, role="card_source", color=GREY))
    return Node(
        FRAME,
        rect,
        rid=look.rid("media"),
        children=[nested(1, Node(LINEAR, rect, children=children))],
        clickable=True,
        role=message.kind,
        paint=Paint(fill=WHITE, radius=look.dp(6)),
    )


def _card_words(look: Look, message: Message) -> tuple[str, str, str]:
    content = message.content
    kind = message.kind
    if kind == "file":
        size = content.get("size") or (content.get("media") or {}).get("size") or 0
        return label(content), f"{max(1, int(size) // 1024)} KB", ""
    if kind == "link":
        return label(content), "", str(content.get("source") or "")
    if kind == "location":
        return label(content), str(content.get("address") or ""), ""
    if kind == "name_card":
        return label(content), "", look.word("card")
    return label(content), str(content.get("name") or ""), look.word("program")


_Part = Callable[[Look, Message, Rect, Measure], Node]
_PARTS: dict[str, _Part] = {
    "text": _text,
    "unknown": _text,
    "voice": _voice,
    "image": _picture,
    "video": _picture,
    "sticker": _picture,
    "red_packet": _packet,
    "transfer": _packet,
}
