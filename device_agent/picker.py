"""WeChat's list of a group's members to pick from, and the menu over a message. Pure.

Read by structure and by WeChat's own words, zh_CN and en; their resource ids are not public.
"""

from dataclasses import dataclass

from device_agent.nodes import Box, Node, box, desc, parse, text, walk
from device_agent.wording import normal

_EDIT = "android.widget.EditText"
_IMAGE = "android.widget.ImageView"
_TITLES = frozenset({"选择提醒的人", "选择要提醒的人", "Select", "Select Members", "Mention"})
_QUOTE = frozenset({"引用", "Quote"})
_HINTS = frozenset({"搜索", "Search"})


@dataclass(frozen=True)
class Member:
    """A row of the list."""

    name: str
    bounds: Box


@dataclass(frozen=True)
class Picker:
    """The list on the screen; `words` is what is searched for."""

    words: str
    members: tuple[Member, ...]
    searchable: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The rows without their places."""
        return tuple(one.name for one in self.members)


def read_picker(xml: str) -> Picker | None:
    """The list that a dump shows; None where it shows another screen.

    Raises:
        ValueError: this is no XML.

    """
    root = parse(xml)
    nodes = list(walk(root))
    if not any(_label(one) in _TITLES for one in nodes):
        return None
    field = next((one for one in nodes if one.get("class") == _EDIT), None)
    words = "" if field is None or text(field) in _hints(field) else normal(text(field))
    low = box(field).bottom if field is not None else 0
    rows = [one for one in nodes if _is_row(one, low)]
    members = tuple(Member(_name(row), box(row)) for row in rows)
    return Picker(words, members, field is not None)


def quote_item(xml: str) -> Box | None:
    """Where 引用 stands in the menu of a message, if a dump shows one.

    Raises:
        ValueError: this is no XML.

    """
    for node in walk(parse(xml)):
        if text(node) in _QUOTE:
            above = (one for one in node.iterancestors("node") if one.get("clickable") == "true")
            touched = node if node.get("clickable") == "true" else next(above, node)
            return box(touched)
    return None


def _hints(field: Node) -> frozenset[str]:
    return _HINTS | {field.get("hint") or ""}


def _label(node: Node) -> str:
    return normal(text(node) or desc(node)).strip()


def _name(row: Node) -> str:
    return next((normal(text(one)) for one in walk(row) if text(one)), "")


def _is_row(node: Node, low: int) -> bool:
    if node.get("clickable") != "true" or box(node).top < low or not _name(node):
        return False
    return any(one.get("class") == _IMAGE for one in list(walk(node))[1:])
