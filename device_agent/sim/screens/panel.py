"""What opens below a chat's input bar: the `+` panel of two pages, and the emoji."""

from device_agent.sim.lettering import shorten
from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    IMAGE,
    LINEAR,
    RECYCLER,
    RELATIVE,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.world import Chat

PANELS = {"plus": 272, "plus2": 272, "emoji": 272}
"""The panels and their heights in dp; `plus2` is the second page of `plus`."""
_COLUMNS, _ROWS = 4, 2
_FIRST = (
    "album",
    "camera",
    "video_call",
    "place",
    "red_packet",
    "money",
    "dictation",
    "favourites",
)
_SECOND = ("file", "coupons", "music", "contact_card")
_ALONE = {"money"}
# What the faces are called in WeChat, in Chinese and in English; a tap types the name.
FACES = {
    "[微笑]": ("🙂", "[Smile]"),
    "[撇嘴]": ("😕", "[Grimace]"),
    "[色]": ("😍", "[Drool]"),
    "[发呆]": ("😳", "[Scowl]"),
    "[得意]": ("😎", "[CoolGuy]"),
    "[流泪]": ("😢", "[Sob]"),
    "[害羞]": ("☺️", "[Shy]"),
    "[闭嘴]": ("🤐", "[Silent]"),
    "[睡]": ("😴", "[Sleep]"),
    "[大哭]": ("😭", "[Cry]"),
    "[尴尬]": ("😅", "[Awkward]"),
    "[发怒]": ("😡", "[Angry]"),
    "[调皮]": ("😜", "[Tongue]"),
    "[呲牙]": ("😁", "[Grin]"),
    "[惊讶]": ("😮", "[Surprise]"),
    "[难过]": ("🙁", "[Frown]"),
    "[偷笑]": ("🤭", "[Chuckle]"),
    "[愉快]": ("😊", "[Joyful]"),
    "[白眼]": ("🙄", "[Slight]"),
    "[傲慢]": ("😤", "[Smug]"),
    "[困]": ("🥱", "[Drowsy]"),
    "[惊恐]": ("😱", "[Panic]"),
    "[流汗]": ("😓", "[Sweat]"),
    "[憨笑]": ("😄", "[Laugh]"),
    "[玫瑰]": ("🌹", "[Rose]"),
    "[爱心]": ("❤️", "[Heart]"),
    "[强]": ("👍", "[ThumbsUp]"),
    "[抱拳]": ("🙏", "[Salute]"),
}
_FACES_A_ROW = 7


def panel_height(look: Look, panel: str) -> int:
    """How much room a panel takes below the bar, in pixels."""
    return look.dp(PANELS.get(panel, 0))


def panel_items(chat: Chat, panel: str) -> tuple[str, ...]:
    """What a page of the `+` panel offers in this chat; groups have no transfer."""
    items = _FIRST if panel == "plus" else _SECOND
    return tuple(one for one in items if chat.kind == "private" or one not in _ALONE)


def panel_node(look: Look, panel: str, chat: Chat) -> Node:
    """The open panel."""
    rect = Rect(0, look.height - panel_height(look, panel), look.width, look.height)
    inner = _faces(look, rect) if panel == "emoji" else _grid(look, rect, panel, chat)
    root = Node(LINEAR, rect, rid=look.rid("panel"), paint=Paint(fill="#F7F7F7", shape="edge"))
    root.children = [nested(2, inner)]
    return root


def _grid(look: Look, rect: Rect, panel: str, chat: Chat) -> Node:
    wide = look.width // _COLUMNS
    tall = look.dp(118)
    cells = []
    for number, key in enumerate(panel_items(chat, panel)):
        left = number % _COLUMNS * wide
        top = rect.top + look.dp(14) + number // _COLUMNS * tall
        cells.append(_cell(look, Rect(left, top, left + wide, top + tall), key))
    page = Node(GROUP, rect, rid=look.rid("panel_page"), children=cells, scrollable=True)
    dots = Rect(0, rect.bottom - look.dp(18), look.width, rect.bottom - look.dp(10))
    current = "0" if panel == "plus" else "1"
    return Node(
        FRAME, rect, children=[page, Node(LINEAR, dots, paint=Paint(shape=f"at:{current}"))]
    )


def _cell(look: Look, cell: Rect, key: str) -> Node:
    side = look.dp(60)
    left = (cell.left + cell.right - side) // 2
    box = Rect(left, cell.top + look.dp(8), left + side, cell.top + look.dp(8) + side)
    icon = Node(IMAGE, box.inset(look.dp(17), look.dp(17)), paint=Paint(shape=f"tool:{key}"))
    plate = Node(RELATIVE, box, children=[icon], paint=Paint(fill=WHITE, radius=look.dp(14)))
    name = look.word(key)
    text = look.label(
        Rect(cell.left, box.bottom + look.dp(6), cell.right, box.bottom + look.dp(6) + look.sp(18)),
        name,
        12,
        role="panel_item",
        color="#7A7A7A",
        align="center",
        lines=(shorten(name, look.sp(12), cell.right - cell.left),),
    )
    return Node(
        LINEAR,
        cell,
        children=[nested(1, plate), text],
        clickable=True,
        focusable=True,
        role="panel_cell",
        action=Action("tool", key),
    )


def _faces(look: Look, rect: Rect) -> Node:
    wide = look.width // _FACES_A_ROW
    tall = look.dp(52)
    cells = []
    for number, (chinese, (face, english)) in enumerate(FACES.items()):
        name = chinese if look.lang == "zh" else english
        left = number % _FACES_A_ROW * wide
        top = rect.top + look.dp(36) + number // _FACES_A_ROW * tall
        cell = Rect(left, top, left + wide, top + tall)
        paint = Paint(color=INK, size=look.dp(30), lines=(face,), align="center")
        cells.append(
            Node(
                IMAGE,
                cell,
                rid=look.rid("face"),
                desc=name,
                clickable=True,
                role="face",
                action=Action("face", name),
                paint=paint,
            )
        )
    title = Rect(look.dp(16), rect.top + look.dp(8), look.width, rect.top + look.dp(34))
    heading = "所有表情" if look.lang == "zh" else "All"
    label = look.label(title, heading, 13, color="#7A7A7A", kind=TEXT)
    return Node(RECYCLER, rect, rid=look.rid("faces"), children=[label, *cells])
