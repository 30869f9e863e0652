"""The node of an accessibility tree, and how trees are clipped, searched and hit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

FRAME = "android.widget.FrameLayout"
LINEAR = "android.widget.LinearLayout"
RELATIVE = "android.widget.RelativeLayout"
VIEW = "android.view.View"
GROUP = "android.view.ViewGroup"
TEXT = "android.widget.TextView"
IMAGE = "android.widget.ImageView"
IMAGE_BUTTON = "android.widget.ImageButton"
BUTTON = "android.widget.Button"
EDIT = "android.widget.EditText"
PROGRESS = "android.widget.ProgressBar"
LIST = "android.widget.ListView"
RECYCLER = "androidx.recyclerview.widget.RecyclerView"


class Rect(NamedTuple):
    """Left, top, right and bottom in screen pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def clip(self, other: "Rect") -> "Rect":
        """The part inside another rectangle; empty ones have no area."""
        return Rect(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing is left of it."""
        return self.right <= self.left or self.bottom <= self.top

    def holds(self, x: int, y: int) -> bool:
        """Whether a point lies inside."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def inset(self, x: int, y: int) -> "Rect":
        """The rectangle made smaller on each side."""
        return Rect(self.left + x, self.top + y, self.right - x, self.bottom - y)


_NOWHERE = Rect(0, 0, 0, 0)


class Action(NamedTuple):
    """What a tap does: a verb and what it is about."""

    verb: str
    target: str = ""


@dataclass(slots=True)
class Paint:
    """How the picture shows a node; the first `alarm` characters are red, all `mark` green."""

    fill: str | None = None
    radius: int = 0
    color: str = "#191919"
    size: int = 0
    lines: tuple[str, ...] = ()
    align: str = "left"
    shape: str = ""
    alarm: int = 0
    mark: str = ""


@dataclass(slots=True)
class Node:
    """One view; `rect` is where it is laid out, `bounds` the part that the screen shows."""

    kind: str
    rect: Rect
    rid: str = ""
    text: str = ""
    desc: str = ""
    children: list["Node"] = field(default_factory=list)
    package: str = "com.tencent.mm"
    clickable: bool = False
    long_clickable: bool = False
    focusable: bool = False
    focused: bool = False
    scrollable: bool = False
    selected: bool = False
    checkable: bool = False
    checked: bool = False
    enabled: bool = True
    hint: str = ""
    role: str = ""
    action: Action | None = None
    hold: Action | None = None
    paint: Paint | None = None
    bounds: Rect = _NOWHERE

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


def settle(node: Node, view: Rect) -> Node:
    """Clip a tree to what the screen shows; invisible nodes are left out."""
    node.bounds = node.rect.clip(view)
    node.children = [
        settle(child, node.bounds)
        for child in node.children
        if not child.rect.clip(node.bounds).empty
    ]
    return node


def hit(node: Node, x: int, y: int) -> tuple[Node | None, Node | None]:
    """The deepest node at a point, and the nearest one at or above it that reacts to a tap.

    As Android hands a touch down: what lies in front and does not react lets it through to what
    lies behind it in the same parent.
    """
    if not node.bounds.holds(x, y):
        return None, None
    deepest: Node | None = None
    for child in reversed(node.children):
        below, reacting = hit(child, x, y)
        if reacting is not None:
            return below, reacting
        deepest = deepest or below
    reacts = node.action is not None or node.hold is not None or node.clickable
    return deepest or node, node if reacts else None


def nested(depth: int, inner: Node) -> Node:
    """The node inside `depth` plain layouts, as real trees have them."""
    for level in range(depth):
        inner = Node(
            (FRAME, LINEAR)[level % 2], inner.rect, children=[inner], package=inner.package
        )
    return inner
