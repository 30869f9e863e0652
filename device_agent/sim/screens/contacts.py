"""通讯录: the people by their letters, and the lists of saved groups and official accounts."""

from functools import partial

from device_agent.sim import pinyin
from device_agent.sim.screens.bar import title_bar
from device_agent.sim.screens.column import Item, body, column, furthest
from device_agent.sim.screens.entry import Entry, entry_item, entry_row, face_of_chat, heading
from device_agent.sim.screens.look import PAPER, Look
from device_agent.sim.screens.node import (
    FRAME,
    LINEAR,
    LIST,
    VIEW,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.scene import Scene
from device_agent.sim.world import Chat

_LETTERS = ("↑", "☆", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "#")
# The rows above the people: what each opens, if the simulator has it.
_HEADS = {
    "new_friends": Action("beyond", "new_friends"),
    "chat_only": Action("beyond", "chat_only"),
    "saved_groups": Action("saved_groups"),
    "tags": Action("beyond", "tags"),
    "officials": Action("officials"),
}


def contact_items(scene: Scene) -> list[Item]:
    """The rows of the tab, top down."""
    look = scene.look
    items = [
        entry_item(look, Entry("contact", f"sign:{key}", look.word(key), action))
        for key, action in _HEADS.items()
    ]
    people = sorted(scene.world.contacts(), key=lambda chat: pinyin.place(chat.shown_title))
    letter = ""
    for chat in people:
        first = pinyin.initial(chat.shown_title)
        if first != letter:
            letter = first
            items.append(heading(look, letter, role="contact_letter", fill=PAPER, points=32))
        # All rows are alike: only those in sight are made.
        items.append(Item(items[0].height, partial(_person, scene, chat)))
    return [*items, _count(look, look.word("friends_count").format(len(people)))]


def _person(scene: Scene, chat: Chat, rect: Rect) -> Node:
    face, card = face_of_chat(scene.world, chat), Action("card", chat.chat_id)
    return entry_row(scene.look, rect, Entry("contact", face, chat.shown_title, card))


def _count(look: Look, text: str) -> Item:
    def draw(rect: Rect) -> Node:
        return look.label(
            rect, text, 16, role="contact_count", color="#7F7F7F", align="center", lines=(text,)
        )

    return Item(look.dp(56), draw)


def contacts_tab(scene: Scene, area: Rect, offset: int) -> Node:
    """The tab's content, with the letters along its right edge."""
    look = scene.look
    rows = column(look, area, contact_items(scene), offset, role="contacts", kind=LIST)
    tall = min(look.dp(18) * len(_LETTERS), (area.bottom - area.top) * 9 // 10)
    top = (area.top + area.bottom - tall) // 2
    box = Rect(look.width - look.dp(22), top, look.width, top + tall)
    letters = Node(VIEW, box, rid=look.rid("contact_letters"), role="contact_letters")
    size = min(look.dp(10), tall * 17 // (24 * len(_LETTERS)))
    letters.paint = Paint(color="#555555", size=size, lines=_LETTERS, align="center")
    return Node(FRAME, area, children=[rows, letters])


def contacts_reach(scene: Scene, area: Rect, wanted: int) -> int:
    """How far the tab scrolls."""
    return min(wanted, furthest(area, contact_items(scene)))


def _found(scene: Scene) -> tuple[list[Chat], str, str]:
    """The chats of the page on top, its title and the sentence at its end."""
    if scene.page.name == "officials":
        return scene.world.officials(), "officials", "officials_count"
    saved = [chat for chat in scene.world.groups() if chat.saved and not chat.removed_me]
    return saved, "saved_groups", "groups_count"


def _directory_items(scene: Scene) -> list[Item]:
    look = scene.look
    chats, _, count = _found(scene)
    items = [
        entry_item(
            look,
            Entry(
                "contact",
                face_of_chat(scene.world, chat),
                chat.shown_title,
                Action("open_above", chat.chat_id),
            ),
        )
        for chat in sorted(chats, key=lambda chat: pinyin.place(chat.shown_title))
    ]
    return [*items, _count(look, look.word(count).format(len(chats)))]


def directory_page(scene: Scene) -> Node:
    """The saved groups or the official accounts; a tap opens the chat."""
    look = scene.look
    rows = column(
        look, body(look), _directory_items(scene), scene.page.offset, role="contacts", kind=LIST
    )
    parts = [rows, title_bar(look, look.word(_found(scene)[1]))]
    root = Node(FRAME, look.screen, paint=Paint(fill=PAPER))
    root.children = [nested(look.profile.depth + 2, Node(LINEAR, look.screen, children=parts))]
    return root


def directory_reach(scene: Scene, wanted: int) -> int:
    """How far such a list scrolls."""
    return min(wanted, furthest(body(scene.look), _directory_items(scene)))
