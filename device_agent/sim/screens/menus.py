"""Menus over a page: what a long press on a message offers, and what a viewer's `…` does."""

from device_agent.sim.clock import moment
from device_agent.sim.lettering import width
from device_agent.sim.screens.chat import chat_page
from device_agent.sim.screens.dialog import asked, dialog
from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    IMAGE,
    LINEAR,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.stage import Overlay
from device_agent.sim.world import Message

RECALL_S = 120.0
_A_ROW = 5
_CELL_DP = (56, 64)


def offers(scene: Scene, message: Message) -> list[str]:
    """What the menu of a message offers: 撤回 for two minutes after an own one was sent."""
    keys = []
    if message.kind == "text":
        keys.append("copy")
    if message.kind == "voice":
        keys.append("transcribe")
    if message.kind not in {"voice", "red_packet", "transfer"}:
        keys.append("forward")
    if message.kind not in {"red_packet", "transfer"}:
        keys.append("favourite")
    age = (scene.look.now - moment(message.at)).total_seconds()
    if message.own and not message.failed and age <= RECALL_S:
        keys.append("recall")
    return [*keys, "select_more", "quote_it", "delete"]


def message_menu(scene: Scene, overlay: Overlay) -> Node:
    """The dark menu above, or where there is no room below, the bubble that was pressed."""
    look = scene.look
    message = scene.world.messages[overlay.target]
    keys = offers(scene, message)
    wide, tall = look.dp(_CELL_DP[0]), look.dp(_CELL_DP[1])
    rows = (len(keys) + _A_ROW - 1) // _A_ROW
    columns = min(_A_ROW, len(keys))
    bubble = _bubble(scene, message)
    size = (columns * wide + look.dp(12), rows * tall + look.dp(8))
    middle = (bubble.left + bubble.right) // 2
    left = max(look.dp(8), min(middle - size[0] // 2, look.width - size[0] - look.dp(8)))
    above = bubble.top - size[1] - look.dp(8)
    top = above if above > look.body_top else min(bubble.bottom, look.height - look.dp(260))
    box = Rect(left, top, left + size[0], top + size[1])
    font = _label_size(look, keys)
    cells = [
        _cell(
            look,
            Rect(
                left + look.dp(6) + number % _A_ROW * wide,
                top + look.dp(4) + number // _A_ROW * tall,
                left + look.dp(6) + (number % _A_ROW + 1) * wide,
                top + look.dp(4) + (number // _A_ROW + 1) * tall,
            ),
            key,
            message.message_id,
            font,
        )
        for number, key in enumerate(keys)
    ]
    card = Node(GROUP, box, rid=look.rid("menu"), children=cells, role="menu")
    card.paint = Paint(fill="#4C4C4C", radius=look.dp(8))
    return _window(look, nested(1, card), overlay)


def _bubble(scene: Scene, message: Message) -> Rect:
    wanted = Action("menu", message.message_id)
    found = (node.rect for node in chat_page(scene).walk() if node.hold == wanted)
    return next(found, scene.look.screen)


def _label_size(look: Look, keys: list[str]) -> float:
    """The largest font in which each label fits its cell on one line."""
    room = look.dp(_CELL_DP[0] - 2)
    longest = max(width(look.word(key), look.sp(12)) for key in keys)
    return min(12.0, 12.0 * room / longest)


def _cell(look: Look, cell: Rect, key: str, message_id: str, size: float) -> Node:
    side = look.dp(20)
    left = (cell.left + cell.right - side) // 2
    icon = Rect(left, cell.top + look.dp(10), left + side, cell.top + look.dp(10) + side)
    name = look.word(key)
    text = look.label(
        Rect(cell.left, icon.bottom + look.dp(4), cell.right, cell.bottom - look.dp(2)),
        name,
        size,
        role="menu_item",
        color=WHITE,
        align="center",
        lines=(name,),
    )
    node = Node(LINEAR, cell, clickable=True, role=f"menu_{key}", action=Action(key, message_id))
    node.children = [Node(IMAGE, icon, paint=Paint(shape=f"menu:{key}")), text]
    return node


def _window(look: Look, inner: Node, overlay: Overlay, shape: str = "") -> Node:
    """A window that a tap beside the menu closes."""
    root = Node(FRAME, look.screen, children=[inner], role="menu_window")
    root.action = Action("dismiss", overlay.name)
    root.paint = Paint(shape=shape)
    return root


def viewer_menu(scene: Scene, overlay: Overlay) -> Node:
    """What may be done with the picture or video in sight, from the lower edge up."""
    look = scene.look
    message = scene.world.messages[overlay.target]
    save = "save_video" if message.kind == "video" else "save_image"
    rows = [
        ("send_to_friend", Action("forward", overlay.target)),
        ("favourite", Action("favourite", overlay.target)),
        (save, Action("save_media", overlay.target)),
        ("cancel", Action("dismiss", overlay.name)),
    ]
    tall = look.dp(56)
    top = look.height - tall * len(rows) - look.dp(8)
    nodes = []
    for number, (key, action) in enumerate(rows):
        low = top + number * tall + (look.dp(8) if key == "cancel" else 0)
        rect = Rect(0, low, look.width, low + tall)
        item = look.label(
            rect, look.word(key), 17, role="sheet_item", kind=TEXT, color=INK, align="center"
        )
        item.clickable, item.action = True, action
        if item.paint:
            item.paint.fill = WHITE
        nodes.append(item)
    box = Rect(0, top, look.width, look.height)
    sheet = Node(LINEAR, box, children=nodes, paint=Paint(fill="#EDEDED"))
    return _window(look, nested(2, sheet), overlay, "dim")


def resend(scene: Scene, overlay: Overlay) -> Node:
    """Whether a message that did not leave is to be sent again."""
    look = scene.look
    yes = (look.word("resend"), Action("resend", overlay.target))
    no = (look.word("cancel"), Action("dismiss", overlay.name))
    root = dialog(look, asked(look, "", look.word("resend_text"), yes, no))
    for node in root.walk():
        if node.action == yes[1]:
            node.role = "resend"
    return root


def delete(scene: Scene, overlay: Overlay) -> Node:
    """Whether a message is to be deleted from this phone."""
    look = scene.look
    yes = (look.word("delete"), Action("delete_now", overlay.target))
    no = (look.word("cancel"), Action("dismiss", overlay.name))
    return dialog(look, asked(look, "", look.word("delete_text"), yes, no))


def shared(scene: Scene, overlay: Overlay) -> Node:
    """已发送: back to the app that shared, or stay in WeChat."""
    look = scene.look
    yes = (look.word("stay_here"), Action("dismiss", overlay.name))
    no = (look.word("return"), Action("return"))
    return dialog(look, asked(look, look.word("sent"), "", yes, no))
