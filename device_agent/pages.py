"""WeChat's pages told by structure, words and geometry alone: the list with its tabs, a chat."""

from collections.abc import Iterator
from typing import Final

from device_agent import anatomy
from device_agent.nodes import Box, Node, box, parse, text, walk
from device_agent.wording import counted_title, normal, same_title

TAB_WORDS: Final = (
    frozenset({"微信", "Chats", "WeChat", "Weixin"}),
    frozenset({"通讯录", "Contacts"}),
    frozenset({"发现", "Discover"}),
    frozenset({"我", "Me"}),
)


def tabs(root: Node) -> list[Node]:
    """WeChat's four tabs: their words, from left to right, in one line at the foot."""
    low = max((box(window).bottom for window in root), default=0) * 4 // 5
    texts = [one for one in walk(root) if text(one) and box(one).top >= low]
    found: list[Node] = []
    for words in TAB_WORDS:
        left = box(found[-1]).right - 1 if found else -1
        alike = [one for one in texts if text(one) in words and box(one).left >= left]
        if not alike:
            return []
        found.append(alike[0])
    level = {box(one).top for one in found}
    return found if len(level) == 1 else []


def selected(tab: Node) -> bool:
    """Whether a tab is the one that shows, by itself or by what holds it."""
    holders = [tab, *tab.iterancestors("node")][:4]
    return any(one.get("selected") == "true" for one in holders)


def listing(root: Node) -> tuple[Node, list[Node]] | None:
    """The list of chats and its rows: clickable, as wide as the screen, one below the other, each
    with a picture, a name, and one id for all.
    """
    wide = max((box(window).right for window in root), default=0)
    for holder in _lists(root):
        rows = [
            one
            for one in walk(holder)
            if one is not holder
            and one.get("clickable") == "true"
            and box(one).width * 10 >= wide * 9
            and anatomy.list_face(one) is not None
            and anatomy.list_name(one) is not None
        ]
        rows = [one for one in rows if not any(up in rows for up in one.iterancestors("node"))]
        if len(rows) > 1 and box(holder).width * 10 >= wide * 9:
            return holder, rows
    return None


def rows_named(xml: str) -> list[tuple[str, Box]]:
    """The whole rows of the list by structure: names and where each is; none where it is no list.

    Raises:
        ValueError: this is no XML.

    """
    root = parse(xml)
    foot, found = tabs(root), listing(root)
    if not foot or not selected(foot[0]) or found is None:
        return []
    area = box(found[0])
    names = [(anatomy.list_name(row), box(row)) for row in found[1]]
    return [
        (normal(text(name)), bounds)
        for name, bounds in names
        if name is not None and bounds.top >= area.top and bounds.bottom <= area.bottom
    ]


def title_of(root: Node, name: str) -> Node | None:
    """The title over an open chat: the name of the row that was tapped, above its messages."""
    holder = thread(root)
    if holder is None:
        return None
    over = [one for one in walk(root) if text(one) and box(one).bottom <= box(holder).top]
    named = [one for one in over if _is(normal(text(one)), name)]
    return named[0] if len(named) == 1 else None


def _is(shown: str, name: str) -> bool:
    counted, count = counted_title(shown)
    return same_title(shown, name) or (count is not None and same_title(counted, name))


def thread(root: Node) -> Node | None:
    """The list that holds messages: rows with avatars that are said to be ones."""
    return next((one for one in _lists(root) if anatomy.chat_face(one) is not None), None)


def field_of(root: Node) -> Node | None:
    """The field of an open chat: the only one, below the messages."""
    holder = thread(root)
    fields = [one for one in walk(root) if one.get("class") == "android.widget.EditText"]
    below = holder is not None and len(fields) == 1 and box(fields[0]).top >= box(holder).bottom
    return fields[0] if below else None


def _lists(root: Node) -> Iterator[Node]:
    kinds = ("ListView", "RecyclerView", "GridView")
    return (one for one in walk(root) if (one.get("class") or "").endswith(kinds))


def rows_of(holder: Node) -> Iterator[Node]:
    """The outermost parts that carry ids: a list may wrap its rows, and draw lines between."""
    for one in holder.iterchildren("node"):
        if one.get("resource-id"):
            yield one
        else:
            yield from rows_of(one)
