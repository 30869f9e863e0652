"""WeChat's start screen: the conversation list, the other three tabs and the tab bar."""

from dataclasses import dataclass
from typing import NamedTuple

from device_agent.sim import wording
from device_agent.sim.clock import moment
from device_agent.sim.content import attributed, unread_mark
from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.look import GREEN, GREY, INK, PAPER, RED, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    LIST,
    RELATIVE,
    VIEW,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.world import Chat

ROW_DP = 72
TABS_DP = 56
MANY_UNREAD = 99


class ListView(NamedTuple):
    """Where the conversation list stands on the screen and how long it is, in pixels."""

    area: Rect
    row: int
    longest: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What the start screen shows: chats in order, the scroll offset in pixels and the tab."""

    chats: list[Chat]
    offset: int
    tab: int


def list_view(look: Look, rows: int) -> ListView:
    """The list's area, a row's height and the furthest scroll offset."""
    area = Rect(0, look.body_top, look.width, look.height - look.measure("tabs", TABS_DP))
    row = max(look.measure("row", ROW_DP), look.sp(44) + look.dp(20))
    return ListView(area, row, max(0, rows * row - (area.bottom - area.top)))


def start_screen(look: Look, listing: Listing) -> Node:
    """The whole screen with the current tab's page."""
    pages = (_conversations, _contacts, _blank, _blank)
    content = pages[listing.tab](look, listing)
    holder = nested(look.profile.depth * 3, content)
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [
        nested(2, Node(FRAME, look.screen, children=[holder])),
        _action_bar(look, listing),
        _tab_bar(look, listing),
    ]
    return root


def _action_bar(look: Look, listing: Listing) -> Node:
    bar = Rect(0, look.top, look.width, look.body_top)
    unread = _total(listing.chats)
    name = wording.tabs(look.lang)[listing.tab] if listing.tab else look.word("app")
    title = f"{name}({unread})" if unread and listing.tab == 0 else name
    wide = width(title, look.sp(17))
    middle = (look.width - wide) // 2
    side = look.dp(24)
    top = look.top + look.dp(12)
    search = Rect(look.width - look.dp(92), top, look.width - look.dp(92) + side, top + side)
    plus = Rect(look.width - look.dp(44), top, look.width - look.dp(44) + side, top + side)
    children = [
        look.label(
            Rect(
                middle,
                look.top + look.dp(8),
                middle + wide + look.dp(2),
                look.body_top - look.dp(8),
            ),
            title,
            17,
            role="list_title",
        ),
        look.icon(search, "search", role="list_search", desc=look.word("search")),
        look.icon(plus, "plus", role="list_plus", desc=look.word("plus")),
    ]
    for child in children[1:]:
        child.clickable = True
    children[1].action = Action("search")
    inner = Node(RELATIVE, bar, children=children)
    return Node(LINEAR, bar, children=[nested(2, inner)], paint=Paint(fill=PAPER))


def _total(chats: list[Chat]) -> int:
    return sum(chat.unread for chat in chats if not chat.muted)


def _tab_bar(look: Look, listing: Listing) -> Node:
    top = look.height - look.measure("tabs", TABS_DP)
    bar = Rect(0, top, look.width, look.height)
    each = look.width // 4
    children = []
    for number, name in enumerate(wording.tabs(look.lang)):
        cell = Rect(number * each, top, (number + 1) * each, look.height)
        children.append(_tab(look, cell, name, number, listing))
    inner = Node(LINEAR, bar, children=children)
    return Node(RELATIVE, bar, children=[inner], paint=Paint(fill="#F7F7F7"))


def _tab(look: Look, cell: Rect, name: str, number: int, listing: Listing) -> Node:
    middle = (cell.left + cell.right) // 2
    color = GREEN if number == listing.tab else INK
    icon = look.icon(
        Rect(
            middle - look.dp(13),
            cell.top + look.dp(6),
            middle + look.dp(13),
            cell.top + look.dp(32),
        ),
        f"tab{number}{'+' if number == listing.tab else ''}",
        role="tab_icon",
    )
    text = look.label(
        Rect(cell.left, cell.top + look.dp(34), cell.right, cell.bottom - look.dp(4)),
        name,
        10,
        role="tab_text",
        color=color,
        align="center",
    )
    text.selected = number == listing.tab
    children = [icon, text]
    unread = _total(listing.chats)
    if number == 0 and unread:
        children.append(
            _badge(look, middle + look.dp(13), cell.top + look.dp(4), unread, "tab_unread")
        )
    inner = Node(RELATIVE, cell, children=children)
    tab = Node(RELATIVE, cell, children=[nested(1, inner)], clickable=True, focusable=True)
    tab.selected = text.selected
    tab.action = Action("tab", str(number))
    tab.role = "tab"
    return tab


