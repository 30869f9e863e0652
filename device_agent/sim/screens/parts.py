"""What stands inside a message's bubble: text, voice, pictures, money, cards."""

from collections.abc import Callable

from device_agent.sim.content import seconds, summary
from device_agent.sim.lettering import width, wrap
from device_agent.sim.screens.cards import card, card_size, packet
from device_agent.sim.screens.look import OWN_BUBBLE, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    Action,
    Node,
    Paint,
    Rect,
)
from device_agent.sim.world import Message

MEDIA_DP = (120, 160)
# Measures in dp: row margin, avatar side, gap to the bubble, bubble padding.
MARGIN, AVATAR, GAP, PAD = 12, 40, 10, 10


def avatar_side(look: Look) -> int:
    """An avatar's side in a chat, in pixels."""
    return look.measure("avatar", AVATAR)


def avatar_margin(look: Look) -> int:
    """How far an avatar stands from the screen's edge, in pixels."""
    return look.measure("margin", MARGIN)


def bubble_edge(look: Look) -> int:
    """How far a bubble stands from the screen's edge, in pixels."""
    return avatar_margin(look) + avatar_side(look) + look.measure("gap", GAP)


def bubble_pad(look: Look) -> int:
    """The room between a bubble's sides and its text, in pixels."""
    return look.measure("pad", PAD)


LINK = "#576B95"
_BEGINNING = 180
Size = tuple[int, int]
Lines = tuple[str, ...]


def text_limit(look: Look) -> int:
    """How wide a bubble's text may be, in pixels."""
    return look.width - 2 * bubble_edge(look) - 2 * bubble_pad(look) - look.dp(4)


def collapsed(message: Message) -> bool:
    """Whether only the beginning of a text stands in its bubble, with 全文 below it."""
    return message.kind == "text" and bool(message.content.get("collapsed"))


def said(look: Look, message: Message) -> str:
    """The words in a text bubble."""
    text = summary(message, look.lang)
    if collapsed(message) and len(text) > _BEGINNING:
        return text[:_BEGINNING].rstrip() + "…"
    return text


def content_size(look: Look, message: Message) -> tuple[Size, Lines]:
    """A bubble's size in pixels, and its lines if it is a text."""
    kind = message.kind
    if kind in {"text", "unknown"}:
        lines = wrap(said(look, message), look.sp(17), text_limit(look))
        wide = max(width(line, look.sp(17)) for line in lines) + 2 * bubble_pad(look) + look.dp(2)
        tall = len(lines) * look.sp(24) + 2 * look.dp(8)
        return (wide, tall + (look.sp(28) if collapsed(message) else 0)), lines
    if kind == "voice":
        return (look.dp(80 + min(60, seconds(message.content)) * 2), avatar_side(look)), ()
    if kind in {"image", "video"}:
        return (look.dp(MEDIA_DP[0]), look.dp(MEDIA_DP[1])), ()
    if kind == "sticker":
        return (look.dp(100), look.dp(100)), ()
    return card_size(look, message), ()


def content_node(look: Look, message: Message, rect: Rect, lines: Lines) -> Node:
    """The bubble; a long press opens the message's menu."""
    part = _PARTS.get(message.kind)
    node = part(look, message, rect, lines) if part else card(look, message, rect)
    node.long_clickable = True
    node.hold = Action("menu", message.message_id)
    verb = _OPENS.get(message.kind)
    if verb is not None:
        node.action = Action(verb, message.message_id)
    return node


_OPENS = {
    "image": "view",
    "video": "view",
    "file": "open_file",
    "red_packet": "detail",
    "transfer": "detail",
    "link": "detail",
    "location": "detail",
    "name_card": "detail",
    "mini_program": "detail",
}


def _text(look: Look, message: Message, rect: Rect, lines: Lines) -> Node:
    link = look.sp(28) if collapsed(message) else 0
    box = rect._replace(bottom=rect.bottom - link)
    node = look.label(box, said(look, message), 17, role="body", lines=lines)
    paint = Paint(
        fill=OWN_BUBBLE if message.own else WHITE, shape="own" if message.own else "other"
    )
    if not link:
        if node.paint:
            node.paint.fill, node.paint.shape = paint.fill, paint.shape
        node.clickable = True
        return node
    if node.paint:
        node.paint.shape = "inner"
    line = Rect(
        rect.left + bubble_pad(look), box.bottom - look.dp(8), rect.right, rect.bottom - look.dp(4)
    )
    more = look.label(line, look.word("full_text"), 16, role="full_text", color=LINK)
    more.clickable, more.action = True, Action("read", message.message_id)
    return Node(LINEAR, rect, children=[node, more], clickable=True, paint=paint)


def _voice(look: Look, message: Message, rect: Rect, lines: Lines) -> Node:
    long = seconds(message.content)
    wave, pad = look.dp(34), look.dp(8)
    before, after = (pad, wave) if message.own else (wave, pad)
    inner = Rect(rect.left + before, rect.top + pad, rect.right - after, rect.bottom - pad)
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


def _picture(look: Look, message: Message, rect: Rect, lines: Lines) -> Node:
    kind = message.kind
    picture = Node(
        IMAGE,
        rect,
        desc=look.word(kind),
        role=kind,
        paint=Paint(shape=f"photo:{kind}:{message.message_id}"),
    )
    node = Node(FRAME, rect, rid=look.rid("media"), children=[picture], clickable=True, role=kind)
    if kind == "sticker":
        picture.rid = look.rid("sticker")
        if not {"base64", "path"} & set(message.content):
            picture.paint = Paint(shape="sticker")
    if kind == "video":
        long = seconds(message.content)
        box = Rect(rect.right - look.dp(44), rect.bottom - look.dp(24), rect.right, rect.bottom)
        node.children.append(
            look.label(box, f"{long // 60}:{long % 60:02d}", 12, role="video_length", color=WHITE)
        )
    return node


_Part = Callable[[Look, Message, Rect, Lines], Node]
_PARTS: dict[str, _Part] = {
    "text": _text,
    "unknown": _text,
    "voice": _voice,
    "image": _picture,
    "video": _picture,
    "sticker": _picture,
    "red_packet": lambda look, message, rect, _: packet(look, message, rect),
    "transfer": lambda look, message, rect, _: packet(look, message, rect),
}
