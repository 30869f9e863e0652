"""A message as a row of the chat screen: how tall it is, and its nodes."""

from dataclasses import dataclass

from device_agent.sim.content import recall_line
from device_agent.sim.lettering import shorten, width, wrap
from device_agent.sim.screens.look import GREY, WHITE, Look
from device_agent.sim.screens.node import (
    IMAGE,
    LINEAR,
    PROGRESS,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.parts import (
    avatar_margin,
    avatar_side,
    bubble_edge,
    content_node,
    content_size,
    text_limit,
)
from device_agent.sim.world import Message

LINES_DP = 36
LINE_KINDS = frozenset({"system", "recalled"})


@dataclass(frozen=True, slots=True)
class Row:
    """A message with what stands around it: the time line above, the sender's name, the quote, the
    words of a voice message, a spinner. `face` is the name that the avatar says; empty while it is
    not loaded, `key` what decides its colour, `card` whose card a tap on it opens.
    """

    message: Message
    time: str = ""
    sender: str = ""
    quote: str = ""
    sending: bool = False
    words: str = ""
    face: str = ""
    key: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A row's height and the size of its bubble, in pixels."""

    height: int
    bubble: tuple[int, int]
    lines: tuple[str, ...] = ()
    quote: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def measure(look: Look, row: Row) -> Measure:
    """How much room a row takes."""
    top = look.dp(LINES_DP) if row.time else 0
    if row.message.kind in LINE_KINDS:
        lines = wrap(line_text(look, row), look.sp(13), look.width - look.dp(80))
        return Measure(top + len(lines) * look.sp(20) + look.dp(16), (0, 0), lines)
    size, lines = content_size(look, row.message)
    height = top + look.dp(8) + max(size[1], avatar_side(look)) + look.dp(8)
    if row.sender:
        height += look.sp(18)
    quote: tuple[str, ...] = ()
    if row.quote:
        quote = wrap(row.quote, look.sp(13), text_limit(look))[:2]
        height += len(quote) * look.sp(18) + look.dp(14)
    words: tuple[str, ...] = ()
    if row.words:
        words = wrap(row.words, look.sp(16), text_limit(look))
        height += len(words) * look.sp(23) + look.dp(24)
    return Measure(height, size, lines, quote, words)


def line_text(look: Look, row: Row) -> str:
    """The words of a system line or of a recalled message."""
    if row.message.kind == "recalled":
        return recall_line(row.message, look.lang, row.sender)
    return str(row.message.content["text"])


def row_node(look: Look, row: Row, size: Measure, top: int) -> Node:
    """The row's nodes, laid out from `top` down."""
    rect = Rect(0, top, look.width, top + size.height)
    node = Node(RELATIVE, rect, rid=look.rid("message_row"), role="message_row")
    if row.time:
        node.children.append(_line(look, row.time, (row.time,), top, look.dp(LINES_DP)))
        top += look.dp(LINES_DP)
    if row.message.kind in LINE_KINDS:
        text = line_text(look, row)
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
    side, aside = avatar_side(look), avatar_margin(look)
    left = look.width - aside - side if own else aside
    face = Rect(left, top, left + side, top + side)
    picture = Node(IMAGE, face, rid=look.rid("avatar"), clickable=True, long_clickable=True)
    if row.sender:
        # A long press on a face in a group mentions its owner.
        picture.hold = Action("mention_face", row.message.sender)
    picture.desc = f"{row.face}{look.word('avatar')}"
    picture.role, picture.action = "avatar", Action("card", row.card)
    picture.paint = Paint(shape=f"avatar:{row.key}:{row.face or row.message.sender}")
    box = Node(RELATIVE, face, rid=look.rid("avatar_box"), children=[picture])
    column = _column(look, row, size, top)
    bottom = max(column.rect.bottom, face.bottom)
    outer = Rect(0, top, look.width, bottom)
    children = [column, box] if own else [box, column]
    inner = Node(LINEAR, outer, rid=look.rid("row_box"), children=children)
    return nested(look.profile.depth - 2, inner)


def _column(look: Look, row: Row, size: Measure, top: int) -> Node:
    own = row.message.own
    edge = bubble_edge(look)
    left = look.width - edge - size.bubble[0] if own else edge
    children = []
    start = top
    if row.sender:
        shown = shorten(row.sender, look.sp(12), look.width - 2 * edge)
        box = Rect(edge, top, edge + width(shown, look.sp(12)) + look.dp(4), top + look.sp(18))
        children.append(look.label(box, row.sender, 12, role="sender", color=GREY, lines=(shown,)))
        top += look.sp(18)
    rect = Rect(left, top, left + size.bubble[0], top + size.bubble[1])
    bubble = content_node(look, row.message, rect, size.lines)
    around = nested(look.profile.depth - 1, bubble)
    if row.message.failed or row.sending:
        mark = Rect(left - look.dp(34), top + look.dp(9), left - look.dp(12), top + look.dp(31))
        sign = _sending(look, mark) if row.sending else _failed(look, mark, row.message.message_id)
        around = Node(
            LINEAR, Rect(mark.left, rect.top, rect.right, rect.bottom), children=[sign, around]
        )
    children.append(around)
    bottom = rect.bottom
    if size.words:
        children.append(_words(look, row, size, bottom + look.dp(4)))
        bottom = children[-1].rect.bottom
    if size.quote:
        children.append(_quote(look, row, size, bottom + look.dp(4)))
        bottom = children[-1].rect.bottom
    whole = Rect(0 if own else edge, start, look.width - edge if own else look.width, bottom)
    return Node(LINEAR, whole, children=children)


def _failed(look: Look, mark: Rect, message_id: str) -> Node:
    sign = look.icon(mark, "failed", role="failed", desc=look.word("failed"))
    sign.clickable, sign.action = True, Action("ask_resend", message_id)
    return sign


def _sending(look: Look, mark: Rect) -> Node:
    return look.icon(mark, "spinner", role="sending", kind=PROGRESS)


def _quote(look: Look, row: Row, size: Measure, top: int) -> Node:
    edge = bubble_edge(look)
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


def _words(look: Look, row: Row, size: Measure, top: int) -> Node:
    edge = bubble_edge(look)
    wide = max(width(line, look.sp(16)) for line in size.words) + look.dp(20)
    left = look.width - edge - wide if row.message.own else edge
    box = Rect(left, top, left + wide, top + len(size.words) * look.sp(23) + look.dp(16))
    text = look.label(
        box.inset(look.dp(10), look.dp(8)), row.words, 16, role="transcript", lines=size.words
    )
    return Node(LINEAR, box, children=[text], paint=Paint(fill=WHITE, radius=look.dp(4)))
