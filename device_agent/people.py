"""WeChat's pages about people, read from a dump: 通讯录, cards, 聊天信息, members. Pure.

Their resource ids are not public, so they are read by structure, by WeChat's own words in zh_CN
and en, and by geometry: a row reaches across the screen and has a picture on its left; a member's
cell is narrow and has its name below a picture; what is cut by an edge is lower than its likes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from device_agent.layout import PACKAGE
from device_agent.nodes import Box, Node, box, desc, parse, text, walk
from device_agent.wording import normal

SAVED_GROUPS = frozenset({"群聊", "Group Chats"})
OFFICIALS = frozenset({"公众号", "Official Accounts"})
FOLDED = frozenset({"折叠的聊天", "折叠的群聊", "Minimized Groups", "Minimised Groups"})
"""The row of the list, and the page, that hold the folded chats."""
ACCOUNTS = frozenset(
    {"订阅号消息", "订阅号", "服务号消息", "Subscriptions", "Subscription Accounts"}
)
"""The rows of the list that hold official accounts: what they post is nobody's message to us."""
_HEADS = SAVED_GROUPS | OFFICIALS | {
    "新的朋友", "仅聊天的朋友", "标签", "服务号", "企业微信联系人", "企业微信通知",
    "New Friends", "Chats Only Friends", "Tags", "Service Accounts", "WeCom Contacts",
}  # fmt: skip
_INFO = re.compile(r"^(?:聊天信息|Chat Info)(?:\s?\((?P<count>\d+)\))?$")
_INFO_WORDS = frozenset({"聊天信息", "Chat Info"})
_MEMBERS = re.compile(r"^(?:聊天成员|群聊成员|群成员|Group Members|Members)\s?\((?P<count>\d+)\)$")
_ALL_MEMBERS = re.compile(r"^(?:查看(?:全部|更多)群成员|View (?:All|More) (?:Group )?Members)")
_TAIL = re.compile(
    r"^\d+\s?(?:位联系人|个朋友|个群聊|个公众号"
    r"|friends?|contacts?|group chats?|Official Accounts?)$"
)
_LINES = {
    "nickname": re.compile(r"^(?:昵称|Name|Nickname)[:：]\s*(?P<value>.+)$", re.DOTALL),
    "alias": re.compile(r"^(?:群昵称|Group Alias|Alias)[:：]\s*(?P<value>.+)$", re.DOTALL),
    "wechat_id": re.compile(r"^(?:微信号|WeChat ID)[:：]\s*(?P<value>\S+)$"),
    "region": re.compile(r"^(?:地区|Region)[:：]\s*(?P<value>.+)$"),
}
_GROUP_NAME = frozenset({"群聊名称", "Group Name"})
_REMARK = frozenset({"备注", "Remark"})
_OWN_NAME = frozenset({"我在群里的昵称", "My Alias in Group"})
_UNSET = frozenset({"未设置", "未命名", "Not set", "Untitled"})
_REMOVE = frozenset({"移出成员", "删除成员", "Remove Members", "Remove"})
_NAME_LETTER = 2  # longest heading of a section: a letter, ☆, #
_FULL = 0.9


@dataclass(frozen=True)
class Entry:
    """A row of 通讯录 or of one of its pages. `head`: it leads to a page, it is nobody."""

    name: str
    bounds: Box
    complete: bool = True
    head: bool = False


@dataclass(frozen=True)
class Directory:
    """What shows of 通讯录 or of 群聊 and 公众号; `end`: nothing stands below."""

    entries: tuple[Entry, ...]
    area: Box
    end: bool = False
    title: str = ""


@dataclass(frozen=True)
class Card:
    """A person's page. `name` is the remark where there is one: then `nickname` is set."""

    name: str
    nickname: str | None = None
    alias: str | None = None
    wechat_id: str | None = None
    region: str | None = None

    @property
    def remark(self) -> str | None:
        """What the account's owner calls the person, if he wrote that."""
        return self.name if self.nickname is not None else None


