"""多选: a chat whose messages are being ticked, to be forwarded, kept or deleted together."""

from device_agent.sim.screens.look import Look
from device_agent.sim.screens.node import IMAGE, LINEAR, Action, Node, Paint, Rect
from device_agent.sim.world import Message

SELECTING = "selecting"
"""The `panel` of a chat's page in which messages are ticked."""
_CHECK = "android.widget.CheckBox"
_SHIFT_DP = 34
_TOOLS = ("forward", "favourite", "delete")


def tickable(look: Look, row: Node, message: Message, *, ticked: bool) -> Node:
    """A message's row with its box to tick; all else on it rests, others' messages move aside."""
    shift = 0 if message.own else look.dp(_SHIFT_DP)
    row.hold, row.long_clickable = None, False
    for part in row.children:
        # The time above a message stays in the middle.
        aside = 0 if any(node.role == "line" for node in part.walk()) else shift
        for node in part.walk():
            node.action = node.hold = None
            node.clickable = node.long_clickable = False
            left, top, right, bottom = node.rect
            node.rect = Rect(left + aside, top, right + aside, bottom)
    middle = row.rect.bottom - look.dp(28)
    box = Rect(look.dp(10), middle - look.dp(12), look.dp(34), middle + look.dp(12))
    check = Node(_CHECK, box, rid=look.rid("message_check"), role="message_check")
    check.checkable, check.checked = True, ticked
    check.paint = Paint(shape=f"radio:{'1' if ticked else ''}")
    row.children.append(check)
    row.clickable, row.action = True, Action("tick", message.message_id)
    return row


def tools(look: Look, rect: Rect, count: int) -> Node:
    """What is done with the ticked messages, in the place of the input bar."""
    wide = look.width // len(_TOOLS)
    cells = []
    for number, key in enumerate(_TOOLS):
        cell = Rect(number * wide, rect.top, (number + 1) * wide, rect.bottom)
        side = look.dp(24)
        middle = (cell.left + cell.right) // 2
        top = (cell.top + cell.bottom - side) // 2
        icon = Node(IMAGE, Rect(middle - side // 2, top, middle + side // 2, top + side))
        icon.paint = Paint(shape=f"menu:{key}:dark")
        button = Node(LINEAR, cell, children=[icon], desc=look.word(key), role=f"ticked_{key}")
        button.rid, button.enabled = look.rid("ticked_tool"), count > 0
        button.clickable, button.action = True, Action(f"ticked_{key}") if count else None
        cells.append(button)
    return Node(LINEAR, rect, children=cells, paint=Paint(fill="#F7F7F7", shape="edge"))
