"""The menus of the conversation list: what `+` offers, and what a long press on a row does."""

from device_agent.sim.lettering import width
from device_agent.sim.screens.conversations import folded_page, start_screen
from device_agent.sim.screens.dialog import asked, dialog
from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    LIST,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.stage import Overlay
from device_agent.sim.world import Chat

_PLUS = ("start_chat", "add_friends", "scan", "pay")
_DARK = "#4C4C4C"


def plus_menu(scene: Scene, overlay: Overlay) -> Node:
    """The dark menu below the `+` of the start screen."""
    look = scene.look
    tall = max(look.dp(54), look.sp(32))
    names = [look.word(key) for key in _PLUS]
    wide = max(look.dp(150), max(width(name, look.sp(16)) for name in names) + look.dp(72))
    right, top = look.width - look.dp(8), look.body_top + look.dp(4)
    box = Rect(right - wide, top, right, top + tall * len(_PLUS))
    rows = []
    for number, (key, name) in enumerate(zip(_PLUS, names, strict=True)):
        rect = Rect(box.left, top + number * tall, box.right, top + (number + 1) * tall)
        left, middle = rect.left + look.dp(20), (rect.top + rect.bottom) // 2
        icon = Rect(left, middle - look.dp(11), left + look.dp(22), middle + look.dp(11))
        label = look.label(
            Rect(icon.right + look.dp(14), rect.top, rect.right, rect.bottom),
            name,
            16,
            role="plus_item",
            color=WHITE,
        )
        row = Node(LINEAR, rect, clickable=True, role=f"plus_{key}")
        row.action = Action("plus_choose", key)
        row.children = [Node(IMAGE, icon, paint=Paint(shape=f"plus_item:{key}")), nested(1, label)]
        rows.append(row)
    card = Node(LIST, box, rid=look.rid("plus_menu"), children=rows, role="plus_menu")
    card.paint = Paint(fill=_DARK, radius=look.dp(6))
    return _window(look, card, overlay)


def offers(chat: Chat) -> tuple[str, ...]:
    """What the menu of a row offers."""
    read = "mark_read" if chat.unread else "mark_unread"
    return read, "unpin_row" if chat.pinned else "pin_row", "hide_row", "delete_row"


def row_menu(scene: Scene, overlay: Overlay) -> Node:
    """The white menu over the row that was pressed."""
    look, chat = scene.look, scene.world.chats[overlay.target]
    keys = offers(chat)
    tall = max(look.dp(48), look.sp(30))
    wide = max(look.dp(140), max(width(look.word(key), look.sp(15)) for key in keys) + look.dp(40))
    row = _row(scene, chat)
    left = (look.width - wide) // 2
    top = min((row.top + row.bottom) // 2, look.height - tall * len(keys) - look.dp(64))
    box = Rect(left, top, left + wide, top + tall * len(keys))
    items = []
    for number, key in enumerate(keys):
        rect = Rect(left, top + number * tall, box.right, top + (number + 1) * tall)
        name = look.word(key)
        label = look.label(
            rect.inset(look.dp(20), 0), name, 15, role="row_menu_item", color=INK, lines=(name,)
        )
        item = Node(LINEAR, rect, children=[nested(1, label)], clickable=True, role=f"row_{key}")
        item.action = Action(key, chat.chat_id)
        items.append(item)
    card = Node(LIST, box, rid=look.rid("row_menu"), children=items, role="row_menu")
    card.paint = Paint(fill=WHITE, radius=look.dp(6))
    return _window(look, card, overlay, "dim")


def _row(scene: Scene, chat: Chat) -> Rect:
    """Where the chat's row stands."""
    wanted = Action("row_menu", chat.chat_id)
    below = folded_page(scene) if scene.stage.pages else start_screen(scene)
    return next((node.rect for node in below.walk() if node.hold == wanted), scene.look.screen)


def _window(look: Look, card: Node, overlay: Overlay, shape: str = "") -> Node:
    """A window that a tap beside the menu closes."""
    root = Node(FRAME, look.screen, children=[nested(2, card)], role="menu_window")
    root.action, root.paint = Action("dismiss", overlay.name), Paint(shape=shape)
    return root


def delete_row(scene: Scene, overlay: Overlay) -> Node:
    """Whether a chat's row and its messages are to be deleted."""
    look = scene.look
    yes = (look.word("delete"), Action("delete_row_now", overlay.target))
    no = (look.word("cancel"), Action("dismiss", overlay.name))
    return dialog(look, asked(look, "", look.word("delete_row_text"), yes, no))
