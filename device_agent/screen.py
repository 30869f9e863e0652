"""Window dumps as typed screens: the conversation list, a chat, the launcher, anything else."""

from dataclasses import dataclass, field

from device_agent.anatomy import part
from device_agent.covers import Cover, cover_of
from device_agent.layout import PACKAGE, Layout
from device_agent.nodes import Box, Node, box, first, is_icon, parse, text, walk, with_id
from device_agent.rows import SeenRow, read_rows
from device_agent.wording import (
    DRAFT,
    SEND,
    counted_title,
    is_typing,
    normal,
    same_title,
    unmarked,
)
from schemas.event import ChatKind

_TABS = 4
_WHOLE = 0.9
"""What share of the screen's width a page that stands still fills."""


@dataclass(frozen=True)
class ListRow:
    """A row of the conversation list. `unread` is a lower bound: 99+ is 99, a dot alone is 1."""

    title: str
    preview: str
    time: str
    unread: int
    muted: bool
    draft: str | None
    bounds: Box
    complete: bool


@dataclass(frozen=True)
class ListScreen:
    """The conversation list, the part of it that is on the screen. `low` is where its last row
    ends, also one of which the edge leaves too little to have a name.
    """

    rows: tuple[ListRow, ...]
    area: Box
    selected: bool = True
    low: int = 0

    @property
    def ends(self) -> bool:
        """Whether nothing stands below what is on the screen: room is left under the last row."""
        return not self.rows or max(self.low, self.rows[-1].bounds.bottom) < self.area.bottom


@dataclass(frozen=True)
class QuoteBar:
    """What the next message will answer, `sender：text`, under the field; `close` takes it away."""

    line: str
    close: Box | None


@dataclass(frozen=True)
class ChatScreen:
    """An open chat. `title` is None while 对方正在输入… stands in its place; `member_count` is what
    stands in brackets behind it, which only a group has. `rows` are whole rows, oldest first;
    `cut_top` says that a row above them is cut by the edge,
    `low` is where the last row, whole or not, ends, `cut_more` the 全文 of the row cut at the top.
    """

    title: str | None
    member_count: int | None
    rows: tuple[SeenRow, ...]
    field_text: str
    field_bounds: Box | None
    send_bounds: Box | None
    area: Box
    cut_top: bool = False
    cut_bottom: bool = False
    low: int = 0
    cut_more: Box | None = None
    quoting: QuoteBar | None = None

    def is_of(self, title: str) -> bool:
        """Whether this may be the chat of that title; never while the title cannot be read."""
        if self.title is None:
            return False
        whole = self.title if self.member_count is None else f"{self.title}({self.member_count})"
        return same_title(self.title, title) or whole == title

    def kind_of(self, title: str) -> ChatKind:
        """Private or group, of a chat with that title: a group shows its count behind it, and
        the names over others' bubbles.
        """
        counted = self.member_count is not None and title != f"{self.title}({self.member_count})"
        return "group" if counted or any(row.sender for row in self.rows) else "private"

    def no_group(self, title: str) -> bool:
        """Whether this chat of that title is certainly no group: its title stands there whole and
        without a count, and others' bubbles carry no names. One that we were put out of has no
        count either, but its members' names.
        """
        others = [row for row in self.rows if row.row.side == "other"]
        nameless = bool(others) and not any(row.sender for row in others)
        return self.title == title and self.member_count is None and nameless

    @property
    def short(self) -> bool:
        """Whether the whole chat is on the screen: room is left under its last row."""
        if self.cut_top:
            return False
        low = self.rows[-1].bounds.bottom if self.rows else self.area.top
        return low < self.area.bottom - self.area.height // 20

    @property
    def prints(self) -> tuple[str, ...]:
        """The rows' prints, to compare two reads."""
        return tuple(row.row.print for row in self.rows)


@dataclass(frozen=True)
class HomeScreen:
    """The launcher."""

    package: str


@dataclass(frozen=True)
class OtherScreen:
    """Something else: another app, a dialog, a page of WeChat we do not read. `words` is what
    its first nodes say, `cover` what it is known to be.
    """

    package: str
    words: tuple[str, ...] = field(default=())
    hidden: bool = False
    cover: Cover | None = None


@dataclass(frozen=True)
class FolderScreen(OtherScreen):
    """The page of the folded chats: rows as in the list, and no tabs below them."""

    rows: tuple[ListRow, ...] = field(default=())
    area: Box = field(default=Box(0, 0, 0, 0))


Screen = ListScreen | ChatScreen | HomeScreen | OtherScreen


def read_screen(xml: str, layout: Layout) -> Screen:
    """The screen a dump shows.

    Raises:
        ValueError: this is no XML, or a page is on its way: rows half in the picture stand on the
            wrong side of its middle.

    """
    root = parse(xml)
    package = next((one.get("package") or "" for one in walk(root)), "")
    if package != PACKAGE:
        if "launcher" in package:
            return HomeScreen(package)
        return OtherScreen(package, _words(root), cover=cover_of(root))
    messages = first(root, layout.id("messages"))
    title = first(root, layout.id("title"))
    if messages is not None and title is not None:
        _settled(root, messages)
        return _chat(root, messages, title, layout)
    return _listed(root, package, layout)


