"""发现 and 我: the two tabs with nothing to read; what their rows open is not simulated."""

from device_agent.sim.lettering import shorten
from device_agent.sim.screens.column import Item, column, furthest, gap
from device_agent.sim.screens.entry import SOFT, face_of
from device_agent.sim.screens.look import WHITE, Look
from device_agent.sim.screens.node import IMAGE, LINEAR, RELATIVE, Action, Node, Paint, Rect, nested
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.setting import Setting, setting_item

DISCOVER, ME = 2, 3
# The rows of each tab; those of one tuple stand together.
_ROWS = {
    DISCOVER: (
        ("moments",),
        ("channels", "live"),
        ("scan", "listen"),
        ("top_stories", "network"),
        ("nearby",),
        ("games",),
        ("kind_programs",),
    ),
    ME: (
        ("services",),
        ("favourites", "moments", "orders", "kind_stickers"),
        ("own_settings",),
    ),
}


def _items(scene: Scene) -> list[Item]:
    look, tab = scene.look, scene.stage.tab
    items = [_owner(look)] if tab == ME else []
    for block in _ROWS[tab]:
        items += [gap(look)] if items else []
        items += [
            setting_item(
                look,
                Setting(f"tab_{key}", look.word(key), Action("beyond", key), icon=f"spot:{key}"),
            )
            for key in block
        ]
    return [*items, gap(look)]


def _owner(look: Look) -> Item:
    """Whose account it is."""

    def draw(rect: Rect) -> Node:
        side, left = look.dp(64), rect.left + look.dp(24)
        top = (rect.top + rect.bottom - side) // 2
        face = Rect(left, top, left + side, top + side)
        picture = Node(IMAGE, face, rid=look.rid("me_avatar"), role="me_avatar")
        picture.paint = Paint(shape=face_of(look.owner, look.owner))
        box = Rect(face.right + look.dp(20), rect.top, rect.right - look.dp(40), rect.bottom)
        middle = (rect.top + rect.bottom) // 2
        wide = box.right - box.left
        lines = (
            (look.owner, "me_name", 20, middle - look.sp(28), look.sp(28)),
            (look.word("me_detail"), "me_detail", 14, middle + look.dp(4), look.sp(20)),
        )
        words = [
            look.label(
                Rect(box.left, low, box.right, low + tall),
                text,
                size,
                role=role,
                color=SOFT if role == "me_detail" else "#191919",
                lines=(shorten(text, look.sp(size), wide),),
            )
            for text, role, size, low, tall in lines
        ]
        inner = Node(
            RELATIVE, rect, children=[picture, nested(1, Node(LINEAR, box, children=words))]
        )
        row = Node(LINEAR, rect, children=[nested(2, inner)], role="me_card")
        row.clickable, row.action = True, Action("beyond", "avatar_page")
        row.paint = Paint(fill=WHITE)
        return row

    return Item(max(look.dp(120), look.sp(64) + look.dp(24)), draw)


def other_tab(scene: Scene, area: Rect, offset: int) -> Node:
    """The content of one of the two."""
    role = "discover" if scene.stage.tab == DISCOVER else "me"
    return column(scene.look, area, _items(scene), offset, role=role)


def other_reach(scene: Scene, area: Rect, wanted: int) -> int:
    """How far it scrolls."""
    return min(wanted, furthest(area, _items(scene)))
