"""WeChat's chat screen: title, the messages that fit, and the input bar."""

from dataclasses import dataclass, field, replace

from device_agent.sim.clock import moment
from device_agent.sim.content import summary
from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.bubble import LINE_KINDS, Measure, Row, measure, row_node
from device_agent.sim.screens.input_bar import Bar, bar_node, bar_rect
from device_agent.sim.screens.look import PAPER, Look
from device_agent.sim.screens.node import (
    FRAME,
    IMAGE,
    LINEAR,
    RECYCLER,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.panel import PANELS, panel_node
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.selecting import SELECTING, tickable, tools
from device_agent.sim.wording import separator
from device_agent.sim.world import Chat, Message, World

# WeChat writes the time above a message that comes more than five minutes after the one before.
QUIET_S = 300.0
TITLE_DP = 232


@dataclass(frozen=True, slots=True)
class ChatView:
    """An open chat: how far it is scrolled up from its end, in pixels, its input bar, now in s,
    which of its voice messages were turned into text, and which messages are `ticked`.
    """

    chat: Chat
    world: World
    up: int
    bar: Bar
    now: float = 0.0
    transcribed: frozenset[str] = frozenset()
    ticked: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    def name_of(self, message: Message) -> str:
        """What the chat calls the one who wrote a message."""
        sender = message.sender
        if sender not in self.names:
            self.names[sender] = self._named(sender)
        return self.names[sender]

    def key_of(self, message: Message) -> str:
        """What decides the colour of the writer's avatar, the same in all screens."""
        if self.chat.kind == "private":
            return self.chat.name
        friend = self.world.friend(message.sender)
        return friend.name if friend is not None else message.sender

    def card_of(self, message: Message) -> str:
        """Whose card a tap on the avatar opens, as `screens.card.person_of` takes it."""
        chat_id = self.chat.chat_id
        friend = self.chat.kind == "private" and not message.own
        return chat_id if friend else f"{chat_id}/{message.sender}"

    def quote_line(self, message_id: str | None, look: Look) -> str:
        """A quoted message as one line; empty where nothing is quoted."""
        if message_id is None:
            return ""
        message = self.world.messages.get(message_id)
        if message is None:
            return look.word("quote_gone")
        name = look.owner if message.own else self.name_of(message)
        return f"{name}：{summary(message, look.lang)}"

    def _named(self, sender: str) -> str:
        chat = self.chat
        if chat.kind == "group":
            return self.world.shown_member(chat, sender)
        return chat.shown_title if sender == chat.title else sender


def view_of(scene: Scene, up: int | None = None) -> ChatView:
    """The chat that the page on top is about, scrolled as it is or by `up` pixels."""
    page, world = scene.page, scene.world
    chat = world.chats[page.target]
    up = page.offset if up is None else up
    view = ChatView(chat, world, up, Bar(""), scene.now, frozenset(scene.stage.transcribed))
    quote = view.quote_line(page.quoting, scene.look)
    bar = Bar(chat.draft, page.focused, page.panel, quote)
    return replace(view, bar=bar, ticked=tuple(page.picked))


def chat_page(scene: Scene) -> Node:
    """The page of an open chat."""
    return chat_screen(scene.look, view_of(scene))


def chat_reach(scene: Scene, wanted: int) -> int:
    """How far up the chat can be scrolled, at most `wanted` pixels."""
    return reach(scene.look, view_of(scene, max(0, wanted)))


def message_area(look: Look, view: ChatView) -> Rect:
    """Where the messages stand: between title bar and input bar."""
    return Rect(0, look.body_top, look.width, bar_rect(look, view.bar).top)


def row_of(look: Look, view: ChatView, place: int) -> Row:
    """A message with the time line and the sender's name that its place calls for."""
    messages = view.chat.messages
    message = messages[place]
    before = messages[place - 1].at if place else None
    time = ""
    if before is None or message.at - before > QUIET_S:
        time = separator(moment(message.at), look.now, look.lang)
    name = look.owner if message.own else view.name_of(message)
    group = view.chat.kind == "group" and not message.own and message.kind not in LINE_KINDS
    words = ""
    if message.message_id in view.transcribed:
        words = str(message.content.get("transcript") or look.word("no_words_heard"))
    return Row(
        message,
        time,
        name if group or message.kind == "recalled" else "",
        view.quote_line(message.quote, look),
        sending=not 0 <= message.pending_until <= view.now,
        words=words,
        face="" if view.chat.bare_avatars else name,
        key=look.owner if message.own else view.key_of(message),
        card=view.card_of(message),
    )


def height_of(look: Look, view: ChatView, place: int) -> int:
    """How tall one message's row is, in pixels."""
    return measure(look, row_of(look, view, place)).height


def reach(look: Look, view: ChatView) -> int:
    """The scroll offset, at most what brings the first message to the top."""
    area = message_area(look, view)
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
    area = message_area(look, view)
    rows = [_row_node(look, view, *placed) for placed in _placed(look, view, area)]
    listing = Node(RECYCLER, area, rid=look.rid("messages"), children=rows, role="messages")
    listing.scrollable = len(view.chat.messages) > 0
    listing.focusable = True
    body = Node(
        FRAME, area, children=[nested(look.profile.depth, listing)], paint=Paint(fill=PAPER)
    )
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    lower = bar_node(look, view.bar)
    if view.bar.panel == SELECTING:
        lower = tools(look, lower.rect, len(view.ticked))
    parts = [body, _title_bar(look, view), lower]
    if view.bar.panel in PANELS:
        listing.action = Action("close_panel")
        parts.append(panel_node(look, view.bar.panel, view.chat))
    inner = Node(LINEAR, look.screen, children=parts)
    root.children = [nested(look.profile.depth * 2 + 2, inner)]
    return root


def _row_node(look: Look, view: ChatView, row: Row, size: Measure, top: int) -> Node:
    node = row_node(look, row, size, top)
    if view.bar.panel != SELECTING or row.message.kind in LINE_KINDS:
        return node
    return tickable(look, node, row.message, ticked=row.message.message_id in view.ticked)


def title_of(look: Look, chat: Chat) -> str:
    """The title as shown: with the number of members for a group; `…` where it is too long."""
    if chat.typing and chat.kind == "private":
        return look.word("typing")
    count = ""
    if chat.kind == "group" and not chat.removed_me:
        count = f"({len(set(chat.members) | {look.owner})})"
    room = look.dp(TITLE_DP) - width(count, look.sp(17))
    return shorten(chat.shown_title, look.sp(17), room) + count


def _title_bar(look: Look, view: ChatView) -> Node:
    chat = view.chat
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
    back.action = Action("end_ticking" if view.bar.panel == SELECTING else "back")
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
    info.clickable, info.action = True, Action("chat_info", chat.chat_id)
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