@dataclass(frozen=True)
class Cell:
    """A face of a group's grid."""

    name: str
    bounds: Box


@dataclass(frozen=True)
class Members:
    """A group's 聊天信息 or the page of all its people, as far as it shows.

    `count` is what the title says; None in a chat of two. `more` opens the page of all of them.
    `managed`: the account may remove people, so it owns or administers the group.
    """

    cells: tuple[Cell, ...]
    area: Box
    count: int | None = None
    all_of_them: bool = False
    more: Box | None = None
    managed: bool = False
    group_name: str | None = None
    remark: str | None = None
    own_name: str | None = None


PeoplePage = Directory | Card | Members


def read_people(xml: str, *, tab: bool = False, below: bool = False) -> PeoplePage | None:
    """The page of people that a dump shows; None: it is none. `tab`: 通讯录 itself is meant, whose
    title says nothing more; `below`: it was scrolled, so that no row leads to a page.

    Raises:
        ValueError: this is no XML.

    """
    nodes = [one for one in walk(parse(xml)) if one.get("package") == PACKAGE]
    if not nodes:
        return None
    screen = box(nodes[0])
    title = _title(nodes, screen)
    if tab:
        return _directory(nodes, screen, "", below=below)
    if title in SAVED_GROUPS | OFFICIALS:
        return _directory(nodes, screen, title, below=True)
    info, members = _INFO.match(title), _MEMBERS.match(title)
    if info or members:
        count = (info or members)["count"]  # type: ignore[index]  # one of them matched
        return _members(nodes, screen, int(count) if count else None, whole=bool(members))
    return _card(nodes, screen)


def info_button(xml: str) -> Box | None:
    """The dots of a chat's title bar, which open 聊天信息."""
    return next(
        (
            box(one)
            for one in walk(parse(xml))
            if desc(one) in _INFO_WORDS and one.get("clickable") == "true"
        ),
        None,
    )


def face_box(page: Members) -> Box | None:
    """The only face of a chat of two, which opens that person's card."""
    alone = page.count is None and len(page.cells) == 1
    return page.cells[0].bounds if alone else None


def _title(nodes: list[Node], screen: Box) -> str:
    """The first words of the bar at the top; empty where it has none."""
    low = screen.top + screen.height // 8
    bar = [one for one in nodes if text(one) and box(one).bottom <= low]
    return normal(text(min(bar, key=lambda one: box(one).top))) if bar else ""


def _directory(nodes: list[Node], screen: Box, title: str, *, below: bool) -> Directory:
    rows = _rows(nodes, screen)
    tall = max((box(row).height for row, _ in rows), default=0)
    sections = [box(one).top for one in nodes if _is_section(one, screen)]
    first = min(sections, default=screen.bottom)
    leading = [name for row, name in rows if name in _HEADS and box(row).top < first]
    heads = not below or len(leading) > 1  # one alone may be a person of that name
    entries = [
        Entry(
            name,
            box(row),
            complete=box(row).height >= _FULL * tall,
            head=heads and name in _HEADS and box(row).top < first,
        )
        for row, name in rows
    ]
    end = any(_TAIL.match(text(one).strip()) for one in nodes if text(one))
    return Directory(tuple(entries), _below_bar(nodes, screen), end, title)


def _is_section(node: Node, screen: Box) -> bool:
    """Whether a node is the letter above its section."""
    words = text(node)
    wide = box(node).width > screen.width // 2
    return 0 < len(words) < _NAME_LETTER and wide and node.get("clickable") != "true"


def _rows(nodes: list[Node], screen: Box) -> list[tuple[Node, str]]:
    """Rows across the screen with a picture on their left, and the words beside it."""
    found = []
    for one in nodes:
        across = box(one).width >= _FULL * screen.width and box(one).height < screen.height // 5
        if one.get("clickable") != "true" or not across:
            continue
        pictures = [part for part in walk(one) if _is_picture(part)]
        words = [part for part in walk(one) if text(part)]
        if pictures and words and box(pictures[0]).right <= box(words[0]).left:
            found.append((one, normal(text(words[0]))))
    return found


