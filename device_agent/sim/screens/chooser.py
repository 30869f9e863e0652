"""Choosing the chat that something is sent to, and the question before it is sent."""

from typing import Any

from device_agent.sim.content import preview_of
from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.bar import search_bar, title_bar
from device_agent.sim.screens.column import Item, body, column, furthest
from device_agent.sim.screens.dialog import answer_row, asked
from device_agent.sim.screens.entry import face_of_chat
from device_agent.sim.screens.look import GREY, INK, WHITE, Look
from device_agent.sim.screens.node import (
    EDIT,
    FRAME,
    IMAGE,
    LINEAR,
    RELATIVE,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.stage import Overlay
from device_agent.sim.world import Chat

_BAR_DP = 48


def found(scene: Scene) -> list[tuple[str, list[Chat]]]:
    """The chats to choose from by section: the recent ones, or what the search field finds."""
    look, world, words = scene.look, scene.world, scene.page.words.strip().lower()
    if not words:
        return [(look.word("recent_chats"), [one for one in world.listing() if not one.official])]
    sections = (("people", world.contacts()), ("groups", world.groups()))
    hits = [
        (
            look.word(key),
            [one for one in chats if words in f"{one.remark}\n{one.shown_title}".lower()],
        )
        for key, chats in sections
    ]
    return [(title, chats) for title, chats in hits if chats]


def _area(look: Look) -> Rect:
    area = body(look)
    return area._replace(top=area.top + look.measure("bar", _BAR_DP))


def _items(scene: Scene) -> list[Item]:
    look = scene.look
    items: list[Item] = []
    if not scene.page.words:
        items.append(Item(look.dp(56), lambda rect: _new_chat(look, rect)))
    for title, chats in found(scene):
        items.append(_heading(look, title))
        items += [_choice(scene, chat) for chat in chats]
    return items


def chooser_reach(scene: Scene, wanted: int) -> int:
    """How far the page scrolls."""
    return min(wanted, furthest(_area(scene.look), _items(scene)))


def chooser_page(scene: Scene) -> Node:
    """选择一个聊天: a search field, the recent chats."""
    look, page = scene.look, scene.page
    bar = title_bar(look, look.word("choose_chat"), _multiple(look))
    for node in bar.walk():
        if node.role == "back":
            node.desc = look.word("close")
            node.paint = Paint(shape="cross")
    search = _search(scene)
    rows = column(look, _area(look), _items(scene), page.offset, role="choose_list", fill=WHITE)
    root = Node(FRAME, look.screen, paint=Paint(fill="#EDEDED"))
    inner = Node(LINEAR, look.screen, children=[rows, search, bar])
    root.children = [nested(look.profile.depth + 2, inner)]
    return root


def _multiple(look: Look) -> Node:
    right = look.width - look.dp(16)
    word = look.word("multi_select")
    wide = width(word, look.sp(16)) + look.dp(4)
    box = Rect(right - wide, look.top, right, look.body_top)
    label = look.label(box, word, 16, role="choose_multi", align="right", lines=(word,))
    label.clickable, label.action = True, Action("stay")
    return label


def _search(scene: Scene) -> Node:
    look = scene.look
    bar = search_bar(look, scene.page.words, focused=scene.page.focused, cancel=False)
    shift = look.body_top - look.top
    for node in bar.walk():
        rect = node.rect
        node.rect = rect._replace(top=rect.top + shift, bottom=rect.bottom + shift)
    return bar


def _heading(look: Look, title: str) -> Item:
    def draw(rect: Rect) -> Node:
        box = rect.inset(look.dp(16), 0)
        label = look.label(box, title, 13, role="choose_heading", color="#7F7F7F")
        return Node(LINEAR, rect, children=[label], paint=Paint(fill="#EDEDED"))

    return Item(look.dp(32), draw)


def _new_chat(look: Look, rect: Rect) -> Node:
    text = look.label(
        rect.inset(look.dp(16), look.dp(8)), look.word("new_chat"), 16, role="choose_new"
    )
    row = Node(LINEAR, rect, children=[nested(1, text)], clickable=True, role="choose_new_row")
    row.action, row.paint = Action("tool", "new_chat"), Paint(fill=WHITE)
    return row


def _choice(scene: Scene, chat: Chat) -> Item:
    look = scene.look

    def draw(rect: Rect) -> Node:
        side = look.dp(40)
        top = rect.top + look.dp(8)
        face = Rect(look.dp(16), top, look.dp(16) + side, top + side)
        picture = Node(IMAGE, face, rid=look.rid("choose_avatar"))
        picture.paint = Paint(shape=face_of_chat(scene.world, chat))
        box = Rect(look.dp(68), rect.top, look.width - look.dp(16), rect.bottom)
        shown = shorten(chat.shown_title, look.sp(17), box.right - box.left)
        name = look.label(box, chat.shown_title, 17, role="choose_name", kind=TEXT, lines=(shown,))
        row = Node(RELATIVE, rect, children=[picture, nested(2, name)])
        row.rid, row.role = look.rid("choose_row"), "choose_row"
        row.clickable = row.focusable = True
        row.action, row.paint = Action("choose", chat.chat_id), Paint(fill=WHITE, shape="row")
        return row

    return Item(look.dp(56), draw)


def confirm(scene: Scene, overlay: Overlay) -> Node:
    """发送给: NAME, what is sent, a field for a note, 取消 and 发送."""
    look, chat = scene.look, scene.world.chats[overlay.target]
    wide, side = look.dp(312), look.dp(20)
    head = max(look.dp(38), look.sp(26) + look.dp(4))
    tall = look.dp(244) + head
    left, top = (look.width - wide) // 2, (look.height - tall) // 2
    box = Rect(left, top, left + wide, top + tall)
    inner = Rect(box.left + side, box.top + side, box.right - side, box.bottom)
    heading = look.label(
        inner._replace(bottom=inner.top + look.sp(26)), look.word("send_to"), 17, role="send_to"
    )
    low = inner.top + head
    face = Rect(inner.left, low, inner.left + look.dp(40), low + look.dp(40))
    picture = Node(IMAGE, face, paint=Paint(shape=face_of_chat(scene.world, chat)))
    line = Rect(face.right + look.dp(10), low, inner.right, face.bottom)
    shown = shorten(chat.shown_title, look.sp(16), line.right - line.left)
    name = look.label(line, chat.shown_title, 16, role="send_to_name", lines=(shown,))
    what = _what(look, Rect(inner.left, face.bottom + look.dp(14), inner.right, 0), scene)
    note = _note(look, Rect(inner.left, what.rect.bottom + look.dp(12), inner.right, 0), overlay)
    question = asked(
        look,
        "",
        "",
        (look.word("send"), Action("pass_on", overlay.target)),
        (look.word("cancel"), Action("dismiss", overlay.name)),
    )
    buttons = answer_row(look, box, question.answers)
    buttons[-1].role = "confirm_send"
    parts = [heading, picture, name, what, note, *buttons]
    card = Node(LINEAR, box, children=parts, paint=Paint(fill=WHITE, radius=look.dp(12)))
    root = Node(FRAME, look.screen, paint=Paint(shape="dim"), role="dialog")
    root.children = [nested(3, card)]
    return root


def _what(look: Look, box: Rect, scene: Scene) -> Node:
    text = carried_words(scene.page.carried, look.lang)
    rect = box._replace(bottom=box.top + look.dp(40))
    shown = shorten(text.replace("\n", " "), look.sp(14), rect.right - rect.left - look.dp(16))
    label = look.label(
        rect.inset(look.dp(8), 0), text, 14, role="send_what", color="#7F7F7F", lines=(shown,)
    )
    return Node(LINEAR, rect, children=[label], paint=Paint(fill="#F3F3F3", radius=look.dp(4)))


def carried_words(contents: list[dict[str, Any]], lang: str) -> str:
    """What is about to be sent, as one line."""
    first = preview_of(contents[0], lang) if contents else ""
    return first if len(contents) < 2 else f"{first} ×{len(contents)}"


def _note(look: Look, box: Rect, overlay: Overlay) -> Node:
    rect = box._replace(bottom=box.top + look.dp(40))
    shown = overlay.text or look.word("leave_note")
    color = INK if overlay.text else GREY
    field = look.label(
        rect.inset(look.dp(8), 0),
        shown,
        15,
        role="send_note",
        kind=EDIT,
        color=color,
        lines=(shorten(shown, look.sp(15), rect.right - rect.left - look.dp(16)),),
    )
    field.hint = look.word("leave_note")
    field.clickable = field.focusable = field.focused = True
    return Node(LINEAR, rect, children=[field], paint=Paint(fill="#F3F3F3", radius=look.dp(4)))
