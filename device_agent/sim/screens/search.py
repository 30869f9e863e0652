"""WeChat's search: the page over the list, a whole section of it, and a chat's hits."""

from device_agent.sim.clock import moment
from device_agent.sim.content import summary
from device_agent.sim.finding import SECTIONS, Found, find, messages_with
from device_agent.sim.lettering import wrap
from device_agent.sim.screens.bar import search_bar
from device_agent.sim.screens.column import Item, body, column, furthest, gap
from device_agent.sim.screens.entry import (
    Entry,
    entry_item,
    face_of,
    face_of_chat,
    heading,
    leading,
)
from device_agent.sim.screens.look import PAPER, WHITE, Look
from device_agent.sim.screens.node import FRAME, LINEAR, TEXT, Action, Node, Paint, Rect, nested
from device_agent.sim.screens.scene import Scene
from device_agent.sim.wording import list_time
from device_agent.sim.world import Message

_MOST = 3
_BEFORE = 12
_KINDS = ("moments", "articles", "officials", "programs", "music", "stickers")
_A_ROW = 3


def search_page(scene: Scene) -> Node:
    """The search over everything: all sections, or what may be searched while it is empty."""
    look, page = scene.look, scene.page
    if not page.words.strip():
        return _page(scene, [_kinds(look)], fill=PAPER)
    return _page(scene, _items(scene))


def search_reach(scene: Scene, wanted: int) -> int:
    """How far the results scroll."""
    return min(wanted, furthest(body(scene.look), _items(scene)))


def section_page(scene: Scene) -> Node:
    """All results of the section that the page is about."""
    return _page(scene, _section_items(scene))


def section_reach(scene: Scene, wanted: int) -> int:
    """How far a whole section scrolls."""
    return min(wanted, furthest(body(scene.look), _section_items(scene)))


def hits_page(scene: Scene) -> Node:
    """The messages of one chat that hold the words."""
    return _page(scene, _hit_items(scene))


def hits_reach(scene: Scene, wanted: int) -> int:
    """How far the messages scroll."""
    return min(wanted, furthest(body(scene.look), _hit_items(scene)))


def _page(scene: Scene, items: list[Item], fill: str = PAPER) -> Node:
    look, page = scene.look, scene.page
    rows = column(look, body(look), items, page.offset, role="search_list", fill=fill)
    parts = [rows, search_bar(look, page.words, focused=page.focused)]
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [nested(look.profile.depth * 2, Node(LINEAR, look.screen, children=parts))]
    return root


def _items(scene: Scene) -> list[Item]:
    look, words = scene.look, scene.page.words.strip()
    if not words:
        return []
    items: list[Item] = []
    found = find(scene.world, words)
    for section in SECTIONS:
        results = found[section]
        if not results:
            continue
        items += [gap(look)] if items else []
        items.append(heading(look, look.word(section), role="search_heading"))
        items += [entry_item(look, _entry(scene, section, one, words)) for one in results[:_MOST]]
        if len(results) > _MOST:
            more = Action("search_section", section)
            items.append(
                leading(
                    look, look.word(f"more_{section}"), more, role="search_more", icon="small_lens"
                )
            )
    if not items:
        items.append(_nothing(look, words))
    return [*items, gap(look), _network(look, words)]


def _section_items(scene: Scene) -> list[Item]:
    look, section, words = scene.look, scene.page.target, scene.page.words.strip()
    results = find(scene.world, words)[section]
    if not results:
        return [_nothing(look, words)] if words else []
    title = heading(look, look.word(section), role="search_heading")
    return [title, *(entry_item(look, _entry(scene, section, one, words)) for one in results)]


def _hit_items(scene: Scene) -> list[Item]:
    look, words = scene.look, scene.page.words.strip()
    chat = scene.world.chats[scene.page.target]
    hits = messages_with(chat, words)
    if not hits:
        return [_nothing(look, words)] if words else []
    title = heading(look, look.word("history_of").format(chat.shown_title), role="search_heading")
    return [title, *(entry_item(look, _hit(scene, one, words)) for one in hits)]


