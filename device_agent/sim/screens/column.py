"""A page's rows below each other in a list that scrolls; only what is in sight is drawn."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from device_agent.sim.screens.look import PAPER, Look
from device_agent.sim.screens.node import RECYCLER, Node, Paint, Rect


class Item(NamedTuple):
    """One row: its height in pixels and how it is drawn into its rectangle."""

    height: int
    draw: Callable[[Rect], Node]


def gap(look: Look, points: float = 8) -> Item:
    """An empty strip between sections."""
    return Item(look.dp(points), lambda rect: Node("android.view.View", rect))


def body(look: Look) -> Rect:
    """What lies below the title bar."""
    return Rect(0, look.body_top, look.width, look.height)


def furthest(area: Rect, items: Sequence[Item]) -> int:
    """The scroll offset that brings the last row to the bottom, in pixels."""
    return max(0, sum(item.height for item in items) - (area.bottom - area.top))


def column(
    look: Look,
    area: Rect,
    items: Sequence[Item],
    offset: int,
    *,
    role: str,
    kind: str = RECYCLER,
    fill: str = PAPER,
) -> Node:
    """The list with the rows in sight, scrolled by `offset` pixels."""
    rows: list[Node] = []
    top = area.top - offset
    for item in items:
        bottom = top + item.height
        if bottom > area.top and top < area.bottom:
            rows.append(item.draw(Rect(area.left, top, area.right, bottom)))
        top = bottom
    node = Node(kind, area, rid=look.rid(role), children=rows, role=role, paint=Paint(fill=fill))
    node.scrollable = furthest(area, items) > 0
    node.focusable = True
    return node
