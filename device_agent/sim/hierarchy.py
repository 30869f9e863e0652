"""Node trees as the XML and the object records that the uiautomator2 server gives."""

import re
from collections.abc import Iterator
from typing import Any

from device_agent.sim.screens.node import LIST, RECYCLER, Node, Rect

HEADER = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\r\n"
_UNSAFE = re.compile(r'[&<>"\'\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
}
# Classes that AccessibilityNodeInfoDumper never marks, and those that are always important.
_NEVER_NAF = frozenset(f"android.widget.{one}" for one in ("GridView", "GridLayout", "ListView"))
_LISTS = frozenset({LIST, RECYCLER})
_TRUTH = {True: "true", False: "false"}


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda m: _ESCAPES.get(m.group(), "."), text) if text else ""


def dump(roots: list[Node], depth: int, *, compressed: bool) -> str:
    """The hierarchy of windows as XML; `depth` limits the levels below each window's root.

    Without windows it is the one element that uiautomator2 knows as an empty hierarchy.
    """
    if not roots:
        return HEADER + '<hierarchy rotation="0" />'
    parts = [HEADER, '<hierarchy rotation="0">']
    for number, root in enumerate(roots):
        _write(parts, root, number, depth, compressed)
    parts.append("</hierarchy>")
    return "".join(parts)


def plain(node: Node) -> bool:
    """Whether a node says and takes nothing, so that a compressed dump leaves it out.

    Android keeps what is not important for accessibility out of it; an id makes nothing important.
    """
    acts = node.clickable or node.long_clickable or node.focusable or node.scrollable
    return not (acts or node.text or node.desc or node.kind in _LISTS)


def _children(node: Node, compressed: bool) -> Iterator[Node]:
    for child in node.children:
        if compressed and plain(child):
            yield from _children(child, compressed)
        else:
            yield child


def _write(parts: list[str], node: Node, index: int, depth: int, compressed: bool) -> None:
    if depth <= 0:
        return
    left, top, right, bottom = node.bounds
    naf = 'NAF="true" ' if _unfriendly(node) else ""
    parts.append(
        f'<node {naf}index="{index}" text="{_escape(node.text)}" resource-id="{node.rid}" '
        f'class="{node.kind}" package="{node.package}" content-desc="{_escape(node.desc)}" '
        f'checkable="{_TRUTH[node.checkable]}" checked="{_TRUTH[node.checked]}" '
        f'clickable="{_TRUTH[node.clickable]}" '
        f'enabled="{_TRUTH[node.enabled]}" '
        f'focusable="{_TRUTH[node.focusable]}" focused="{_TRUTH[node.focused]}" '
        f'scrollable="{_TRUTH[node.scrollable]}" '
        f'long-clickable="{_TRUTH[node.long_clickable]}" password="false" '
        f'selected="{_TRUTH[node.selected]}" visible-to-user="true" '
        f'bounds="[{left},{top}][{right},{bottom}]" drawing-order="{index + 1}" '
        f'hint="{_escape(node.hint)}" display-id="0"'
    )
    start = len(parts)
    for place, child in enumerate(_children(node, compressed)):
        _write(parts, child, place, depth - 1, compressed)
    parts.insert(start, " />" if len(parts) == start else ">")
    if len(parts) > start + 1:
        parts.append("</node>")


def _unfriendly(node: Node) -> bool:
    """Not accessibility friendly: one may tap it, but nothing on it or below says what it is."""
    if not (node.clickable and node.enabled) or node.kind in _NEVER_NAF:
        return False
    return not any(one.text or one.desc for one in node.walk())


def _edges(rect: Rect) -> dict[str, int]:
    return {"left": rect.left, "top": rect.top, "right": rect.right, "bottom": rect.bottom}


def record(node: Node) -> dict[str, Any]:
    """A node as objInfo gives it."""
    return {
        "bounds": _edges(node.bounds),
        "visibleBounds": _edges(node.bounds),
        "childCount": len(node.children),
        "className": node.kind,
        "contentDescription": node.desc or None,
        "packageName": node.package,
        "resourceName": node.rid or None,
        "text": node.text,
        "checkable": node.checkable,
        "checked": node.checked,
        "clickable": node.clickable,
        "enabled": node.enabled,
        "focusable": node.focusable,
        "focused": node.focused,
        "longClickable": node.long_clickable,
        "scrollable": node.scrollable,
        "selected": node.selected,
    }


def brief(node: Node) -> dict[str, Any]:
    """A node as the ground truth names it."""
    return {
        "role": node.role,
        "class": node.kind,
        "resource_id": node.rid,
        "text": node.text,
        "content_desc": node.desc,
        "bounds": list(node.bounds),
    }
