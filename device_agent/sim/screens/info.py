"""聊天信息: what the dots of a chat open, for a group and for one person."""

from device_agent.sim.screens.bar import title_bar
from device_agent.sim.screens.column import Item, body, column, furthest, gap
from device_agent.sim.screens.dialog import asked, dialog
from device_agent.sim.screens.entry import face_of
from device_agent.sim.screens.look import PAPER, RED, WHITE, Look
from device_agent.sim.screens.members import (
    A_ROW,
    Cell,
    grid_items,
    member_cells,
    plus_cell,
    roster,
)
from device_agent.sim.screens.node import FRAME, LINEAR, LIST, Action, Node, Paint, nested
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.setting import Setting, deed, setting_item
from device_agent.sim.stage import Overlay
from device_agent.sim.world import Chat

_ROWS = 4
SWITCHES = {"mute": "muted", "pin": "pinned", "fold": "folded", "save": "saved"}
"""The switches by their words, and the property of the chat that each turns."""


def info_page(scene: Scene) -> Node:
    """The whole page."""
    look, page = scene.look, scene.page
    chat = scene.world.chats[page.target]
    title = look.word("chat_info")
    if chat.kind == "group" and not chat.removed_me:
        title = f"{title}({len(roster(scene.world, chat))})"
    rows = column(look, body(look), _items(scene), page.offset, role="info_list", kind=LIST)
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    parts = [rows, title_bar(look, title)]
    root.children = [nested(look.profile.depth * 2, Node(LINEAR, look.screen, children=parts))]
    return root


def info_reach(scene: Scene, wanted: int) -> int:
    """How far the page scrolls."""
    return min(wanted, furthest(body(scene.look), _items(scene)))


def _items(scene: Scene) -> list[Item]:
    chat = scene.world.chats[scene.page.target]
    return _group(scene, chat) if chat.kind == "group" else _person(scene, chat)


def _person(scene: Scene, chat: Chat) -> list[Item]:
    look = scene.look
    face = Cell(face_of(chat.name, chat.shown_title), chat.shown_title, _card(chat))
    return [
        *grid_items(look, [face, plus_cell(look, "plus")]),
        _white(look),
        gap(look),
        _find(look, chat),
        gap(look),
        _switch(look, chat, "mute"),
        _switch(look, chat, "pin"),
        gap(look),
        _clear(look, chat),
        gap(look, 32),
    ]


def _card(chat: Chat) -> Action:
    return Action("card", chat.chat_id)


def _white(look: Look) -> Item:
    """The lower edge of a grid."""
    return Item(look.dp(12), lambda rect: Node(LINEAR, rect, paint=Paint(fill=WHITE)))


def _group(scene: Scene, chat: Chat) -> list[Item]:
    look = scene.look
    items = [] if chat.removed_me else _people(scene, chat)
    items += [*_names(scene, chat), gap(look), _find(look, chat), gap(look)]
    items.append(_switch(look, chat, "mute"))
    if chat.muted:
        items.append(_switch(look, chat, "fold"))
    items += [_switch(look, chat, "pin"), _switch(look, chat, "save")]
    if not chat.removed_me:
        items += [gap(look), _nickname(scene, chat)]
    leave = Action("ask_leave", chat.chat_id)
    return [
        *items,
        gap(look),
        _clear(look, chat),
        deed(look, look.word("leave"), leave, role="info_leave", color=RED),
        gap(look, 32),
    ]


def _people(scene: Scene, chat: Chat) -> list[Item]:
    look, names = scene.look, roster(scene.world, chat)
    signs = [plus_cell(look, sign) for sign in (("plus", "minus") if chat.owned else ("plus",))]
    room = _ROWS * A_ROW - len(signs)
    cells = [*member_cells(scene.world, chat, names[:room]), *signs]
    items = [*grid_items(look, cells), _white(look)]
    if len(names) > room:
        items.append(
            deed(
                look,
                look.word("all_members"),
                Action("members", chat.chat_id),
                role="info_all",
                color="#7F7F7F",
            )
        )
    return [*items, gap(look)]


def _names(scene: Scene, chat: Chat) -> list[Item]:
    look = scene.look
    name = look.word("unnamed") if chat.unnamed else chat.title
    rows = [
        Setting(
            "info_name", look.word("group_title"), Action("edit", f"chat:{chat.chat_id}"), name
        ),
        Setting(
            "info_announcement",
            look.word("announcement"),
            Action("edit", f"announcement:{chat.chat_id}"),
            "" if chat.announcement else look.word("not_set"),
            chat.announcement,
        ),
        Setting(
            "info_remark",
            look.word("remark"),
            Action("edit", f"remark:{chat.chat_id}"),
            chat.remark,
        ),
    ]
    return [setting_item(look, one) for one in rows]


def _nickname(scene: Scene, chat: Chat) -> Item:
    look = scene.look
    shown = chat.my_nickname or scene.world.owner
    action = Action("edit", f"my_nickname:{chat.chat_id}")
    return setting_item(look, Setting("info_nickname", look.word("my_nickname"), action, shown))


def _find(look: Look, chat: Chat) -> Item:
    action = Action("search_hits", chat.chat_id)
    return setting_item(look, Setting("info_find", look.word("find_in_chat"), action))


def _switch(look: Look, chat: Chat, name: str) -> Item:
    on = bool(getattr(chat, SWITCHES[name]))
    action = Action("turn", f"{name}:{chat.chat_id}")
    return setting_item(look, Setting(f"info_{name}", look.word(f"switch_{name}"), action, on=on))


def _clear(look: Look, chat: Chat) -> Item:
    action = Action("ask_clear", chat.chat_id)
    return setting_item(look, Setting("info_clear", look.word("clear_history"), action))


def leave_question(scene: Scene, overlay: Overlay) -> Node:
    """Whether the group is to be left and its messages deleted."""
    return _question(scene.look, overlay, "leave_text", "leave_now", "leave_yes")


def clear_question(scene: Scene, overlay: Overlay) -> Node:
    """Whether a chat's messages are to be deleted."""
    return _question(scene.look, overlay, "clear_text", "clear_now", "clear_yes")


def _question(look: Look, overlay: Overlay, text: str, verb: str, yes: str) -> Node:
    no = (look.word("cancel"), Action("dismiss", overlay.name))
    words = asked(look, "", look.word(text), (look.word(yes), Action(verb, overlay.target)), no)
    return dialog(look, words)
