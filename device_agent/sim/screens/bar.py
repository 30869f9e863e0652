"""The bars at the top of WeChat's pages: a title with its buttons, or a search field."""

from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.look import GREEN, GREY, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    EDIT,
    FRAME,
    LINEAR,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)

LINK = "#576B95"
# The title of a page with Android's own action bar.
TITLE_ID = "android:id/text1"


def title_bar(look: Look, title: str, right: Node | None = None, fill: str = PAPER) -> Node:
    """The arrow back, the title in the middle and, if any, what stands on the right."""
    bar = Rect(0, look.top, look.width, look.body_top)
    back = look.icon(
        Rect(look.dp(8), bar.top + look.dp(10), look.dp(36), bar.bottom - look.dp(10)),
        "back",
        role="back",
        desc=look.word("back"),
    )
    back.clickable, back.action = True, Action("back")
    children = [back]
    if title:
        side = look.dp(56)
        if right is not None:
            side = max(side, look.width - right.rect.left + look.dp(4))
        room = look.width - 2 * side
        shown = shorten(title, look.sp(17), room)
        wide = width(shown, look.sp(17)) + look.dp(2)
        left = (look.width - wide) // 2
        box = Rect(left, bar.top + look.dp(8), left + wide, bar.bottom - look.dp(8))
        text = look.label(box, title, 17, lines=(shown,), align="center")
        text.rid, text.role = TITLE_ID, "page_title"
        children.append(Node(LINEAR, bar, children=[nested(2, text)]))
    if right is not None:
        children.append(right)
    inner = Node(RELATIVE, bar, children=children)
    return Node(FRAME, bar, children=[nested(1, inner)], paint=Paint(fill=fill))


def bar_button(look: Look, label: str, action: Action, *, role: str, on: bool = True) -> Node:
    """A green button on the right of a title bar; one that is not `on` is grey and does nothing."""
    wide = width(label, look.sp(15)) + look.dp(24)
    right = look.width - look.dp(12)
    box = Rect(right - wide, look.top + look.dp(8), right, look.body_top - look.dp(8))
    button = look.label(
        box, label, 15, role=role, kind=BUTTON, color=WHITE if on else GREY, align="center"
    )
    button.clickable = button.focusable = True
    button.enabled = on
    button.action = action if on else None
    if button.paint:
        button.paint.fill, button.paint.radius = GREEN if on else "#E1E1E1", look.dp(4)
    return button


def bar_icon(look: Look, shape: str, desc: str, action: Action, *, role: str) -> Node:
    """A small drawing on the right of a title bar that can be tapped."""
    right = look.width - look.dp(16)
    box = Rect(right - look.dp(28), look.top + look.dp(10), right, look.body_top - look.dp(10))
    icon = look.icon(box, shape, role=role, desc=desc)
    icon.clickable, icon.action = True, action
    return icon


def search_bar(look: Look, words: str, *, focused: bool, cancel: bool = True) -> Node:
    """A search field, with 取消 on its right."""
    bar = Rect(0, look.top, look.width, look.body_top)
    quit_label = look.word("cancel")
    wide = width(quit_label, look.sp(16)) + look.dp(4) if cancel else 0
    end = look.width - look.dp(12) - (wide + look.dp(12) if cancel else 0)
    box = Rect(look.dp(8), bar.top + look.dp(6), end, bar.bottom - look.dp(6))
    lens = Rect(box.left + look.dp(8), box.top + look.dp(8), 0, box.bottom - look.dp(8))
    lens = lens._replace(right=lens.left + lens.bottom - lens.top)
    inner = Rect(lens.right + look.dp(6), box.top, box.right - look.dp(36), box.bottom)
    shown = shorten(words or look.word("search"), look.sp(16), inner.right - inner.left)
    color = "#191919" if words else GREY
    field = look.label(
        inner, words, 16, role="search_field", kind=EDIT, color=color, lines=(shown,)
    )
    field.hint = look.word("search")
    # An empty field's hint is what Android gives as its text.
    field.text = words or field.hint
    field.clickable = field.long_clickable = field.focusable = True
    field.focused, field.action = focused, Action("focus")
    if focused and field.paint:
        field.paint.shape = f"caret:{width(shown, look.sp(16)) if words else 0}:0"
    holder = Node(LINEAR, box, children=[look.icon(lens, "search"), nested(1, field)])
    if words:
        side = box.bottom - box.top
        rubber = Rect(box.right - side, box.top, box.right, box.bottom)
        clear = look.icon(rubber, "rubber", role="search_clear", desc=look.word("clear_words"))
        clear.clickable, clear.action = True, Action("clear_words")
        holder.children.append(clear)
    holder.paint = Paint(fill=WHITE, radius=look.dp(6))
    children = [nested(2, holder)]
    if cancel:
        right = look.width - look.dp(12)
        place = Rect(right - wide, bar.top + look.dp(8), right, bar.bottom - look.dp(8))
        button = look.label(place, quit_label, 16, role="search_cancel", color=LINK, align="right")
        button.clickable, button.action = True, Action("back")
        children.append(button)
    return Node(LINEAR, bar, children=[nested(1, Node(RELATIVE, bar, children=children))])