def _is_picture(node: Node) -> bool:
    return (node.get("class") or "").endswith("ImageView")


def _below_bar(nodes: list[Node], screen: Box) -> Box:
    """What may be scrolled: all between the bar at the top and the tabs, or the screen's end."""
    low = screen.top + screen.height // 8
    bars = [box(one).bottom for one in nodes if text(one) and box(one).bottom <= low]
    return screen._replace(
        top=max(bars, default=low), bottom=screen.bottom - max(screen.height // 14, 1)
    )


def _card(nodes: list[Node], screen: Box) -> Card | None:
    """A page that says a WeChat ID, or has the big picture of a person and rows of a card."""
    lines: dict[str, str] = {}
    name: str | None = None
    for one in nodes:
        words = normal(text(one))
        for key, pattern in _LINES.items():
            found = pattern.match(words)
            if found and key not in lines and _beside_picture(one, nodes, screen):
                lines[key] = found["value"].strip()
                break
        else:
            if name is None and words and _beside_picture(one, nodes, screen):
                name = words
    if name is None or "wechat_id" not in lines:
        return None
    return Card(name, **lines)


def _beside_picture(node: Node, nodes: list[Node], screen: Box) -> bool:
    """Whether words stand right of the card's face, no lower than a third of the screen."""
    here = box(node)
    return here.top < screen.top + screen.height // 3 and any(
        _is_picture(one)
        and box(one).right <= here.left
        and box(one).width > screen.width // 10
        and box(one).top <= here.top + here.height // 2
        for one in nodes
    )


def _members(nodes: list[Node], screen: Box, count: int | None, *, whole: bool) -> Members:
    cells = _cells(nodes, screen)
    tall = max((place.height for _, _, place in cells), default=0)
    named = [Cell(name, place) for name, _, place in cells if name and place.height >= _FULL * tall]
    settings = _settings(nodes)
    more = next(
        (one for one in nodes if _ALL_MEMBERS.match(text(one)) or _ALL_MEMBERS.match(desc(one))),
        None,
    )
    return Members(
        cells=tuple(named),
        area=_below_bar(nodes, screen),
        count=count,
        all_of_them=whole,
        more=box(more) if more is not None else None,
        managed=any(sign in _REMOVE for _, sign, _ in cells),
        group_name=_value(settings, _GROUP_NAME),
        remark=_value(settings, _REMARK),
        own_name=_value(settings, _OWN_NAME),
    )


def _cells(nodes: list[Node], screen: Box) -> list[tuple[str, str, Box]]:
    """The narrow parts with a picture: name, description and place; `+` and `-` have no name."""
    found = []
    for one in nodes:
        narrow = screen.width // 12 < box(one).width < screen.width // 3
        if one.get("clickable") != "true" or not narrow or _is_picture(one):
            continue
        pictures = [part for part in walk(one) if _is_picture(part)]
        if not pictures:
            continue
        name = next((normal(text(part)) for part in walk(one) if text(part)), "")
        found.append((name, desc(pictures[0]) or desc(one), box(one)))
    return found


def _settings(nodes: Iterable[Node]) -> dict[str, str]:
    """Rows of settings as label and value: the words on the left, and what stands right of it."""
    found: dict[str, str] = {}
    for one in nodes:
        if one.get("clickable") != "true":
            continue
        words = [part for part in walk(one) if text(part)]
        if len(words) == 1:
            found.setdefault(normal(text(words[0])), "")
        elif len(words) == 2:  # a label and its value
            left, right = sorted(words, key=lambda part: box(part).left)
            found.setdefault(normal(text(left)), normal(text(right)))
    return found


def _value(settings: dict[str, str], labels: frozenset[str]) -> str | None:
    value = next((settings[label] for label in labels if label in settings), None)
    return value if value and value not in _UNSET else None
