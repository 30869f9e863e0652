"""What a dump catches of the screen where a fault distorts it."""

import random
from dataclasses import replace

from device_agent.sim.faults import Strike
from device_agent.sim.frames import Frames
from device_agent.sim.screens.node import FRAME, IMAGE_BUTTON, LINEAR, Node, Rect, nested, settle

Windows = list[Node]


def glimpse(now: Windows, frames: Frames, strike: Strike, chance: random.Random | None) -> Windows:
    """The windows as a dump shows them, the active one first unless `chance` may mix them.

    The trees given stay as they are.
    """
    windows = now
    if strike.has("dump_stale"):
        windows = frames.ago(strike.value("dump_stale", "ms"))
    if strike.has("tree_hidden"):
        windows = [_hidden(window) for window in windows]
    if strike.has("dump_mid_animation"):
        before = frames.before
        windows = [_half_way(windows[0], before[0] if before else None), *windows[1:]]
    if strike.has("dump_single_node"):
        bare = windows[0]
        windows = [replace(bare, children=[], text="", desc="", rid="")]
    if strike.has("dump_empty"):
        windows = []
    if strike.has("windows_shuffled") and windows and chance is not None:
        screen = windows[0].bounds
        windows = [*windows, _keyboard(screen), _floating(screen)]
        chance.shuffle(windows)
    return windows


def _hidden(window: Node) -> Node:
    if window.package != "com.tencent.mm":
        return window
    nowhere = Rect(0, 0, 0, 0)
    return Node(FRAME, nowhere, bounds=nowhere, package=window.package)


def _moved(node: Node, by: int) -> Node:
    rect = Rect(node.rect.left + by, node.rect.top, node.rect.right + by, node.rect.bottom)
    return replace(node, rect=rect, children=[_moved(child, by) for child in node.children])


def _half_way(now: Node, before: Node | None) -> Node:
    """The old page has left by a third, the new one has come by two: both are clipped."""
    screen = now.bounds
    wide = screen.right - screen.left
    old = _moved(before if before is not None else now, -wide // 3)
    new = _moved(now, wide - wide // 3)
    both = Node(FRAME, screen, children=[old, new], package=now.package)
    return settle(both, screen)


def _keyboard(screen: Rect) -> Node:
    rect = Rect(screen.left, screen.bottom - screen.bottom // 3, screen.right, screen.bottom)
    package = "com.google.android.inputmethod.latin"
    keys = [
        Node(LINEAR, rect, desc=name, package=package, clickable=True) for name in ("q", "w", "e")
    ]
    root = Node(FRAME, rect, package=package)
    root.children = [nested(2, Node(LINEAR, rect, children=keys, package=package))]
    return settle(root, screen)


def _floating(screen: Rect) -> Node:
    side = screen.right // 8
    rect = Rect(screen.right - side, screen.bottom // 2, screen.right, screen.bottom // 2 + side)
    package = "com.android.systemui"
    button = Node(IMAGE_BUTTON, rect, desc="悬浮球", package=package, clickable=True)
    return settle(Node(FRAME, rect, children=[button], package=package), screen)