def _badge(look: Look, center: int, top: int, unread: int, role: str) -> Node:
    text = str(unread) if unread <= MANY_UNREAD else f"{MANY_UNREAD}+"
    tall = max(look.dp(18), look.sp(15))
    wide = max(tall, width(text, look.sp(11)) + look.dp(10))
    # It grows to the left: the name beside it stays free.
    right = min(center + wide // 2, center + look.dp(10))
    rect = Rect(right - wide, top, right, top + tall)
    badge = look.label(rect, text, 11, role=role, color=WHITE, align="center", lines=(text,))
    if badge.paint:
        badge.paint.fill, badge.paint.radius = RED, tall // 2
    return badge


def _conversations(look: Look, listing: Listing) -> Node:
    view = list_view(look, len(listing.chats))
    first = listing.offset // view.row
    last = (listing.offset + view.area.bottom - view.area.top) // view.row + 1
    rows = []
    for number, chat in enumerate(listing.chats[first:last], start=first):
        top = view.area.top + number * view.row - listing.offset
        rows.append(_row(look, Rect(0, top, look.width, top + view.row), chat))
    node = Node(LIST, view.area, rid=look.rid("list"), children=rows, role="list")
    node.scrollable = view.longest > 0
    node.focusable = True
    node.paint = Paint(fill=WHITE)
    return node


def _row(look: Look, rect: Rect, chat: Chat) -> Node:
    side = look.measure("row_avatar", 48)
    top = (rect.top + rect.bottom - side) // 2
    avatar = Rect(look.dp(16), top, look.dp(16) + side, top + side)
    picture = Node(IMAGE, avatar, rid=look.rid("row_avatar"), role="row_avatar")
    picture.paint = Paint(shape=f"avatar:{chat.name}:{chat.shown_title}")
    box = Node(
        RELATIVE, Rect(0, rect.top, avatar.right + look.dp(10), rect.bottom), children=[picture]
    )
    if chat.unread and chat.muted:
        dot = Rect(avatar.right - look.dp(5), avatar.top - look.dp(5), 0, 0)
        dot = dot._replace(right=dot.left + look.dp(10), bottom=dot.top + look.dp(10))
        box.children.append(look.icon(dot, "dot", role="row_dot"))
    elif chat.unread:
        box.children.append(
            _badge(look, avatar.right, avatar.top - look.dp(9), chat.unread, "row_unread")
        )
    texts = _row_texts(look, rect, avatar.right + look.dp(12), chat)
    inner = Node(LINEAR, rect, rid=look.rid("row_inner"), children=[box, texts])
    fill = "#F2F2F2" if chat.pinned else WHITE
    return Node(
        LINEAR,
        rect,
        rid=look.rid("row"),
        children=[nested(look.profile.depth - 1, inner)],
        clickable=True,
        long_clickable=True,
        focusable=True,
        role="row",
        action=Action("open", chat.chat_id),
        paint=Paint(fill=fill, shape="row"),
    )


def _row_texts(look: Look, rect: Rect, left: int, chat: Chat) -> Node:
    right = look.width - look.dp(16)
    middle = (rect.top + rect.bottom) // 2
    when = wording.list_time(moment(chat.last_at), look.now, look.lang)
    wide = width(when, look.sp(12)) + look.dp(2)
    name_box = Rect(left, rect.top + look.dp(12), right - wide - look.dp(8), middle)
    time_box = Rect(right - wide, rect.top + look.dp(14), right, middle)
    name = look.label(
        name_box,
        chat.shown_title,
        17,
        role="row_name",
        kind=VIEW,
        lines=(shorten(chat.shown_title, look.sp(17), name_box.right - name_box.left),),
    )
    time = look.label(time_box, when, 12, role="row_time", kind=VIEW, color=GREY, align="right")
    upper = Node(LINEAR, Rect(left, rect.top + look.dp(12), right, middle), children=[name, time])
    text = preview(chat, look.lang)
    text_box = Rect(left, middle + look.dp(2), right - look.dp(24), rect.bottom - look.dp(10))
    below = look.label(
        text_box,
        text,
        14,
        role="row_preview",
        kind=VIEW,
        color=GREY,
        lines=(shorten(text.replace("\n", " "), look.sp(14), text_box.right - text_box.left),),
    )
    if chat.draft and below.paint:
        below.paint.alarm = len(look.word("draft"))
    lower = Node(LINEAR, Rect(left, middle, right, rect.bottom - look.dp(10)), children=[below])
    if chat.muted:
        bell = Rect(right - look.dp(18), middle + look.dp(4), right, middle + look.dp(22))
        lower.children.append(look.icon(bell, "muted", role="row_muted", desc=look.word("muted")))
    box = Rect(left, rect.top, right, rect.bottom)
    return Node(LINEAR, box, children=[nested(look.profile.depth - 2, upper), nested(1, lower)])


def preview(chat: Chat, lang: str) -> str:
    """The second line of a row: the draft, else the last message, with `[n条]` when muted."""
    if chat.draft:
        return wording.word(lang, "draft") + chat.draft
    if not chat.messages:
        return ""
    line = attributed(chat, chat.messages[-1], lang)
    return unread_mark(chat.unread, lang) + line if chat.muted and chat.unread else line


def _contacts(look: Look, listing: Listing) -> Node:
    view = list_view(look, len(listing.chats))
    tall = look.dp(56)
    people = sorted((c for c in listing.chats if c.kind == "private"), key=lambda c: c.shown_title)
    rows = []
    for number, chat in enumerate(people[: (view.area.bottom - view.area.top) // tall + 1]):
        top = view.area.top + number * tall
        rect = Rect(0, top, look.width, top + tall)
        name = look.label(
            Rect(look.dp(68), top + look.dp(14), look.width - look.dp(16), top + look.dp(42)),
            chat.shown_title,
            17,
            role="contact_name",
        )
        side = look.dp(40)
        corner = top + look.dp(8)
        picture = Node(IMAGE, Rect(look.dp(16), corner, look.dp(16) + side, corner + side))
        picture.paint = Paint(shape=f"avatar:{chat.name}:{chat.shown_title}")
        rows.append(
            Node(LINEAR, rect, rid=look.rid("contact_row"), children=[picture, nested(1, name)])
        )
    node = Node(LIST, view.area, rid=look.rid("contacts"), children=rows)
    node.paint = Paint(fill=WHITE)
    return node


def _blank(look: Look, listing: Listing) -> Node:
    return Node(FRAME, list_view(look, 0).area, paint=Paint(fill=PAPER))