def _listed(root: Node, package: str, layout: Layout) -> Screen:
    """A page of WeChat that is no chat: the tabs with the list, the folded chats, or another."""
    listing = first(root, layout.id("list"))
    tabs = with_id(root, layout.id("tab"))
    if len(tabs) == _TABS:
        selected = tabs[0].get("selected") == "true"
        if listing is not None and selected:
            _settled(root, listing)
            return _list(listing, layout)
        return ListScreen((), Box(0, 0, 0, 0), selected=selected)
    if listing is not None and not tabs:
        shown = _list(listing, layout)
        words, cover = _words(root), cover_of(root)
        return FolderScreen(package, words, cover=cover, rows=shown.rows, area=shown.area)
    hidden = len(list(walk(root))) <= _TABS
    return OtherScreen(package, _words(root), hidden=hidden, cover=cover_of(root))


def _settled(root: Node, rows: Node) -> None:
    wide = max(box(window).right for window in root)
    if box(rows).width < wide * _WHOLE:
        raise ValueError("the screen shows a page that is on its way")


def tab_box(xml: str, layout: Layout) -> Box | None:
    """Where the first tab (微信) is, for a way back to the list."""
    tabs = with_id(parse(xml), layout.id("tab"))
    return box(tabs[0]) if len(tabs) == _TABS else None


def _words(root: Node) -> tuple[str, ...]:
    return tuple(text(one) for one in walk(root) if text(one))[:5]


def _list(listing: Node, layout: Layout) -> ListScreen:
    area = box(listing)
    nodes = with_id(listing, layout.id("row"))
    rows = [_list_row(node, area, layout) for node in nodes]
    low = max((box(node).bottom for node in nodes), default=area.top)
    return ListScreen(tuple(row for row in rows if row is not None), area, low=low)


def _list_row(node: Node, area: Box, layout: Layout) -> ListRow | None:
    name = first(node, layout.id("row_name"))
    if name is None or not text(name):
        return None
    bounds = box(node)
    shown = first(node, layout.id("row_preview"))
    preview = normal(text(shown)) if shown is not None else ""
    when = part(node, layout, "row_time")
    dot = part(node, layout, "row_dot") is not None
    badge = part(node, layout, "row_unread")
    unread = _count(text(badge)) if badge is not None else 0
    draft = next((preview.removeprefix(m) for m in DRAFT if preview.startswith(m)), None)
    if dot:
        preview, marked = unmarked(preview)
        unread = marked or 1
    return ListRow(
        title=normal(text(name)),
        preview=preview,
        time=text(when) if when is not None else "",
        unread=unread,
        muted=dot,
        draft=draft,
        bounds=bounds,
        # the middle is tapped: a sliver at an edge is not
        complete=bounds.top >= area.top and bounds.bottom <= area.bottom and shown is not None,
    )


def _count(words: str) -> int:
    digits = "".join(character for character in words if character.isdigit())
    return int(digits) if digits else 1


def _chat(root: Node, messages: Node, title: Node, layout: Layout) -> ChatScreen:
    shown = normal(text(title))
    name, count = counted_title(shown)
    area = box(messages)
    named = with_id(messages, layout.id("message_row"))
    group = count is not None or any(part(row, layout, "sender") is not None for row in named)
    rows = read_rows(messages, layout, group=group)
    entry = first(root, layout.id("field"))
    button = first(root, layout.id("send"))
    return ChatScreen(
        title=None if is_typing(shown) else (name if count is not None else shown),
        member_count=count,
        rows=tuple(row for row in rows if row.complete),
        field_text=normal(text(entry)) if entry is not None else "",
        field_bounds=box(entry) if entry is not None else None,
        send_bounds=box(button) if button is not None and text(button) in SEND else None,
        area=area,
        cut_top=bool(rows) and not rows[0].complete,
        cut_bottom=bool(rows) and not rows[-1].complete,
        low=rows[-1].bounds.bottom if rows else area.top,
        cut_more=rows[0].more if rows and not rows[0].complete else None,
        quoting=_quote_bar(root, box(entry)) if entry is not None else None,
    )


def _quote_bar(root: Node, field: Box) -> QuoteBar | None:
    """The line right under the field, `sender：text`, and the cross behind it."""
    for node in walk(root):
        words, bounds = normal(text(node)), box(node)
        near = 0 <= bounds.top - field.bottom < bounds.height
        if not (near and "：" in words and bounds.left < field.right):
            continue
        beside = (box(one) for one in walk(root) if one.get("clickable") == "true" and is_icon(one))
        middle = bounds.middle[1]
        close = (one for one in beside if one.top <= middle <= one.bottom)
        return QuoteBar(words, next((one for one in close if one.left > bounds.left), None))
    return None
