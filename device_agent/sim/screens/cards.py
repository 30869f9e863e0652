"""The bubbles that are cards: money, files, links, places, people, mini programs."""

from device_agent.sim.content import label
from device_agent.sim.gallery import sized
from device_agent.sim.lettering import shorten, wrap
from device_agent.sim.screens.look import GREY, WHITE, Look
from device_agent.sim.screens.node import FRAME, IMAGE, LINEAR, Node, Paint, Rect, nested
from device_agent.sim.world import Message

WIDE_DP = 240
_TALL_DP = {
    "red_packet": 88,
    "transfer": 88,
    "file": 72,
    "link": 92,
    "location": 142,
    "name_card": 92,
    "mini_program": 218,
}
_FOOT_DP = 24
_LINE = "#E6E6E6"


def card_size(look: Look, message: Message) -> tuple[int, int]:
    """A card's size in pixels; its texts keep their room when the font grows."""
    tall = look.dp(_TALL_DP[message.kind])
    return look.dp(WIDE_DP), max(tall, round(tall * (0.4 + 0.6 * look.font_scale)))


def packet(look: Look, message: Message, rect: Rect) -> Node:
    """A red packet or a transfer: what it says; below a line, what it is or what became of it."""
    transfer = message.kind == "transfer"
    amount = str(message.content.get("amount") or "")
    title = f"¥{amount.lstrip('¥')}" if transfer and amount else label(message.content)
    status = str(message.content.get("status") or "")
    foot = rect.bottom - look.sp(_FOOT_DP)
    side = look.dp(38)
    top = (rect.top + foot - side) // 2
    icon = Rect(rect.left + look.dp(12), top, rect.left + look.dp(12) + side, top + side)
    shape = "coins" if transfer else "packet"
    box = Rect(icon.right + look.dp(10), rect.top, rect.right - look.dp(8), foot)
    note = str(message.content.get("note") or "") if transfer else ""
    words = _said_of_money(look, box, title, note)
    said = look.label(
        Rect(icon.left, foot, rect.right, rect.bottom),
        status or look.word("transfer" if transfer else "packet"),
        11,
        role="packet_status",
        color="#FFE9D2",
    )
    rule = Node(FRAME, Rect(icon.left, foot, rect.right - look.dp(12), foot + 2))
    rule.paint = Paint(fill="#FBB46B")
    parts = [look.icon(icon, shape), *words, said, rule]
    fill = "#FBCB9A" if status else "#FA9D3B"
    return _bubble(look, message, rect, parts, fill)


def _said_of_money(look: Look, box: Rect, title: str, note: str) -> list[Node]:
    """The first line, and below it what a transfer is for."""
    middle = (box.top + box.bottom) // 2
    above = box._replace(top=middle - look.sp(26), bottom=middle) if note else box
    room = box.right - box.left
    shown = (shorten(title, look.sp(16), room),)
    words = look.label(above, title, 16, role="packet_title", color=WHITE, lines=shown)
    words.desc = title
    if not note:
        return [words]
    below = box._replace(top=middle, bottom=middle + look.sp(22))
    shown = (shorten(note, look.sp(12), room),)
    return [
        words,
        look.label(below, note, 12, role="packet_note", color="#FFE9D2", lines=shown),
    ]


def card(look: Look, message: Message, rect: Rect) -> Node:
    """A file, link, place, person or mini program."""
    parts = _FORMS[message.kind](look, message, rect)
    return _bubble(look, message, rect, parts, WHITE)


def _bubble(look: Look, message: Message, rect: Rect, parts: list[Node], fill: str) -> Node:
    return Node(
        FRAME,
        rect,
        rid=look.rid("media"),
        children=[nested(1, Node(LINEAR, rect, children=parts))],
        clickable=True,
        role=message.kind,
        paint=Paint(fill=fill, radius=look.dp(6)),
    )


def _title(look: Look, box: Rect, text: str, lines: int = 1) -> Node:
    shown = wrap(text, look.sp(16), box.right - box.left)
    if len(shown) > lines:
        cut = shorten("".join(shown[lines - 1 :]), look.sp(16), box.right - box.left)
        shown = (*shown[: lines - 1], cut)
    return look.label(box, text, 16, role="card_title", lines=shown)


