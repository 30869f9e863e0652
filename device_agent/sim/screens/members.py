"""The people of a group: their faces in a grid, and the page that shows all of them."""

from collections.abc import Sequence

from device_agent.sim.finding import matches
from device_agent.sim.lettering import shorten
from device_agent.sim.screens.bar import search_bar, title_bar
from device_agent.sim.screens.column import Item, body, column, furthest
from device_agent.sim.screens.entry import SOFT, face_of
from device_agent.sim.screens.look import PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Chat, World

A_ROW = 5
_BAR_DP = 48
_SIDE_DP = 50


def roster(world: World, chat: Chat) -> list[str]:
    """A group's people, the account's own among them: first where it manages the group."""
    if chat.removed_me:
        return []
    others = [one for one in dict.fromkeys(chat.members) if one != world.owner]
    place = 0 if chat.owned else min(1, len(others))
    return [*others[:place], world.owner, *others[place:]]


def called(world: World, chat: Chat, name: str) -> str:
    """What a group shows for one of its people."""
    if name == world.owner:
        return chat.my_nickname or name
    return world.shown_member(chat, name)


def face_in(world: World, name: str, shown: str) -> str:
    """The picture of a group's member; a friend's is the same everywhere."""
    friend = world.friend(name)
    return face_of(friend.name if friend is not None else name, shown)


class Cell:
    """One face of a grid with the words below it, and what a tap on it does."""

    __slots__ = ("action", "desc", "face", "name")

    def __init__(self, face: str, name: str, action: Action, desc: str = "") -> None:
        self.face, self.name, self.action, self.desc = face, name, action, desc


def member_cells(world: World, chat: Chat, names: Sequence[str]) -> list[Cell]:
    """The cells of these people; a tap opens their cards."""
    cells = []
    for name in names:
        shown = called(world, chat, name)
        action = Action("card", f"{chat.chat_id}/{name}")
        cells.append(Cell(face_in(world, name, shown), shown, action))
    return cells


def plus_cell(look: Look, sign: str) -> Cell:
    """The cell with `+` or `-`: who is added or removed, the simulator does not say."""
    name = "add_member" if sign == "plus" else "remove_member"
    return Cell(f"slot:{sign}", "", Action("beyond", name), look.word(name))


def grid_items(look: Look, cells: Sequence[Cell]) -> list[Item]:
    """The cells in rows of five."""
    tall = look.dp(_SIDE_DP + 20) + look.sp(16)

    def row(start: int) -> Item:
        return Item(tall, lambda rect: _row(look, rect, cells[start : start + A_ROW]))

    return [row(start) for start in range(0, len(cells), A_ROW)]


def _row(look: Look, rect: Rect, cells: Sequence[Cell]) -> Node:
    each = (rect.right - rect.left - look.dp(12)) // A_ROW
    children = []
    for number, cell in enumerate(cells):
        left = rect.left + look.dp(6) + number * each
        children.append(_cell(look, Rect(left, rect.top, left + each, rect.bottom), cell))
    node = Node(LINEAR, rect, children=[nested(1, Node(LINEAR, rect, children=children))])
    node.paint = Paint(fill=WHITE)
    return node


def _cell(look: Look, rect: Rect, cell: Cell) -> Node:
    side = look.dp(_SIDE_DP)
    left, top = (rect.left + rect.right - side) // 2, rect.top + look.dp(12)
    face = Rect(left, top, left + side, top + side)
    picture = Node(IMAGE, face, rid=look.rid("member_avatar"), role="member_avatar", desc=cell.desc)
    picture.paint = Paint(shape=cell.face)
    parts = [picture]
    if cell.name:
        box = Rect(rect.left + look.dp(2), face.bottom + look.dp(4), rect.right - look.dp(2), 0)
        box = box._replace(bottom=box.top + look.sp(16))
        shown = shorten(cell.name, look.sp(11), box.right - box.left)
        name = look.label(
            box, cell.name, 11, role="member_name", color=SOFT, align="center", lines=(shown,)
        )
        parts.append(name)
    node = Node(RELATIVE, rect, rid=look.rid("member"), role="member")
    node.children = [nested(1, Node(LINEAR, rect, children=parts))]
    node.clickable = node.focusable = True
    node.action = cell.action
    return node


def _area(look: Look) -> Rect:
    area = body(look)
    return area._replace(top=area.top + look.measure("bar", _BAR_DP))


def _items(scene: Scene) -> list[Item]:
    chat, world = scene.world.chats[scene.page.target], scene.world
    wanted = scene.page.words.strip().casefold()
    names = [
        name
        for name in roster(world, chat)
        if not wanted or matches(called(world, chat, name), wanted) or matches(name, wanted)
    ]
    return grid_items(scene.look, member_cells(world, chat, names))


def members_reach(scene: Scene, wanted: int) -> int:
    """How far the page scrolls."""
    return min(wanted, furthest(_area(scene.look), _items(scene)))


def members_page(scene: Scene) -> Node:
    """All people of a group, to be searched by name."""
    look, page = scene.look, scene.page
    chat = scene.world.chats[page.target]
    search = search_bar(look, page.words, focused=page.focused, cancel=False)
    shift = look.body_top - look.top
    for node in search.walk():
        node.rect = node.rect._replace(top=node.rect.top + shift, bottom=node.rect.bottom + shift)
    title = look.word("members_title").format(len(roster(scene.world, chat)))
    rows = column(look, _area(look), _items(scene), page.offset, role="member_grid", fill=WHITE)
    parts = [rows, search, title_bar(look, title)]
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [nested(look.profile.depth + 2, Node(LINEAR, look.screen, children=parts))]
    return root
