"""WeChat's chat screen: title, the messages that fit, and the input bar."""

from dataclasses import dataclass

from device_agent.sim.clock import moment
from device_agent.sim.content import summary
from device_agent.sim.lettering import shorten, width, wrap
from device_agent.sim.screens.bubble import LINE_KINDS, Measure, Row, measure, row_node
from device_agent.sim.screens.look import GREEN, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    EDIT,
    FRAME,
    IMAGE,
    IMAGE_BUTTON,
    LINEAR,
    RECYCLER,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.wording import separator
from device_agent.sim.world import Chat, Message

# WeChat writes the time above a message that comes more than five minutes after the one before.
QUIET_S = 300.0
BAR_DP = 56
FIELD_LINES = 5
TITLE_DP = 232


@dataclass(frozen=True, slots=True)
class ChatView:
    """An open chat: how far it is scrolled up from its end, in pixels, if one types, now in s."""

    chat: Chat
    messages: dict[str, Message]
    up: int
    focused: bool
    now: float = 0.0


def view_of(scene: Scene, up: int | None = None) -> ChatView:
    """The chat that the page on top is about, scrolled as it is or by `up` pixels."""
    page = scene.page
    chat = scene.world.chats[page.target]
    return ChatView(chat, scene.world.messages, page.offset if up is None else up, page.focused)


def chat_page(scene: Scene) -> Node:
    """The page of an open chat."""
    return chat_screen(scene.look, view_of(scene))


def chat_reach(scene: Scene, wanted: int) -> int:
    """How far up the chat can be scrolled, at most `wanted` pixels."""
    return reach(scene.look, view_of(scene, max(0, wanted)))


def field_lines(look: Look, text: str) -> tuple[str, ...]:
    """The lines of the input field, for the picture and for its height."""
    return wrap(text, look.sp(17), look.width - look.dp(56 + 100 + 20))


def message_area(look: Look, draft: str) -> Rect:
    """Where the messages stand: between title bar and input bar, which grows with its text."""
    lines = min(FIELD_LINES, len(field_lines(look, draft)))
    bar = max(look.dp(BAR_DP), lines * look.sp(24) + look.dp(28))
    return Rect(0, look.body_top, look.width, look.height - bar)


def row_of(look: Look, view: ChatView, place: int) -> Row:
    """A message with the time line and the sender's name that its place calls for."""
    messages = view.chat.messages
    message = messages[place]
    before = messages[place - 1].at if place else None
    time = ""
    if before is None or message.at - before > QUIET_S:
        time = separator(moment(message.at), look.now, look.lang)
    group = view.chat.kind == "group" and not message.own and message.kind not in LINE_KINDS
    quoted = view.messages.get(message.quote or "")
    quote = f"{quoted.sender}：{summary(quoted, look.lang)}" if quoted else ""
    sending = not 0 <= message.pending_until <= view.now
    return Row(message, time, message.sender if group else "", quote, sending)


def height_of(look: Look, view: ChatView, place: int) -> int:
    """How tall one message's row is, in pixels."""
    return measure(look, row_of(look, view, place)).height


def reach(look: Look, view: ChatView) -> int:
    """The scroll offset, at most what brings the first message to the top."""
    area = message_area(look, view.chat.draft)
    room = area.bottom - area.top
    total = look.dp(8)
    for place in range(len(view.chat.messages) - 1, -1, -1):
        total += height_of(look, view, place)
        if total >= view.up + room:
            return view.up
    return max(0, total - room)


def _placed(look: Look, view: ChatView, area: Rect) -> list[tuple[Row, Measure, int]]:
    """The rows that the area shows, top down, each with its top edge."""
    rows: list[tuple[Row, Measure, int]] = []
    bottom = area.bottom - look.dp(8) + view.up
    for place in range(len(view.chat.messages) - 1, -1, -1):
        row = row_of(look, view, place)
        size = measure(look, row)
        top = bottom - size.height
        if top < area.bottom:
            rows.append((row, size, top))
        if top <= area.top:
            break
        bottom = top
    rows.reverse()
    if rows and rows[0][2] > area.top:
        lift = rows[0][2] - area.top
        rows = [(row, size, top - lift) for row, size, top in rows]
    return rows