def excerpt(text: str, words: str) -> str:
    """A text from shortly before the words on, so that a row shows them."""
    at = text.casefold().find(words.casefold())
    return text if at <= _BEFORE else "…" + text[at - _BEFORE // 2 :]


def _hit(scene: Scene, message: Message, words: str) -> Entry:
    look, world = scene.look, scene.world
    chat = world.chats[message.chat_id]
    name = world.owner if message.own else message.sender
    friend = world.friend(message.sender) if chat.kind == "group" else chat
    key = message.sender if message.own or friend is None else friend.name
    if not message.own:
        name = world.shown_member(chat, name) if chat.kind == "group" else chat.shown_title
    return Entry(
        "search",
        face_of(key, name),
        name,
        Action("open_at", message.message_id),
        excerpt(summary(message, look.lang), words),
        list_time(moment(message.at), look.now, look.lang),
        mark=words,
    )


def _entry(scene: Scene, section: str, found: Found, words: str) -> Entry:
    look, chat = scene.look, found.chat
    face = face_of_chat(scene.world, chat)
    if section == "history":
        first = found.hits[0]
        alone = len(found.hits) == 1
        detail = (
            excerpt(summary(first, look.lang), words)
            if alone
            else look.word("related").format(len(found.hits))
        )
        action = (
            Action("open_at", first.message_id) if alone else Action("search_hits", chat.chat_id)
        )
        when = list_time(moment(first.at), look.now, look.lang) if alone else ""
        return Entry("search", face, chat.shown_title, action, detail, when, mark=words)
    name = chat.shown_title
    if section == "groups":
        name = f"{name}({len(chat.members) + 1})"
    detail = look.word(found.why) + found.detail if found.why else ""
    return Entry("search", face, name, Action("open_above", chat.chat_id), detail, mark=words)


def _network(look: Look, words: str) -> Item:
    """搜一搜: leads out of the account; no chat."""
    return entry_item(
        look,
        Entry(
            "search_network",
            "network",
            f"{look.word('network')} {words}",
            Action("beyond", "network"),
            look.word("network_detail"),
        ),
    )


def _nothing(look: Look, words: str) -> Item:
    text = look.word("nothing_found").format(words)
    lines = wrap(text, look.sp(15), look.width - look.dp(32))

    def draw(rect: Rect) -> Node:
        label = look.label(
            rect.inset(look.dp(16), look.dp(8)),
            text,
            15,
            role="search_nothing",
            color="#7F7F7F",
            align="center",
            lines=lines,
        )
        return Node(LINEAR, rect, children=[label], paint=Paint(fill=WHITE))

    return Item(max(look.dp(72), len(lines) * look.sp(22) + look.dp(32)), draw)


def _kinds(look: Look) -> Item:
    """What may be searched for, in three columns."""
    tall = max(look.dp(48), look.sp(50))

    def draw(rect: Rect) -> Node:
        title = Rect(rect.left, rect.top + look.dp(28), rect.right, rect.top + look.dp(28) + tall)
        children = [
            look.label(
                title, look.word("quick"), 15, role="search_quick", color="#B2B2B2", align="center"
            )
        ]
        each = (rect.right - rect.left - look.dp(48)) // _A_ROW
        for number, kind in enumerate(_KINDS):
            left = rect.left + look.dp(24) + number % _A_ROW * each
            top = title.bottom + number // _A_ROW * tall
            children.append(_kind(look, Rect(left, top, left + each, top + tall), kind))
        return Node(LINEAR, rect, children=[nested(2, Node(LINEAR, rect, children=children))])

    return Item(look.dp(28) + tall * (1 + (len(_KINDS) + _A_ROW - 1) // _A_ROW), draw)


def _kind(look: Look, cell: Rect, kind: str) -> Node:
    label = look.label(
        cell,
        look.word(f"kind_{kind}"),
        16,
        role="search_kind",
        kind=TEXT,
        color="#576B95",
        align="center",
    )
    label.clickable, label.action = True, Action("beyond", "network")
    return label
