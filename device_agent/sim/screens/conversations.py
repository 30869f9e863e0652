"""WeChat's start screen: the conversation list, the other three tabs and the tab bar."""

from collections.abc import Callable, Sequence

from device_agent.sim import wording
from device_agent.sim.lettering import width
from device_agent.sim.screens.bar import title_bar
from device_agent.sim.screens.column import body
from device_agent.sim.screens.contacts import contacts_reach, contacts_tab
from device_agent.sim.screens.listing import Line, badge, folded_lines, line_row, listed_lines
from device_agent.sim.screens.look import GREEN, INK, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    LINEAR,
    LIST,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.other_tabs import other_reach, other_tab
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Chat

_CHATS, _CONTACTS = 0, 1
ROW_DP = 72
TABS_DP = 56


def tab_area(look: Look) -> Rect:
    """Where a tab's content stands: between title and tab bar."""
    return Rect(0, look.body_top, look.width, look.height - look.measure("tabs", TABS_DP))


def row_height(look: Look) -> int:
    """How tall a row of the conversation list is, in pixels."""
    return max(look.measure("row", ROW_DP), look.sp(44) + look.dp(20))


def tab_reach(scene: Scene, wanted: int) -> int:
    """How far the current tab scrolls, at most `wanted` pixels."""
    area, tab = tab_area(scene.look), scene.stage.tab
    if tab == _CONTACTS:
        return contacts_reach(scene, area, wanted)
    if tab != _CHATS:
        return other_reach(scene, area, wanted)
    world = scene.world
    rows = len(world.listing()) + bool(world.folded_chats())
    return min(wanted, max(0, rows * row_height(scene.look) - (area.bottom - area.top)))


def start_screen(scene: Scene) -> Node:
    """The whole screen with the current tab's page."""
    look, stage = scene.look, scene.stage
    area = tab_area(look)
    if stage.tab == _CHATS:
        content = _conversations(scene, area, listed_lines(scene), stage.tab_offset)
    elif stage.tab == _CONTACTS:
        content = contacts_tab(scene, area, stage.tab_offset)
    else:
        content = other_tab(scene, area, stage.tab_offset)
    holder = nested(look.profile.depth * 3, content)
    unread = _total(scene.world.listing())
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [
        nested(2, Node(FRAME, look.screen, children=[holder])),
        _action_bar(look, stage.tab, unread),
        _tab_bar(look, stage.tab, unread),
    ]
    return root


def _action_bar(look: Look, tab: int, unread: int) -> Node:
    bar = Rect(0, look.top, look.width, look.body_top)
    name = wording.tabs(look.lang)[tab] if tab else look.word("app")
    title = f"{name}({unread})" if unread and tab == _CHATS else name
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
    children[1].action, children[2].action = Action("search"), Action("plus_menu")
    inner = Node(RELATIVE, bar, children=children)
    return Node(LINEAR, bar, children=[nested(2, inner)], paint=Paint(fill=PAPER))


def _total(chats: list[Chat]) -> int:
    return sum(chat.unread for chat in chats if not chat.muted)


def _tab_bar(look: Look, current: int, unread: int) -> Node:
    top = look.height - look.measure("tabs", TABS_DP)
    bar = Rect(0, top, look.width, look.height)
    each = look.width // 4
    children = []
    for number, name in enumerate(wording.tabs(look.lang)):
        cell = Rect(number * each, top, (number + 1) * each, look.height)
        count = unread if number == _CHATS else 0
        children.append(_tab(look, cell, name, number, count, chosen=number == current))
    inner = Node(LINEAR, bar, children=children)
    return Node(RELATIVE, bar, children=[inner], paint=Paint(fill="#F7F7F7"))


def _tab(look: Look, cell: Rect, name: str, number: int, unread: int, *, chosen: bool) -> Node:
    middle = (cell.left + cell.right) // 2
    color = GREEN if chosen else INK
    icon = look.icon(
        Rect(
            middle - look.dp(13),
            cell.top + look.dp(6),
            middle + look.dp(13),
            cell.top + look.dp(32),
        ),
        f"tab{number}{'+' if chosen else ''}",
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
    text.selected = chosen
    children = [icon, text]
    if unread:
        children.append(
            badge(look, middle + look.dp(13), cell.top + look.dp(4), unread, "tab_unread")
        )
    inner = Node(RELATIVE, cell, children=children)
    tab = Node(RELATIVE, cell, children=[nested(1, inner)], clickable=True, focusable=True)
    tab.selected = text.selected
    tab.action = Action("tab", str(number))
    tab.role = "tab"
    return tab


def _conversations(
    scene: Scene, area: Rect, lines: Sequence[Callable[[], Line]], offset: int
) -> Node:
    look = scene.look
    row = row_height(look)
    first, last = offset // row, (offset + area.bottom - area.top) // row + 1
    rows = []
    for number, line in enumerate(lines[first:last], start=first):
        top = area.top + number * row - offset
        rows.append(line_row(look, Rect(0, top, look.width, top + row), line()))
    node = Node(LIST, area, rid=look.rid("list"), children=rows, role="list")
    node.scrollable = len(lines) * row > area.bottom - area.top
    node.focusable = True
    node.paint = Paint(fill=WHITE)
    return node


def folded_page(scene: Scene) -> Node:
    """折叠的聊天: the folded chats in a list of their own."""
    look = scene.look
    rows = _conversations(scene, body(look), folded_lines(scene), scene.page.offset)
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    parts = [rows, title_bar(look, look.word("folded"))]
    root.children = [nested(look.profile.depth * 2, Node(LINEAR, look.screen, children=parts))]
    return root


def folded_reach(scene: Scene, wanted: int) -> int:
    """How far the folded chats scroll."""
    area = body(scene.look)
    tall = len(scene.world.folded_chats()) * row_height(scene.look)
    return min(wanted, max(0, tall - (area.bottom - area.top)))
