"""Rows about a person or a chat, headings of sections and rows that lead on."""

from dataclasses import dataclass

from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.column import Item
from device_agent.sim.screens.look import GREY, INK, WHITE, Look
from device_agent.sim.screens.node import (
    IMAGE,
    LINEAR,
    RELATIVE,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.world import Chat, World

SIDE_DP = 16
_MOST_FACES = 9
SOFT = "#7F7F7F"


@dataclass(frozen=True, slots=True)
class Entry:
    """What such a row says; `face` is the shape of its picture, `aside` stands on its right, `mark`
    is green wherever it stands.

    `role` begins the names of its parts: `<role>_row`, `<role>_name`, `<role>_detail` and so on.
    """

    role: str
    face: str
    name: str
    action: Action
    detail: str = ""
    aside: str = ""
    face_dp: int = 40
    mark: str = ""


def entry_height(look: Look, entry: Entry) -> int:
    """How tall a row is, in pixels."""
    words = look.sp(26) + (look.sp(20) if entry.detail else 0)
    return max(look.dp(entry.face_dp + 16), words + look.dp(16))


def entry_item(look: Look, entry: Entry) -> Item:
    """The row for a list."""
    return Item(entry_height(look, entry), lambda rect: entry_row(look, rect, entry))


def entry_row(look: Look, rect: Rect, entry: Entry) -> Node:
    """The row: picture on the left, the name, and the detail below it if there is one."""
    side = look.dp(entry.face_dp)
    left = rect.left + look.dp(SIDE_DP)
    top = (rect.top + rect.bottom - side) // 2
    face = Rect(left, top, left + side, top + side)
    picture = Node(IMAGE, face, rid=look.rid(f"{entry.role}_avatar"), role=f"{entry.role}_avatar")
    picture.paint = Paint(shape=entry.face)
    holder = Node(RELATIVE, Rect(rect.left, rect.top, face.right, rect.bottom), children=[picture])
    words = _words(look, Rect(face.right + look.dp(12), rect.top, rect.right, rect.bottom), entry)
    inner = Node(LINEAR, rect, children=[holder, words])
    row = Node(RELATIVE, rect, rid=look.rid(f"{entry.role}_row"), role=f"{entry.role}_row")
    row.children = [nested(look.profile.depth - 1, inner)]
    row.clickable = row.focusable = True
    row.action = entry.action
    row.paint = Paint(fill=WHITE, shape="line")
    return row


def _words(look: Look, box: Rect, entry: Entry) -> Node:
    right = box.right - look.dp(SIDE_DP)
    end, after = right, []
    if entry.aside:
        wide = width(entry.aside, look.sp(12)) + look.dp(2)
        place = Rect(
            right - wide, box.top + look.dp(12), right, box.top + look.dp(12) + look.sp(16)
        )
        after = [
            look.label(
                place, entry.aside, 12, role=f"{entry.role}_aside", color=GREY, align="right"
            )
        ]
        end = place.left - look.dp(8)
    tall = look.sp(24)
    below = look.sp(20) if entry.detail else 0
    top = (box.top + box.bottom - tall - below) // 2
    lines = [(entry.name, f"{entry.role}_name", 17, INK, top, tall)]
    if entry.detail:
        lines.append((entry.detail, f"{entry.role}_detail", 14, SOFT, top + tall, below))
    parts = []
    for text, role, size, color, low, high in lines:
        line = Rect(box.left, low, end, low + high)
        shown = shorten(text.replace("\n", " "), look.sp(size), line.right - line.left)
        label = look.label(line, text, size, role=role, color=color, lines=(shown,))
        if label.paint:
            label.paint.mark = entry.mark
        parts.append(label)
        end = right
    return nested(1, Node(LINEAR, box, children=[*parts, *after]))


def heading(look: Look, text: str, *, role: str, fill: str = WHITE, points: float = 36) -> Item:
    """A section's title; nothing happens when it is tapped."""

    def draw(rect: Rect) -> Node:
        box = rect.inset(look.dp(SIDE_DP), 0)
        label = look.label(box, text, 13, role=role, color=SOFT, kind=TEXT)
        return Node(LINEAR, rect, children=[label], paint=Paint(fill=fill))

    return Item(max(look.dp(points), look.sp(20)), draw)


def leading(look: Look, text: str, action: Action, *, role: str, icon: str = "") -> Item:
    """A row that leads on: a small drawing, words in the colour of links, an arrow."""

    def draw(rect: Rect) -> Node:
        middle = (rect.top + rect.bottom) // 2
        left = rect.left + look.dp(SIDE_DP)
        children = []
        if icon:
            box = Rect(left, middle - look.dp(10), left + look.dp(20), middle + look.dp(10))
            children.append(Node(IMAGE, box, paint=Paint(shape=icon)))
            left = box.right + look.dp(8)
        arrow = rect.right - look.dp(SIDE_DP)
        words = Rect(left, rect.top, arrow - look.dp(20), rect.bottom)
        shown = shorten(text, look.sp(15), words.right - words.left)
        children.append(
            look.label(words, text, 15, role=f"{role}_name", color="#576B95", lines=(shown,))
        )
        tip = Rect(arrow - look.dp(14), middle - look.dp(10), arrow, middle + look.dp(10))
        children.append(Node(IMAGE, tip, paint=Paint(shape="onward")))
        row = Node(LINEAR, rect, rid=look.rid(role), role=role, paint=Paint(fill=WHITE))
        row.children = [nested(2, Node(RELATIVE, rect, children=children))]
        row.clickable, row.action = True, action
        return row

    return Item(max(look.dp(48), look.sp(28)), draw)


def face_of(name: str, shown: str) -> str:
    """The picture of a person or chat: `name` decides its colour, `shown` its letter."""
    return f"avatar:{name}:{shown}"


def face_of_chat(world: World, chat: Chat) -> str:
    """The picture of a chat: a group's is made of its people's."""
    if chat.kind != "group" or not chat.members:
        return face_of(chat.name, chat.shown_title)
    names = list(dict.fromkeys([world.owner, *chat.members]))[:_MOST_FACES]
    parts = []
    for name in names:
        friend = world.friend(name)
        shown = world.shown_member(chat, name)
        letter = next((char for char in shown if char.isalnum()), "·")
        parts.append(letter + (friend.name if friend is not None else name))
    return "mosaic:" + "\n".join(parts)
