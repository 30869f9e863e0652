"""The rows of the conversation list: what they say about a chat, and how one is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from device_agent.sim import wording
from device_agent.sim.clock import moment
from device_agent.sim.content import summary, unread_mark
from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.entry import face_of_chat
from device_agent.sim.screens.look import GREY, RED, WHITE, Look
from device_agent.sim.screens.node import (
    IMAGE,
    LINEAR,
    RELATIVE,
    VIEW,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Chat, World

MANY_UNREAD = 99
_WITHOUT_NAME = frozenset({"system", "recalled"})


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says; the first `alarm` characters of its preview are red.

    `unread` stands in a badge, or, if `quiet`, is no more than a dot.
    """

    name: str
    face: str
    preview: str
    when: str
    action: Action
    hold: Action | None = None
    alarm: int = 0
    unread: int = 0
    quiet: bool = False
    muted: bool = False
    pinned: bool = False


def listed_lines(scene: Scene) -> list[Callable[[], Line]]:
    """The list itself: pinned chats, then the latest, folded ones together in one row.

    A line is only made when it is called for: most are out of sight.
    """
    world = scene.world
    chats, folded = world.listing(), world.folded_chats()
    lines = [partial(chat_line, scene, chat) for chat in chats]
    if folded:
        latest = max(chat.last_at for chat in folded)
        place = sum(1 for chat in chats if chat.pinned or chat.last_at > latest)
        lines.insert(place, partial(_folded_line, scene, folded))
    return list(lines)


def folded_lines(scene: Scene) -> list[Callable[[], Line]]:
    """What stands below 折叠的聊天; a chat that is opened there lies above it."""
    chats = scene.world.folded_chats()
    return [partial(chat_line, scene, chat, "open_above") for chat in chats]


def chat_line(scene: Scene, chat: Chat, verb: str = "open") -> Line:
    """A chat's own row."""
    look = scene.look
    text, alarm = preview(scene.world, chat, look.lang)
    return Line(
        chat.shown_title,
        face_of_chat(scene.world, chat),
        text,
        wording.list_time(moment(chat.last_at), look.now, look.lang),
        Action(verb, chat.chat_id),
        Action("row_menu", chat.chat_id),
        alarm,
        chat.unread,
        quiet=chat.muted,
        muted=chat.muted,
        pinned=chat.pinned,
    )


def _folded_line(scene: Scene, chats: list[Chat]) -> Line:
    look, first = scene.look, chats[0]
    said = _said(scene.world, first, look.lang)
    return Line(
        look.word("folded"),
        "sign:folded",
        f"{first.shown_title}: {said}" if said else "",
        wording.list_time(moment(first.last_at), look.now, look.lang),
        Action("folded"),
        unread=sum(chat.unread for chat in chats),
        quiet=True,
    )


def preview(world: World, chat: Chat, lang: str) -> tuple[str, int]:
    """The second line of a row and how much of it is red: the draft, else the last message.

    A muted chat's begins with `[n条]`, that of one where the owner was mentioned with `[有人@我]`.
    """
    if chat.draft:
        mark = wording.word(lang, "draft")
        return mark + chat.draft, len(mark)
    line = _said(world, chat, lang)
    if chat.mentions_me and chat.unread:
        mark = wording.word(lang, "mentioned")
        return mark + line, len(mark)
    if chat.muted and chat.unread and line:
        line = unread_mark(chat.unread, lang) + line
    return line, 0


def _said(world: World, chat: Chat, lang: str) -> str:
    """The last message as one line, with its sender where a group shows one."""
    if not chat.messages:
        return ""
    message = chat.messages[-1]
    group = chat.kind == "group"
    who = world.shown_member(chat, message.sender) if group else chat.shown_title
    line = summary(message, lang, who)
    if group and not message.own and message.kind not in _WITHOUT_NAME:
        return f"{who}: {line}"
    return line


