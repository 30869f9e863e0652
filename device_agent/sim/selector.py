"""Finds nodes by a UiSelector as uiautomator2 sends it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from device_agent.sim.pattern import Pattern
from device_agent.sim.screens.node import Node

Selector = dict[str, Any]
_Test = Callable[[Node, Any], bool]


def _full(pattern: str, text: str) -> bool:
    return _compiled(pattern).covers(text)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Pattern:
    return Pattern(pattern)


_TESTS: dict[str, _Test] = {
    "text": lambda node, value: node.text == value,
    "textContains": lambda node, value: str(value).lower() in node.text.lower(),
    "textMatches": lambda node, value: _full(value, node.text),
    "textStartsWith": lambda node, value: node.text.lower().startswith(str(value).lower()),
    "className": lambda node, value: node.kind == value,
    "classNameMatches": lambda node, value: _full(value, node.kind),
    "description": lambda node, value: node.desc == value,
    "descriptionContains": lambda node, value: str(value).lower() in node.desc.lower(),
    "descriptionMatches": lambda node, value: _full(value, node.desc),
    "descriptionStartsWith": lambda node, value: node.desc.lower().startswith(str(value).lower()),
    "checkable": lambda node, value: node.checkable is value,
    "checked": lambda node, value: node.checked is value,
    "clickable": lambda node, value: node.clickable is value,
    "longClickable": lambda node, value: node.long_clickable is value,
    "scrollable": lambda node, value: node.scrollable is value,
    "enabled": lambda node, value: node.enabled is value,
    "focusable": lambda node, value: node.focusable is value,
    "focused": lambda node, value: node.focused is value,
    "selected": lambda node, value: node.selected is value,
    "packageName": lambda node, value: node.package == value,
    "packageNameMatches": lambda node, value: _full(value, node.package),
    "resourceId": lambda node, value: node.rid == value,
    "resourceIdMatches": lambda node, value: _full(value, node.rid),
}
Placed = tuple[Node, Node | None, int]


def _placed(node: Node, parent: Node | None = None, index: int = 0) -> list[Placed]:
    found: list[Placed] = [(node, parent, index)]
    for place, child in enumerate(node.children):
        found.extend(_placed(child, node, place))
    return found


def find(roots: list[Node], selector: Selector) -> list[Node]:
    """All nodes that a selector means, in document order; its instance picks one.

    Raises ValueError for a bad regular expression in it.
    """
    everything = [one for root in roots for one in _placed(root)]
    return [node for node, _, _ in _select(everything, selector)]


def below(selector: Selector, then: Selector, relation: str = "child") -> Selector:
    """The selector of what is meant by `then` below (or as a sibling of) what `selector` means."""
    return selector | {
        "childOrSibling": [*selector.get("childOrSibling", ()), relation],
        "childOrSiblingSelector": [*selector.get("childOrSiblingSelector", ()), then],
    }


def _matches(placed: Placed, selector: Selector) -> bool:
    node, _, index = placed
    for name, value in selector.items():
        test = _TESTS.get(name)
        if test is not None and not test(node, value):
            return False
        if name == "index" and index != value:
            return False
    return True


def _select(candidates: list[Placed], selector: Selector) -> list[Placed]:
    found = [one for one in candidates if _matches(one, selector)]
    if "instance" in selector:
        place = int(selector["instance"])
        found = found[place : place + 1]
    steps = zip(
        selector.get("childOrSibling", ()), selector.get("childOrSiblingSelector", ()), strict=False
    )
    for relation, below in steps:
        found = _select(_related(found, str(relation)), below)
    return found


def _related(found: list[Placed], relation: str) -> list[Placed]:
    seen: dict[int, Placed] = {}
    for node, parent, _ in found:
        source = node if relation == "child" else parent
        if source is None:
            continue
        for one in _placed(source)[1:]:
            if one[0] is not node:
                seen.setdefault(id(one[0]), one)
    return list(seen.values())
