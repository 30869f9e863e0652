"""选择提醒的人: the page that a typed `@` opens in a group."""

from device_agent.sim.lettering import shorten
from device_agent.sim.screens.bar import search_bar, title_bar
from device_agent.sim.screens.column import Item, body, column, furthest
from device_agent.sim.screens.entry import face_of
from device_agent.sim.screens.look import PAPER, WHITE, Look
from device_agent.sim.screens.members import face_in
from device_agent.sim.screens.node import FRAME, IMAGE, LINEAR, Action, Node, Paint, Rect, nested
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Chat

EVERYONE = "*"
_BAR_DP = 48


def _members(scene: Scene, chat: Chat) -> list[str]:
    words = scene.page.words.strip().lower()
    names = list(dict.fromkeys(one for one in chat.members if one != scene.world.owner))
    if not words:
        return names
    return [
        one for one in names if words in f"{one}\n{scene.world.shown_member(chat, one)}".lower()
    ]


def _items(scene: Scene) -> list[Item]:
    chat = scene.world.chats[scene.page.target]
    items = []
    if chat.owned and not scene.page.words:
        shown = scene.look.word("everyone")
        everyone = f"{shown}({len(chat.members)})"
        items.append(_person(scene.look, EVERYONE, everyone, face_of(EVERYONE, "@")))
    for name in _members(scene, chat):
        shown = scene.world.shown_member(chat, name)
        items.append(_person(scene.look, name, shown, face_in(scene.world, name, shown)))
    return items


def _area(look: Look) -> Rect:
    area = body(look)
    return area._replace(top=area.top + look.measure("bar", _BAR_DP))


def mention_reach(scene: Scene, wanted: int) -> int:
    """How far the page scrolls."""
    return min(wanted, furthest(_area(scene.look), _items(scene)))


def mention_page(scene: Scene) -> Node:
    """The group's members to choose from; its managers also find 所有人."""
    look, page = scene.look, scene.page
    search = search_bar(look, page.words, focused=page.focused, cancel=False)
    shift = look.body_top - look.top
    for node in search.walk():
        rect = node.rect
        node.rect = rect._replace(top=rect.top + shift, bottom=rect.bottom + shift)
    rows = column(look, _area(look), _items(scene), page.offset, role="mention_list", fill=WHITE)
    parts = [rows, search, title_bar(look, look.word("mention_title"))]
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [nested(look.profile.depth + 1, Node(LINEAR, look.screen, children=parts))]
    return root


def _person(look: Look, name: str, shown: str, portrait: str) -> Item:
    def draw(rect: Rect) -> Node:
        side = look.dp(36)
        top = rect.top + look.dp(10)
        face = Rect(look.dp(16), top, look.dp(16) + side, top + side)
        picture = Node(IMAGE, face, rid=look.rid("mention_avatar"))
        picture.paint = Paint(shape=portrait)
        box = Rect(look.dp(64), rect.top, look.width - look.dp(16), rect.bottom)
        label = look.label(
            box,
            shown,
            17,
            role="mention_name",
            lines=(shorten(shown, look.sp(17), box.right - box.left),),
        )
        row = Node(LINEAR, rect, children=[picture, nested(1, label)], role="mention_row")
        row.rid, row.clickable, row.focusable = look.rid("mention_row"), True, True
        row.action, row.paint = Action("mention", name), Paint(fill=WHITE, shape="row")
        return row

    return Item(look.dp(56), draw)
