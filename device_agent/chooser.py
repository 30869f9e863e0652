"""WeChat's screens between a share and its sending: the chooser of chats, the question, the word
that it was sent. Pure.

Read by structure and by WeChat's own words, zh_CN and en; their resource ids are not public.
"""

import re
from dataclasses import dataclass
from typing import Literal

from device_agent.nodes import Box, Node, box, desc, parse, text, walk
from device_agent.wording import SEND, counted_title, normal

_EDIT = "android.widget.EditText"
_IMAGE = "android.widget.ImageView"
_TITLES = frozenset({"选择一个聊天", "选择聊天", "选择", "Select a Chat", "Select Chat", "Select"})
Section = Literal["private", "group", "recent"]
_SECTIONS: dict[str, Section] = {
    "联系人": "private", "Contacts": "private", "群聊": "group", "Group Chats": "group",
    "最近聊天": "recent", "最近的聊天": "recent", "Recent Chats": "recent", "Recent Chat": "recent",
}  # fmt: skip
_MORE = re.compile(
    r"^(?:更多(?:联系人|群聊)|(?:View )?More (?:Contacts|Group Chats))", re.IGNORECASE
)
_ASKED = re.compile(r"^(?:(?:分别)?发送给|Send to)\s*[:：]?\s*(?P<name>.*)$", re.DOTALL)
_CANCEL = frozenset({"取消", "Cancel"})
_SENT = frozenset({"已发送", "Sent"})
_STAY = frozenset({"留在微信", "Stay in WeChat", "Stay"})


@dataclass(frozen=True)
class Choice:
    """A chat that may be chosen, and the heading it stands under."""

    section: Section | None
    name: str
    bounds: Box


@dataclass(frozen=True)
class Chooser:
    """The list of chats to choose from; `words` is what is searched for. `more`: a section has
    more hits than it shows.
    """

    words: str
    choices: tuple[Choice, ...]
    field: Box
    area: Box
    more: bool = False

    @property
    def names(self) -> tuple[tuple[Section | None, str], ...]:
        """The choices without their places."""
        return tuple((one.section, one.name) for one in self.choices)


@dataclass(frozen=True)
class Question:
    """Whether it is to be sent to `name`; nothing is sent before `send` is tapped."""

    name: str
    send: Box

    def asks_for(self, title: str) -> bool:
        """Whether it is of the chat of that title; a group may show its count behind it."""
        return title in {self.name, counted_title(self.name)[0]}


@dataclass(frozen=True)
class Told:
    """已发送: WeChat says that it was sent; `stay` closes this."""

    stay: Box


def read_sharing(xml: str) -> Chooser | Question | Told | None:
    """The screen of a share that a dump shows; None where it shows another.

    Raises:
        ValueError: this is no XML.

    """
    root = parse(xml)
    return _told(root) or _question(root) or _chooser(root)


def _label(node: Node) -> str:
    return normal(text(node) or desc(node)).strip()


def _buttons(root: Node, labels: frozenset[str]) -> list[Node]:
    return [one for one in walk(root) if _label(one) in labels and text(one)]


def _told(root: Node) -> Told | None:
    stay = _buttons(root, _STAY)
    return Told(box(stay[0])) if stay and _buttons(root, _SENT) else None


def _question(root: Node) -> Question | None:
    words = [normal(text(one)).strip() for one in walk(root) if text(one)]
    place = next((n for n, word in enumerate(words) if _ASKED.match(word)), None)
    send, cancel = _buttons(root, SEND), _buttons(root, _CANCEL)
    if place is None or len(send) != 1 or len(cancel) != 1:
        return None
    found = _ASKED.match(words[place])
    behind = found.group("name") if found else ""
    name = behind or (words[place + 1] if place + 1 < len(words) else "")
    return Question(name, box(send[0])) if name else None


def _chooser(root: Node) -> Chooser | None:
    fields = [one for one in walk(root) if one.get("class") == _EDIT]
    if len(fields) != 1 or not _buttons(root, _TITLES):
        return None
    field = fields[0]
    hint = field.get("hint") or ""
    words = "" if text(field) in {hint, "搜索", "Search"} else normal(text(field))
    low = box(field).bottom
    rows = [one for one in walk(root) if _is_row(one, low)]
    inside = {part for row in rows for part in walk(row)}
    headings = [
        (box(one).top, _SECTIONS[_label(one)])
        for one in walk(root)
        if one not in inside and _label(one) in _SECTIONS and box(one).top >= low
    ]
    choices = []
    for row in sorted(rows, key=lambda one: box(one).top):
        top = box(row).top
        section = next((kind for at, kind in sorted(headings, reverse=True) if at <= top), None)
        name = next((normal(text(one)) for one in walk(row) if text(one)), "")
        choices.append(Choice(section, name, box(row)))
    whole = box(root[0]) if len(root) else Box(0, 0, 0, 0)
    more = any(_MORE.match(_label(one)) for one in walk(root) if one not in inside)
    return Chooser(words, tuple(choices), box(field), whole._replace(top=low), more)


def _is_row(node: Node, low: int) -> bool:
    """A line that can be tapped, with a picture and a name."""
    if node.get("clickable") != "true" or box(node).top < low:
        return False
    parts = list(walk(node))[1:]
    named = any(text(one) for one in parts)
    return named and any(one.get("class") == _IMAGE for one in parts)
