"""Nodes of a window dump: bounds, and finding parts by resource id."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

_BOUNDS = re.compile(r"\[(-?\d+),(-?\d+)\]\[(-?\d+),(-?\d+)\]")


class Box(NamedTuple):
    """A rectangle on the screen, in pixels, the right and bottom edges outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where a finger would tap it."""
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2

    @property
    def width(self) -> int:
        """Left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Top to bottom."""
        return self.bottom - self.top


Node = etree._Element  # noqa: SLF001  # lxml's public type has no other name


def parse(xml: str) -> Node:
    """The root of a dump.

    Raises:
        ValueError: this is no XML.

    """
    try:
        return etree.fromstring(xml.encode())
    except etree.XMLSyntaxError as error:
        raise ValueError(f"the dump is no XML: {error}") from error


def box(node: Node) -> Box:
    """A node's bounds; an empty box where it has none."""
    found = _BOUNDS.match(node.get("bounds", ""))
    return Box(*(int(part) for part in found.groups())) if found else Box(0, 0, 0, 0)


def text(node: Node) -> str:
    """What a node shows."""
    return node.get("text") or ""


def desc(node: Node) -> str:
    """What a node tells a screen reader."""
    return node.get("content-desc") or ""


def is_icon(node: Node) -> bool:
    """Whether a node is a picture that may be tapped; versions differ in the class it has."""
    return (node.get("class") or "").endswith(("ImageView", "ImageButton"))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in document order."""
    yield from node.iter("node")


def with_id(node: Node, resource_id: str) -> list[Node]:
    """The nodes of that resource id, in document order."""
    return [one for one in walk(node) if one.get("resource-id") == resource_id]


def first(node: Node, resource_id: str) -> Node | None:
    """The first node of that resource id."""
    return next((one for one in walk(node) if one.get("resource-id") == resource_id), None)