def chat_screen(look: Look, view: ChatView) -> Node:
    """The whole screen of an open chat."""
    area = message_area(look, view.chat.draft)
    rows = [row_node(look, row, size, top) for row, size, top in _placed(look, view, area)]
    listing = Node(RECYCLER, area, rid=look.rid("messages"), children=rows, role="messages")
    listing.scrollable = len(view.chat.messages) > 0
    listing.focusable = True
    body = Node(
        FRAME, area, children=[nested(look.profile.depth, listing)], paint=Paint(fill=PAPER)
    )
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    inner = Node(
        LINEAR, look.screen, children=[body, _title_bar(look, view.chat), _bar(look, view, area)]
    )
    root.children = [nested(look.profile.depth * 2 + 2, inner)]
    return root


def title_of(look: Look, chat: Chat) -> str:
    """The title as shown: with the number of members for a group; `…` where it is too long."""
    count = ""
    if chat.kind == "group" and not chat.removed_me:
        count = f"({len(set(chat.members) | {look.owner})})"
    room = look.dp(TITLE_DP) - width(count, look.sp(17))
    return shorten(chat.shown_title, look.sp(17), room) + count


def _title_bar(look: Look, chat: Chat) -> Node:
    bar = Rect(0, look.top, look.width, look.body_top)
    title = title_of(look, chat)
    wide = width(title, look.sp(17)) + look.dp(2)
    left = (look.width - wide) // 2
    text = look.label(
        Rect(left, bar.top + look.dp(10), left + wide, bar.bottom - look.dp(10)),
        title,
        17,
        role="title",
    )
    back = look.icon(
        Rect(look.dp(8), bar.top + look.dp(12), look.dp(36), bar.bottom - look.dp(12)),
        "back",
        role="back",
        desc=look.word("back"),
    )
    back.clickable = True
    back.action = Action("back")
    info = look.icon(
        Rect(
            look.width - look.dp(44),
            bar.top + look.dp(12),
            look.width - look.dp(16),
            bar.bottom - look.dp(12),
        ),
        "dots",
        role="chat_info",
        desc=look.word("chat_info"),
    )
    info.clickable = True
    holder = Node(LINEAR, bar, children=[nested(2, text)])
    children = [back, holder, info]
    if chat.muted:
        bell = Rect(
            left + wide + look.dp(4),
            bar.top + look.dp(16),
            left + wide + look.dp(20),
            bar.bottom - look.dp(16),
        )
        children.append(Node(IMAGE, bell, paint=Paint(shape="muted")))
    return Node(
        FRAME,
        bar,
        children=[nested(1, Node(RELATIVE, bar, children=children))],
        paint=Paint(fill=PAPER),
    )


def _bar(look: Look, view: ChatView, area: Rect) -> Node:
    rect = Rect(0, area.bottom, look.width, look.height)
    side, margin = look.dp(32), look.dp(12)
    low = rect.bottom - margin
    draft = view.chat.draft
    voice = look.icon(
        Rect(look.dp(8), low - side, look.dp(8) + side, low),
        "voice",
        role="voice_toggle",
        desc=look.word("voice"),
        kind=IMAGE_BUTTON,
    )
    voice.clickable = True
    end = look.width - look.dp(8)
    last = _send(look, end, low) if draft else _more(look, end, low, side)
    right = last.rect.left - look.dp(8)
    emoji = look.icon(
        Rect(right - side, low - side, right, low),
        "emoji",
        role="emoji",
        desc=look.word("emoji"),
        kind=IMAGE_BUTTON,
    )
    emoji.clickable = True
    box = Rect(
        look.dp(8) + side + look.dp(8),
        rect.top + look.dp(8),
        emoji.rect.left - look.dp(8),
        rect.bottom - look.dp(8),
    )
    inner = Node(LINEAR, rect, children=[voice, nested(2, _field(look, view, box)), emoji, last])
    return Node(
        LINEAR,
        rect,
        rid=look.rid("input_bar"),
        children=[nested(look.profile.depth - 1, inner)],
        paint=Paint(fill="#F7F7F7"),
    )


def _field(look: Look, view: ChatView, box: Rect) -> Node:
    draft = view.chat.draft
    lines = field_lines(look, draft)[-FIELD_LINES:]
    field = look.label(box, draft, 17, role="input", kind=EDIT, lines=lines)
    field.clickable = field.long_clickable = field.focusable = True
    field.focused = view.focused
    field.action = Action("focus")
    if field.paint:
        field.paint.fill, field.paint.radius = WHITE, look.dp(6)
        field.paint.shape = "field"
    return field


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


def _more(look: Look, end: int, low: int, side: int) -> Node:
    button = look.icon(
        Rect(end - side, low - side, end, low),
        "more",
        role="more",
        desc=look.word("more"),
        kind=IMAGE_BUTTON,
    )
    button.clickable = button.focusable = True
    return button
