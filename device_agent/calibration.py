"""Which resource ids an unknown layout carries, told from window dumps, and what proves each. Pure.

A part's id is proposed only where all that structure, words and geometry take for that part carry
one id (reference/phone.md 5.2, 5.3), and nothing that the reader would meet before it does too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from device_agent import anatomy, pages
from device_agent.layout import PACKAGE, PARTS, Layout
from device_agent.nodes import Box, Node, box, first, parse, text, walk, with_id
from device_agent.screen import ChatScreen, ListScreen, read_screen
from device_agent.wording import SEND, normal

Page = Literal["list", "chat", "typed"]
NEEDED: Final = (
    "list", "row", "row_name", "row_preview", "row_time", "tab", "title", "messages",
    "message_row", "line", "body", "field", "send",
)  # fmt: skip
"""What nothing is sent without; the rest is told by structure where no id was found."""
_ROWS: Final = {
    "row_name": (anatomy.list_name, "the first text right of the avatar, above its middle"),
    "row_preview": (anatomy.list_preview, "the first text right of the avatar, below its middle"),
    "row_time": (anatomy.list_time, "a time at the right edge, above the avatar's middle"),
    "row_unread": (anatomy.list_badge, "digits at the avatar's upper right corner"),
    "row_dot": (anatomy.list_dot, "a small picture at the avatar's upper right corner"),
}
_MESSAGES: Final = {
    "sender": (anatomy.sender, "a text between the avatar's top and the bubble's"),
    "body": (anatomy.body, "a bubble beside an avatar that has the text itself"),
    "media": (anatomy.media, "a bubble beside an avatar that has parts and no text of its own"),
}
_IN_MEDIA: Final = {
    "sticker": (anatomy.sticker, "a picture that is said to be a sticker"),
    "video_length": (anatomy.video_length, "minutes and seconds on a video"),
    "packet_title": (anatomy.packet_title, "a text in a card that is said to a screen reader"),
    "packet_status": (anatomy.packet_status, "the line at the foot of such a card"),
}


@dataclass(frozen=True)
class Shot:
    """A dump of a page. `title` is the name of the row that was tapped, `typed` what was written
    in the field.
    """

    page: Page
    xml: str
    title: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Found:
    """A part: its id without the prefix, how often it was seen, what proves it, and where it is
    first, on which page.
    """

    part: str
    id: str
    seen: int
    how: str
    page: Page
    bounds: Box


@dataclass(frozen=True)
class Proposal:
    """What a calibration believes. `missing` says why a part has no id; `doubts` what else keeps
    the layout from being sent by.
    """

    found: dict[str, Found]
    missing: dict[str, str]
    doubts: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """The parts that sending needs and that have no proven id."""
        return tuple(part for part in NEEDED if part not in self.found)

    @property
    def sends(self) -> bool:
        """Whether all that sending needs is proven."""
        return not self.lacking and not self.doubts

    def layout(self, name: str) -> Layout:
        """As the agent would have it."""
        ids = {part: f"{PACKAGE}:id/{one.id}" for part, one in self.found.items()}
        return Layout(name, ids, self.sends)


@dataclass
class _Votes:
    """The nodes that structure takes for each part."""

    how: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, list[tuple[Page, Node]]] = field(default_factory=dict)
    against: dict[str, str] = field(default_factory=dict)

    def add(self, part: str, page: Page, nodes: Iterable[Node | None], how: str) -> None:
        self.how[part] = how
        given = [(page, node) for node in nodes if node is not None]
        self.nodes.setdefault(part, []).extend(given)

    def proposal(self) -> Proposal:
        found: dict[str, Found] = {}
        missing = {}
        for part in PARTS:
            given = self.nodes.get(part, [])
            ids = sorted({_short(node) for _, node in given})
            if part in self.against:
                missing[part] = self.against[part]
            elif not given:
                missing[part] = "nothing like it was on the screens"
            elif len(ids) > 1:
                missing[part] = f"several ids look like it: {', '.join(map(str, ids))}"
            elif not ids[0]:
                missing[part] = "it carries no id"
            else:
                page, node = given[0]
                found[part] = Found(part, ids[0], len(given), self.how[part], page, box(node))
        return Proposal(*_apart(found, missing))


def _apart(
    found: dict[str, Found], missing: dict[str, str]
) -> tuple[dict[str, Found], dict[str, str]]:
    """One id for two parts is proof of neither."""
    holders: dict[str, list[str]] = {}
    for part, one in found.items():
        holders.setdefault(one.id, []).append(part)
    for names in holders.values():
        for part in names if len(names) > 1 else ():
            others = ", ".join(name for name in names if name != part)
            missing[part] = f"its id is that of {others} too"
            del found[part]
    return found, missing


def calibrate(shots: Iterable[Shot]) -> Proposal:
    """The ids that one walk's dumps prove.

    Raises:
        ValueError: a dump is no XML.

    """
    votes = _Votes()
    for shot in shots:
        root = parse(shot.xml)
        if shot.page == "list":
            _list(root, votes)
        else:
            _chat(root, shot, votes)
    return votes.proposal()


def agreed(first_walk: Iterable[Shot], second_walk: Iterable[Shot]) -> Proposal:
    """What two walks prove alike, and what the reader makes of the second by it.

    Raises:
        ValueError: a dump is no XML.

    """
    second_walk = list(second_walk)
    one, two = calibrate(first_walk), calibrate(second_walk)
    missing = dict(one.missing)
    found = {}
    for part, seen in one.found.items():
        again = two.found.get(part)
        if again is None:
            missing[part] = f"not so in the second walk: {two.missing[part]}"
        elif again.id != seen.id:
            missing[part] = f"the second walk found {again.id}, the first {seen.id}"
        else:
            found[part] = seen
    proposal = Proposal(found, missing)
    doubts = tuple(doubt for shot in second_walk for doubt in _doubts(shot, proposal))
    return Proposal(found, missing, doubts)


# --- the pages ---


def _list(root: Node, votes: _Votes) -> None:
    foot = pages.tabs(root)
    votes.add("tab", "list", foot, "four words in one line at the foot, the first is selected")
    if foot and (not pages.selected(foot[0]) or len(with_id(root, _full(foot[0]))) != len(foot)):
        votes.against["tab"] = "more than four parts carry its id, or another tab shows"
    found = pages.listing(root)
    if found is None:
        return
    holder, rows = found
    votes.add("list", "list", [holder], "a list of rows with avatar, name and time")
    _sole(root, holder, "list", votes)
    votes.add("row", "list", rows, "repeated, clickable, as wide as the screen")
    area = box(holder)
    whole = [row for row in rows if box(row).top >= area.top and box(row).bottom <= area.bottom]
    _parts(whole, "list", _ROWS, votes)


def _chat(root: Node, shot: Shot, votes: _Votes) -> None:
    holder = pages.thread(root)
    if holder is None:
        return
    page = shot.page
    votes.add("messages", page, [holder], "a list of rows with avatars that are said to be ones")
    _sole(root, holder, "messages", votes)
    title = pages.title_of(root, shot.title)
    votes.add("title", page, [title], "the name of the row that was tapped, over the messages")
    if title is not None:
        _sole(root, title, "title", votes)
    field = pages.field_of(root)
    votes.add("field", page, [field], "the only field, below the messages")
    if field is not None:
        _sole(root, field, "field", votes)
        _send(root, field, shot, votes)
    area = box(holder)
    rows = list(pages.rows_of(holder))
    held = [row for row in rows if anatomy.chat_face(row) is not None]
    votes.add("message_row", page, rows if held else (), "the parts of such a list")
    lines = [one for row in rows for one in anatomy.centred(row, area)]
    votes.add("line", page, lines, "centred texts over an avatar, or without one")
    whole = [row for row in held if _uncut(row, area)]
    _parts(whole, page, _MESSAGES, votes)
    bubbles = [one for row in whole if (one := anatomy.media(row)) is not None]
    _parts(bubbles, page, _IN_MEDIA, votes)


def _uncut(row: Node, area: Box) -> bool:
    face = anatomy.chat_face(row)
    return face is not None and box(face).top > area.top and box(row).bottom < area.bottom


def _send(root: Node, field: Node, shot: Shot, votes: _Votes) -> None:
    """The button exists while something stands in the field, and only then."""
    level = box(field)
    buttons = [
        one
        for one in walk(root)
        if text(one) in SEND
        and one.get("clickable") == "true"
        and box(one).left >= level.right
        and box(one).top < level.bottom
        and box(one).bottom > level.top
    ]
    if shot.page == "typed":
        how = "said to send, clickable, right of the field, and only while something is written"
        votes.add("send", "typed", buttons, how)
        if len(buttons) == 1:
            _sole(root, buttons[0], "send", votes)
    elif buttons:
        votes.against["send"] = "it is there while nothing is written"


def _parts(holders: list[Node], page: Page, parts: dict[str, Any], votes: _Votes) -> None:
    for name, (structure, how) in parts.items():
        for holder in holders:
            node = structure(holder)
            votes.add(name, page, [node], how)
            if node is not None:
                _sole(holder, node, name, votes)


def _sole(root: Node, node: Node, part: str, votes: _Votes) -> None:
    """Nothing that a reader meets first may carry the same id."""
    if _full(node) and first(root, _full(node)) is not node:
        votes.against[part] = "another part before it carries its id"


def _full(node: Node) -> str:
    return node.get("resource-id") or ""


def _short(node: Node) -> str:
    return _full(node).removeprefix(f"{PACKAGE}:id/")


def _doubts(shot: Shot, proposal: Proposal) -> Iterator[str]:
    """Where the reader, by the proposed ids, sees something else than structure does."""
    screen = read_screen(shot.xml, proposal.layout("proposed"))
    if shot.page == "list":
        named = pages.rows_named(shot.xml)
        if not isinstance(screen, ListScreen):
            yield "the list is not read as a list"
        elif [(row.title, row.bounds) for row in screen.rows if row.complete] != named:
            yield "the list's rows are read otherwise than they stand"
    elif not isinstance(screen, ChatScreen) or not screen.is_of(shot.title):
        yield "the chat is not read as the chat that was opened"
    elif screen.field_bounds is None or screen.field_text != normal(shot.typed):
        yield "the field does not read as what was written"
    elif (screen.send_bounds is not None) != (shot.page == "typed"):
        yield "the button to send is not read where it is, or where it is not"
    elif not screen.rows:
        yield "no message of the chat is read whole"
