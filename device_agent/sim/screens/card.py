"""The card of a person or an official account, and the pages where its words are changed."""

from dataclasses import dataclass

from device_agent.sim.lettering import shorten, width, wrap
from device_agent.sim.screens.bar import bar_button, bar_icon, title_bar
from device_agent.sim.screens.column import Item, body, column, furthest, gap
from device_agent.sim.screens.entry import SOFT, face_of
from device_agent.sim.screens.look import INK, PAPER, WHITE, Look
from device_agent.sim.screens.node import (
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
from device_agent.sim.screens.scene import Scene
from device_agent.sim.screens.setting import Setting, deed, setting_item
from device_agent.sim.world import Chat, World

_LINK = "#576B95"
_TITLES = {
    "remark": "edit_remark",
    "chat": "edit_name",
    "announcement": "announcement",
    "my_nickname": "edit_nickname",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a card shows: a `friend`'s chat, or only the `name` of one who is none.

    `shown` is what a group calls the person, `group` that group's title.
    """

    name: str
    friend: Chat | None = None
    own: bool = False
    shown: str = ""
    group: str = ""


def person_of(world: World, target: str) -> Person:
    """Whom a card is about: a chat's id, or `<group's id>/<name>`."""
    chat_id, _, name = target.partition("/")
    chat = world.chats[chat_id]
    if not name:
        return Person(chat.title, chat)
    if name == world.owner:
        return Person(name, own=True, shown=chat.my_nickname, group=chat.shown_title)
    called = chat.nicknames.get(name, "")
    return Person(name, world.friend(name), shown=called, group=chat.shown_title)


def card_page(scene: Scene) -> Node:
    """The page of one person."""
    look, page = scene.look, scene.page
    rows = column(look, body(look), _items(scene), page.offset, role="card_list")
    more = bar_icon(
        look, "dots", look.word("more_of_card"), Action("beyond", "card_settings"), role="card_more"
    )
    root = Node(FRAME, look.screen, paint=Paint(fill=WHITE))
    parts = [rows, title_bar(look, "", more, fill=WHITE)]
    root.children = [nested(look.profile.depth * 2, Node(LINEAR, look.screen, children=parts))]
    return root


def card_reach(scene: Scene, wanted: int) -> int:
    """How far the page scrolls."""
    return min(wanted, furthest(body(scene.look), _items(scene)))


def _items(scene: Scene) -> list[Item]:
    look = scene.look
    person = person_of(scene.world, scene.page.target)
    lines = _lines(look, person)
    tall = max(look.dp(96), look.sp(30) + len(lines) * look.sp(20) + look.dp(32))
    items = [Item(tall, lambda rect: _head(look, rect, person, lines))]
    friend = person.friend
    if friend is not None and friend.official:
        enter = Action("open", friend.chat_id)
        return [*items, gap(look), _big(look, "enter_account", enter, "account_enter")]
    if friend is not None:
        remark = Action("edit", f"remark:{friend.chat_id}")
        items.append(setting_item(look, Setting("card_remark", look.word("edit_remark"), remark)))
        items.append(_row(look, "friend_rights"))
    items += [gap(look), _row(look, "moments"), _row(look, "more_facts")]
    if friend is not None:
        items += [
            gap(look),
            _big(look, "message", Action("open", friend.chat_id), "card_message"),
            _big(look, "calls", Action("beyond", "calls"), "card_call"),
        ]
    elif not person.own:
        add = Action("beyond", "add_friend")
        items += [gap(look), _big(look, "add_friend", add, "card_add")]
    return items


def _row(look: Look, key: str) -> Item:
    return setting_item(look, Setting(f"card_{key}", look.word(key), Action("beyond", key)))


def _big(look: Look, key: str, action: Action, role: str) -> Item:
    return deed(look, look.word(key), action, role=role, color=_LINK)


def _lines(look: Look, person: Person) -> list[tuple[str, str]]:
    """What stands below the name: role and words."""
    friend, lines = person.friend, []
    if friend is not None and friend.remark:
        lines.append(("card_nickname", look.word("nickname") + friend.title))
    if person.shown and person.shown != person.name:
        lines.append(("card_group_nickname", look.word("nickname_in_group") + person.shown))
    if friend is not None:
        lines.append(("card_wechat_id", look.word("wechat_id") + (friend.wechat_id or friend.name)))
        if friend.region:
            lines.append(("card_region", look.word("region") + friend.region))
    elif person.group and not person.own:
        lines.append(("card_source", look.word("from_group").format(person.group)))
    return lines


def _head(look: Look, rect: Rect, person: Person, lines: list[tuple[str, str]]) -> Node:
    friend = person.friend
    shown = friend.shown_title if friend is not None else person.name
    side, left = look.dp(64), rect.left + look.dp(20)
    face = Rect(left, rect.top + look.dp(8), left + side, rect.top + look.dp(8) + side)
    key = friend.name if friend is not None else person.name
    picture = look.icon(
        face, face_of(key, shown), role="card_avatar", desc=shown + look.word("avatar")
    )
    picture.clickable, picture.action = True, Action("beyond", "avatar_page")
    box = Rect(face.right + look.dp(16), face.top, rect.right - look.dp(16), rect.bottom)
    wide = box.right - box.left
    name = look.label(
        box._replace(bottom=box.top + look.sp(30)),
        shown,
        20,
        role="card_name",
        lines=(shorten(shown, look.sp(20), wide),),
    )
    parts, low = [name], name.rect.bottom
    for role, words in lines:
        line = Rect(box.left, low, box.right, low + look.sp(20))
        clipped = (shorten(words, look.sp(14), wide),)
        parts.append(look.label(line, words, 14, role=role, color=SOFT, lines=clipped))
        low = line.bottom
    column_of = Node(LINEAR, box, children=parts)
    inner = Node(RELATIVE, rect, children=[nested(1, picture), nested(2, column_of)])
    return Node(LINEAR, rect, children=[nested(2, inner)], paint=Paint(fill=WHITE, shape="under"))


def edit_page(scene: Scene) -> Node:
    """One property of a chat in a field, with 完成; `target` is `<property>:<chat's id>`."""
    look, page = scene.look, scene.page
    name, _, chat_id = page.target.partition(":")
    chat = scene.world.chats[chat_id]
    changed = page.words != str(getattr(chat, "title" if name == "chat" else name))
    done = bar_button(look, look.word("done"), Action("save_edit"), role="edit_done", on=changed)
    bar = title_bar(look, look.word(_TITLES[name]), done)
    top = look.body_top + look.dp(16)
    caption = Rect(look.dp(16), top, look.width - look.dp(16), top + look.sp(20))
    label = look.label(
        caption,
        look.word("remark_caption" if name == "remark" else _TITLES[name]),
        13,
        role="edit_caption",
        color=SOFT,
    )
    box = Rect(0, caption.bottom + look.dp(6), look.width, 0)
    inner = look.width - look.dp(32)
    lines = wrap(page.words, look.sp(17), inner) if page.words else ()
    box = box._replace(bottom=box.top + max(look.dp(54), len(lines) * look.sp(24) + look.dp(24)))
    field = look.label(
        box.inset(look.dp(16), 0),
        page.words,
        17,
        role="edit_field",
        kind=EDIT,
        color=INK,
        lines=lines,
    )
    field.clickable = field.long_clickable = field.focusable = True
    field.focused, field.action = page.focused, Action("focus")
    if page.focused and field.paint:
        field.paint.shape = _caret(look, lines)
    holder = Node(LINEAR, box, children=[nested(1, field)], paint=Paint(fill=WHITE))
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    parts = [Node(LINEAR, body(look), children=[label, holder]), bar]
    root.children = [nested(look.profile.depth * 2, Node(LINEAR, look.screen, children=parts))]
    return root


def _caret(look: Look, lines: tuple[str, ...]) -> str:
    """The cursor after the last line, as `shapes_chat` draws it."""
    right = width(lines[-1], look.sp(17)) if lines else 0
    return f"caret:{right}:{max(0, len(lines) - 1) * look.sp(24) // 2}"