def _detail(look: Look, box: Rect, text: str) -> list[Node]:
    if not text:
        return []
    shown = shorten(text, look.sp(12), box.right - box.left)
    return [look.label(box, text, 12, role="card_detail", color=GREY, lines=(shown,))]


def _source(look: Look, rect: Rect, text: str) -> list[Node]:
    """The line at the foot of a card that says where it is from."""
    if not text:
        return []
    left = rect.left + look.dp(12)
    foot = rect.bottom - look.sp(_FOOT_DP)
    box = Rect(left, foot, rect.right - look.dp(12), rect.bottom)
    rule = Node(FRAME, Rect(left, foot, box.right, foot + 2), paint=Paint(fill=_LINE))
    shown = shorten(text, look.sp(11), box.right - box.left)
    return [look.label(box, text, 11, role="card_source", color=GREY, lines=(shown,)), rule]


def _file(look: Look, message: Message, rect: Rect) -> list[Node]:
    content = message.content
    size = content.get("size") or (content.get("media") or {}).get("size") or 0
    side = look.dp(44)
    right = rect.right - look.dp(12)
    top = (rect.top + rect.bottom - side) // 2
    name = label(content)
    icon = look.icon(Rect(right - side, top, right, top + side), f"card:file:{_ending(name)}")
    box = Rect(rect.left + look.dp(12), rect.top + look.dp(8), icon.rect.left - look.dp(8), 0)
    middle = box.top + look.sp(24)
    title = _title(look, box._replace(bottom=middle), name)
    below = box._replace(top=middle + look.dp(4), bottom=middle + look.dp(4) + look.sp(20))
    return [title, icon, *_detail(look, below, sized(max(1, int(size))))]


def _ending(name: str) -> str:
    return name.rpartition(".")[2].upper()[:4] if "." in name else ""


def _link(look: Look, message: Message, rect: Rect) -> list[Node]:
    source = str(message.content.get("source") or "")
    foot = rect.bottom - (look.sp(_FOOT_DP) if source else 0)
    side = look.dp(46)
    right = rect.right - look.dp(12)
    icon = look.icon(
        Rect(right - side, rect.top + look.dp(10), right, rect.top + look.dp(10) + side),
        "card:link",
    )
    box = Rect(rect.left + look.dp(12), rect.top + look.dp(6), icon.rect.left - look.dp(8), foot)
    return [_title(look, box, label(message.content), 2), icon, *_source(look, rect, source)]


def _location(look: Look, message: Message, rect: Rect) -> list[Node]:
    left, right = rect.left + look.dp(12), rect.right - look.dp(12)
    middle = rect.top + look.dp(6) + look.sp(24)
    title = _title(look, Rect(left, rect.top + look.dp(6), right, middle), label(message.content))
    low = middle + look.sp(20)
    address = str(message.content.get("address") or "")
    plan = look.icon(Rect(rect.left, low + look.dp(4), rect.right, rect.bottom), "map")
    return [title, plan, *_detail(look, Rect(left, middle, right, low), address)]


def _person(look: Look, message: Message, rect: Rect) -> list[Node]:
    name = label(message.content)
    side = look.dp(44)
    top = rect.top + look.dp(12)
    face = Rect(rect.left + look.dp(12), top, rect.left + look.dp(12) + side, top + side)
    picture = Node(IMAGE, face, paint=Paint(shape=f"avatar:{name}:{name}"))
    box = Rect(face.right + look.dp(10), face.top, rect.right - look.dp(8), face.bottom)
    return [_title(look, box, name), picture, *_source(look, rect, look.word("card"))]


def _program(look: Look, message: Message, rect: Rect) -> list[Node]:
    content = message.content
    left, right = rect.left + look.dp(12), rect.right - look.dp(12)
    top = rect.top + look.dp(6)
    below = top + look.sp(20)
    title_box = Rect(left, below, right, below + look.sp(26))
    name = str(content.get("name") or "")
    foot = rect.bottom - look.sp(_FOOT_DP)
    area = Rect(left, title_box.bottom + look.dp(4), right, foot - look.dp(6))
    view = look.icon(area, f"photo:image:{message.message_id}")
    title = _title(look, title_box, label(content))
    head = _detail(look, Rect(left, top, right, below), name)
    return [title, view, *head, *_source(look, rect, look.word("program"))]


_FORMS = {
    "file": _file,
    "link": _link,
    "location": _location,
    "name_card": _person,
    "mini_program": _program,
}
