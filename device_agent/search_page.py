"""WeChat's search, read from a dump: its field, its sections, its hits, and what leads on. Pure.

Read by structure, by geometry and by WeChat's own words in zh_CN and en: a section has a heading
that cannot be tapped, a hit reaches across the screen and has a picture on its left.
"""

import re
from dataclasses import dataclass
from typing import Literal

from device_agent.layout import PACKAGE
from device_agent.nodes import Box, Node, box, desc, parse, text, walk
from device_agent.wording import counted_title, normal, same_title
from schemas.event import ChatKind

Section = Literal["private", "group", "frequent", "other"]
"""`frequent` mixes people and groups: its hits prove no kind."""

_SECTIONS: dict[str, Section] = {
    "联系人": "private",
    "Contacts": "private",
    "群聊": "group",
    "Group Chats": "group",
    "最常使用": "frequent",
    "Most Used": "frequent",
    "Frequently Used": "frequent",
}
_MORE = re.compile(
    r"^(?:查看)?(?:更多|全部)(?P<zh>联系人|群聊)$"
    r"|^(?:View )?(?:More|All) (?P<en>Contacts|Group Chats)$",
    re.IGNORECASE,
)
_ID = re.compile(r"^(?:微信号|WeChat ID)[:：]\s*(?P<id>\S+)$", re.IGNORECASE)
_NICKNAME = re.compile(r"^(?:昵称|Name|Nickname)[:：]\s*(?P<name>.+)$", re.DOTALL)
_SEARCH = frozenset({"搜索", "Search"})
_EDIT = "EditText"
_FULL = 0.9


@dataclass(frozen=True)
class Hit:
    """A row that was found: `label` as it stands there, `detail` why it was found."""

    section: Section
    label: str
    detail: str
    bounds: Box

    @property
    def said(self) -> tuple[Section, str, str]:
        """The hit without its place."""
        return self.section, self.label, self.detail

    @property
    def kind(self) -> ChatKind | None:
        """Private or group, as its section proves it."""
        return self.section if self.section in {"private", "group"} else None

    @property
    def names(self) -> frozenset[str]:
        """What it may be called: a group has its count behind its name."""
        if self.section == "private":
            return frozenset({self.label})
        return frozenset({self.label, counted_title(self.label)[0]})

    def is_exactly(self, title: str) -> bool:
        """Whether this is the very name."""
        return title in self.names

    def is_called(self, title: str) -> bool:
        """Whether this is the very name, or a cut one that may be it."""
        return any(same_title(name, title) for name in self.names)

    @property
    def wechat_id(self) -> str | None:
        """The WeChat ID that the detail tells, where that is what was found."""
        found = _ID.match(self.detail)
        return found["id"] if found else None

    @property
    def nickname(self) -> str | None:
        """What the person is called by themselves, where that is what was found."""
        found = _NICKNAME.match(self.detail)
        return found["name"] if found else None


@dataclass(frozen=True)
class SearchPage:
    """The search as far as it shows. `words` is what stands in the field, an empty field's hint
    left out; `more` leads to all hits of a section; `beyond`: sections of other things follow, or
    nothing does, so that no hit of ours stands below.
    """

    words: str
    field: str
    hits: tuple[Hit, ...]
    more: tuple[tuple[Section, Box], ...]
    area: Box
    last: Section
    beyond: bool


def search_button(xml: str) -> Box | None:
    """The lens in the bar above the conversation list."""
    nodes = _ours(xml)
    if not nodes:
        return None
    low = _bar_low(box(nodes[0]))
    return next(
        (
            box(one)
            for one in nodes
            if desc(one) in _SEARCH and one.get("clickable") == "true" and box(one).bottom <= low
        ),
        None,
    )


def read_search(xml: str, above: Section = "other") -> SearchPage | None:
    """The search that a dump shows; None: it shows none. `above` is the section whose heading was
    scrolled out of sight.

    Raises:
        ValueError: this is no XML.

    """
    nodes = _ours(xml)
    if not nodes:
        return None
    screen = box(nodes[0])
    low = _bar_low(screen)
    fields = [one for one in nodes if _is_edit(one)]
    if len(fields) != 1 or box(fields[0]).bottom > low:
        return None
    area = screen._replace(top=box(fields[0]).bottom)
    hits, more, last, bottom = _read_rows(nodes, area, above)
    shown = normal(text(fields[0]))
    return SearchPage(
        words="" if shown in _SEARCH and not _has_rubber(nodes, fields[0]) else shown,
        field=fields[0].get("resource-id") or "",
        hits=hits,
        more=more,
        area=area,
        last=last,
        beyond=last == "other" or bottom < area.bottom - area.height // 20,
    )


def joined(before: list[Hit], after: tuple[Hit, ...]) -> list[Hit]:
    """The hits of two pages one below the other, those that both show counted once. A scroll leaves
    some rows in sight.
    """
    old = [hit.said for hit in before]
    new = [hit.said for hit in after]
    for size in range(min(len(old), len(new)), 0, -1):
        if old[-size:] == new[:size]:
            return [*before, *after[size:]]
    return [*before, *after]


def _ours(xml: str) -> list[Node]:
    return [one for one in walk(parse(xml)) if one.get("package") == PACKAGE]


def _bar_low(screen: Box) -> int:
    return screen.top + screen.height // 8


def _is_edit(node: Node) -> bool:
    return (node.get("class") or "").endswith(_EDIT)


def _has_rubber(nodes: list[Node], field: Node) -> bool:
    """Whether something to empty the field stands on its right: then it is not empty."""
    here = box(field)
    return any(
        (one.get("class") or "").endswith("ImageView")
        and one.get("clickable") == "true"
        and box(one).left >= here.right - here.height
        and box(one).top < here.bottom
        for one in nodes
    )


def _read_rows(
    nodes: list[Node], area: Box, section: Section
) -> tuple[tuple[Hit, ...], tuple[tuple[Section, Box], ...], Section, int]:
    hits: list[Hit] = []
    more: list[tuple[Section, Box]] = []
    inside: set[Node] = set()
    bottom = area.top
    for one in nodes:
        if one in inside or box(one).top < area.top - 1:
            continue
        words = [normal(text(part)) for part in walk(one) if text(part)]
        if _is_row(one, area) and words:
            inside.update(walk(one))
            bottom = max(bottom, box(one).bottom)
            leads = _leads(words[0])
            if leads is not None:
                more.append((leads, box(one)))
            elif _picture_left(one):
                hits.append(_hit(one, words, section))
        elif text(one) and one.get("clickable") != "true" and len(one) == 0:
            section = _SECTIONS.get(words[0], "other")
            bottom = max(bottom, box(one).bottom)
    return tuple(hits), tuple(more), section, bottom


def _is_row(node: Node, area: Box) -> bool:
    across = box(node).width >= _FULL * area.width and box(node).height < area.height // 3
    return node.get("clickable") == "true" and across


def _leads(words: str) -> Section | None:
    found = _MORE.match(words)
    if found is None:
        return None
    return "private" if (found["zh"] or found["en"]).lower() in {"联系人", "contacts"} else "group"


def _picture_left(row: Node) -> bool:
    pictures = [one for one in walk(row) if (one.get("class") or "").endswith("ImageView")]
    said = [one for one in walk(row) if text(one)]
    return bool(pictures) and box(pictures[0]).right <= box(said[0]).left


def _hit(row: Node, words: list[str], section: Section) -> Hit:
    return Hit(section, words[0], words[1] if len(words) > 1 else "", box(row))
