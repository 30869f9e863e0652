"""Gives a finished tree its layout's shape: other classes, wrappers and decorations.

Screens draw one tree for all layouts; what they mean (texts, descriptions, order, sides, what a
tap does) stays as it was, and so do the places of all that can be seen.
"""

from dataclasses import dataclass

from device_agent.sim.layouts.profile import PACKAGE, Profile
from device_agent.sim.layouts.shape import Shape
from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    IMAGE,
    IMAGE_BUTTON,
    LINEAR,
    LIST,
    RECYCLER,
    RELATIVE,
    VIEW,
    Node,
    Rect,
)

_HOLDERS = frozenset({FRAME, LINEAR, RELATIVE, GROUP})
_ROWS = frozenset({LIST, RECYCLER})


def weave(root: Node, profile: Profile) -> Node:
    """The tree in a layout's shape; windows of others than WeChat stay as they are."""
    if root.package == PACKAGE and not profile.shape.plain:
        roles = {rid: role for role, rid in profile.ids.items()}
        _Loom(profile.shape, roles).shape_below(root, "window")
    return root


def _wrapper(node: Node) -> bool:
    """Whether it only holds one other of its own size, as `nested` makes them."""
    return (
        node.kind in _HOLDERS
        and len(node.children) == 1
        and node.children[0].rect == node.rect
        and not (node.rid or node.role or node.text or node.desc or node.clickable)
        and not (node.long_clickable or node.scrollable or node.action or node.hold or node.paint)
    )


@dataclass(frozen=True, slots=True)
class _Loom:
    shape: Shape
    roles: dict[str, str]

    def shape_below(self, node: Node, key: str) -> None:
        shaped = [self._shaped(child, key) for child in node.children]
        if len(shaped) > 1 and node.kind not in _ROWS and self.shape.decorated(key):
            shaped.insert(0, _decoration(node.rect))
        node.children = shaped

    def _shaped(self, node: Node, above: str) -> Node:
        wrappers = 0
        while _wrapper(node):
            node = node.children[0]
            wrappers += 1
        key = self._key(node, above)
        self.shape_below(node, key)
        node.kind = self._class(node, key)
        for level in range(self.shape.wrappers(key, wrappers)):
            kind = self.shape.class_of(f"{key}^{level}", (FRAME, LINEAR)[level % 2])
            node = Node(kind, node.rect, children=[node], package=node.package)
        return node

    def _key(self, node: Node, above: str) -> str:
        named = node.role or self.roles.get(node.rid) or node.rid
        return named or f"{above}>{node.kind.rpartition('.')[2]}"

    def _class(self, node: Node, key: str) -> str:
        shape = self.shape
        if node.kind == VIEW:
            return shape.name_class(key) if node.text else VIEW
        if node.kind == IMAGE and node.clickable and node.desc and not _portrait(node):
            # A button that is drawn as a picture.
            return shape.class_of(key, IMAGE_BUTTON) if shape.salt else IMAGE
        return shape.class_of(key, node.kind)


def _portrait(node: Node) -> bool:
    """A person's or a message's own picture, which is always an ImageView."""
    return node.paint is not None and node.paint.shape.startswith(("avatar", "photo", "sticker"))


def _decoration(rect: Rect) -> Node:
    """A line along the lower edge; it takes no taps."""
    line = Rect(rect.left, max(rect.top, rect.bottom - 1), rect.right, rect.bottom)
    return Node(VIEW, line)
