"""The bar at the bottom of a chat: voice, field, emoji, `+` or 发送, and the quote below them."""

from dataclasses import dataclass

from device_agent.sim.lettering import shorten, width, wrap
from device_agent.sim.screens.look import GREEN, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    EDIT,
    IMAGE_BUTTON,
    LINEAR,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.panel import panel_height

BAR_DP = 56
FIELD_LINES = 5
_QUOTE_DP = 34


@dataclass(frozen=True, slots=True)
class Bar:
    """What the input bar shows; `quote` is the line of the message to be quoted, if any."""

    draft: str
    focused: bool = False
    panel: str = ""
    quote: str = ""


def field_lines(look: Look, text: str) -> tuple[str, ...]:
    """The lines of the input field, for the picture and for its height."""
    return wrap(text, look.sp(17), look.width - look.dp(56 + 100 + 20))


def bar_rect(look: Look, bar: Bar) -> Rect:
    """Where the bar stands: above an open panel; it grows with its text."""
    lines = min(FIELD_LINES, len(field_lines(look, bar.draft)))
    tall = max(look.measure("input_bar", BAR_DP), lines * look.sp(24) + look.dp(28))
    tall += look.dp(_QUOTE_DP) if bar.quote else 0
    bottom = look.height - panel_height(look, bar.panel)
    return Rect(0, bottom - tall, look.width, bottom)


def bar_node(look: Look, bar: Bar) -> Node:
    """The input bar."""
    whole = bar_rect(look, bar)
    rect = whole._replace(bottom=whole.bottom - (look.dp(_QUOTE_DP) if bar.quote else 0))
    side, margin = look.dp(32), look.dp(12)
    low = rect.bottom - margin
    talking = bar.panel == "voice"
    corner = Rect(look.dp(8), low - side, look.dp(8) + side, low)
    voice = _button(look, corner, "voice_toggle", look.word("keyboard") if talking else "")
    if talking and voice.paint:
        voice.paint.shape = "keyboard"
    voice.action = Action("panel", "voice")
    end = look.width - look.dp(8)
    last = (
        _send(look, end, low)
        if bar.draft
        else _more(look, Rect(end - side, low - side, end, low), bar)
    )
    right = last.rect.left - look.dp(8)
    emoji = _button(look, Rect(right - side, low - side, right, low), "emoji")
    emoji.action = Action("panel", "emoji")
    box = Rect(
        look.dp(8) + side + look.dp(8),
        rect.top + look.dp(8),
        emoji.rect.left - look.dp(8),
        rect.bottom - look.dp(8),
    )
    middle = _talk(look, box) if talking else _field(look, bar, box)
    parts = Node(LINEAR, rect, children=[voice, nested(2, middle), emoji, last])
    inner = parts
    if bar.quote:
        strip = _quote(look, Rect(box.left, rect.bottom, box.right, whole.bottom), bar.quote)
        inner = Node(LINEAR, whole, children=[parts, strip])
    return Node(
        LINEAR,
        whole,
        rid=look.rid("input_bar"),
        children=[nested(look.profile.depth - 1, inner)],
        paint=Paint(fill="#F7F7F7", shape="edge"),
    )


_DRAWN = {"voice_toggle": "voice", "emoji": "emoji", "more": "more"}


def _button(look: Look, rect: Rect, role: str, desc: str = "") -> Node:
    shape = _DRAWN[role]
    button = look.icon(rect, shape, role=role, desc=desc or look.word(shape), kind=IMAGE_BUTTON)
    button.clickable = True
    return button


def _field(look: Look, bar: Bar, box: Rect) -> Node:
    lines = field_lines(look, bar.draft)[-FIELD_LINES:]
    field = look.label(box, bar.draft, 17, role="input", kind=EDIT, lines=lines)
    field.clickable = field.long_clickable = field.focusable = True
    field.focused = bar.focused
    field.action = Action("focus")
    if field.paint:
        field.paint.fill, field.paint.radius = WHITE, look.dp(6)
        field.paint.shape = _cursor(look, lines) if bar.focused else "field"
    return field


def _cursor(look: Look, lines: tuple[str, ...]) -> str:
    """Where the cursor stands in the picture: after the last line, from the field's left edge and
    from its middle.
    """
    right = look.sp(10) + width(lines[-1], look.sp(17))
    return f"field+:{right}:{(len(lines) - 1) * look.sp(24) // 2}"


def _talk(look: Look, box: Rect) -> Node:
    button = look.label(
        box, look.word("hold_to_talk"), 16, role="hold_to_talk", kind=BUTTON, align="center"
    )
    button.clickable = button.long_clickable = True
    if button.paint:
        button.paint.fill, button.paint.radius = WHITE, look.dp(6)
    return button


def _send(look: Look, end: int, low: int) -> Node:
    rect = Rect(end - look.dp(56), low - look.dp(33), end, low)
    button = look.label(
        rect, look.word("send"), 14, role="send", kind=BUTTON, color=WHITE, align="center"
    )
    button.clickable = button.focusable = True
    button.action = Action("send")
    if button.paint:
        button.paint.fill, button.paint.radius = GREEN, look.dp(4)
    return button


def _more(look: Look, rect: Rect, bar: Bar) -> Node:
    shown = bar.panel in {"plus", "plus2"}
    button = _button(look, rect, "more", look.word("more_open" if shown else "more"))
    button.focusable = True
    button.action = Action("panel", "plus")
    return button


def _quote(look: Look, strip: Rect, quote: str) -> Node:
    rect = strip._replace(bottom=strip.bottom - look.dp(8))
    side = rect.bottom - rect.top
    room = Rect(rect.left + look.dp(8), rect.top, rect.right - side, rect.bottom)
    shown = shorten(quote, look.sp(13), room.right - room.left)
    text = look.label(room, quote, 13, role="quoting", color="#7F7F7F", lines=(shown,))
    cross = Rect(rect.right - side, rect.top, rect.right, rect.bottom).inset(side // 4, side // 4)
    close = look.icon(cross, "cross", role="quoting_close", desc=look.word("close"))
    close.clickable, close.action = True, Action("unquote")
    node = Node(RELATIVE, rect, children=[text, close])
    node.paint = Paint(fill="#E8E8E8", radius=look.dp(4))
    return nested(1, node)