def line_row(look: Look, rect: Rect, line: Line) -> Node:
    """A row of the list."""
    side = look.measure("row_avatar", 48)
    top = (rect.top + rect.bottom - side) // 2
    avatar = Rect(look.dp(16), top, look.dp(16) + side, top + side)
    picture = Node(IMAGE, avatar, rid=look.rid("row_avatar"), role="row_avatar")
    picture.paint = Paint(shape=line.face)
    box = Node(
        RELATIVE, Rect(0, rect.top, avatar.right + look.dp(10), rect.bottom), children=[picture]
    )
    if line.unread and line.quiet:
        dot = Rect(avatar.right - look.dp(5), avatar.top - look.dp(5), 0, 0)
        dot = dot._replace(right=dot.left + look.dp(10), bottom=dot.top + look.dp(10))
        box.children.append(look.icon(dot, "dot", role="row_dot"))
    elif line.unread:
        box.children.append(
            badge(look, avatar.right, avatar.top - look.dp(9), line.unread, "row_unread")
        )
    texts = _texts(look, rect, avatar.right + look.dp(12), line)
    inner = Node(LINEAR, rect, rid=look.rid("row_inner"), children=[box, texts])
    row = Node(LINEAR, rect, rid=look.rid("row"), role="row", action=line.action, hold=line.hold)
    row.children = [nested(look.profile.depth - 1, inner)]
    row.clickable = row.focusable = True
    row.long_clickable = line.hold is not None
    row.paint = Paint(fill="#F2F2F2" if line.pinned else WHITE, shape="row")
    return row


def _texts(look: Look, rect: Rect, left: int, line: Line) -> Node:
    right = look.width - look.dp(16)
    middle = (rect.top + rect.bottom) // 2
    wide = width(line.when, look.sp(12)) + look.dp(2)
    name_box = Rect(left, rect.top + look.dp(12), right - wide - look.dp(8), middle)
    time_box = Rect(right - wide, rect.top + look.dp(14), right, middle)
    name = look.label(
        name_box,
        line.name,
        17,
        role="row_name",
        kind=VIEW,
        lines=(shorten(line.name, look.sp(17), name_box.right - name_box.left),),
    )
    time = look.label(
        time_box, line.when, 12, role="row_time", kind=VIEW, color=GREY, align="right"
    )
    upper = Node(LINEAR, Rect(left, rect.top + look.dp(12), right, middle), children=[name, time])
    text_box = Rect(left, middle + look.dp(2), right - look.dp(24), rect.bottom - look.dp(10))
    below = look.label(
        text_box,
        line.preview,
        14,
        role="row_preview",
        kind=VIEW,
        color=GREY,
        lines=(shorten(line.preview.replace("\n", " "), look.sp(14), text_box.right - left),),
    )
    if below.paint:
        below.paint.alarm = line.alarm
    lower = Node(LINEAR, Rect(left, middle, right, rect.bottom - look.dp(10)), children=[below])
    if line.muted:
        bell = Rect(right - look.dp(18), middle + look.dp(4), right, middle + look.dp(22))
        lower.children.append(look.icon(bell, "muted", role="row_muted", desc=look.word("muted")))
    box = Rect(left, rect.top, right, rect.bottom)
    return Node(LINEAR, box, children=[nested(look.profile.depth - 2, upper), nested(1, lower)])


def badge(look: Look, center: int, top: int, unread: int, role: str) -> Node:
    """A number in a red pill."""
    text = str(unread) if unread <= MANY_UNREAD else f"{MANY_UNREAD}+"
    tall = max(look.dp(18), look.sp(15))
    wide = max(tall, width(text, look.sp(11)) + look.dp(10))
    # It grows to the left: the name beside it stays free.
    right = min(center + wide // 2, center + look.dp(10))
    rect = Rect(right - wide, top, right, top + tall)
    node = look.label(rect, text, 11, role=role, color=WHITE, align="center", lines=(text,))
    if node.paint:
        node.paint.fill, node.paint.radius = RED, tall // 2
    return node
