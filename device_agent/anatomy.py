"""Parts of WeChat's screens told by structure, words and geometry alone, without any resource id.

A calibration finds ids by them; a reader falls back on them for parts that a layout does not name.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from device_agent.layout import Layout
from device_agent.nodes import Box, Node, box, desc, first, text, walk
from device_agent.wording import avatar_name, is_time

_IMAGE: Final = "android.widget.ImageView"
_BADGE: Final = re.compile(r"^(?:\d{1,3}\+?|…|\.\.\.)$")
_LENGTH: Final = re.compile(r"^\d+:\d{2}$")
_STICKER: Final = frozenset({"动画表情", "Sticker"})
_VIDEO: Final = ("视频", "Video")
_ROUNDING: Final = 2


def part(node: Node, layout: Layout, name: str) -> Node | None:
    """A part below a node: by its id, or by structure where the layout does not name it."""
    if layout.names(name):
        return first(node, layout.id(name))
    by_structure = _STRUCTURES.get(name)
    return by_structure(node) if by_structure is not None else None


# --- a row of the conversation list ---


def list_face(row: Node) -> Node | None:
    """The avatar of a list row: the largest square picture in its left third."""
    whole = box(row)
    pictures = [
        one
        for one in walk(row)
        if one.get("class") == _IMAGE
        and box(one).right <= whole.left + whole.width // 3
        and _square(box(one))
        and box(one).height * 3 > whole.height
    ]
    return max(pictures, key=lambda one: box(one).width, default=None)


def list_name(row: Node) -> Node | None:
    """The name in a list row: the first text right of the avatar, in the upper half."""
    return _beside(row, upper=True, right=False)


def list_preview(row: Node) -> Node | None:
    """The preview: the first text right of the avatar, in the lower half."""
    return _beside(row, upper=False, right=False)


def list_time(row: Node) -> Node | None:
    """When the last message came: a time at the right edge of the upper half."""
    found = _beside(row, upper=True, right=True)
    return found if found is not None and is_time(text(found)) else None


def list_badge(row: Node) -> Node | None:
    """The unread count: digits at the avatar's upper right corner."""
    face = list_face(row)
    return next(
        (
            one
            for one in walk(row)
            if face is not None and _BADGE.match(text(one).strip()) and _at_corner(box(one), face)
        ),
        None,
    )


def list_dot(row: Node) -> Node | None:
    """The plain dot of a muted chat: a small picture at the avatar's upper right corner."""
    face = list_face(row)
    return next(
        (
            one
            for one in walk(row)
            if face is not None
            and one is not face
            and one.get("class") in {_IMAGE, "android.view.View"}
            and not text(one)
            and box(one).width * 3 < box(face).width
            and _square(box(one))
            and _at_corner(box(one), face)
        ),
        None,
    )


def _beside(row: Node, *, upper: bool, right: bool) -> Node | None:
    face = list_face(row)
    if face is None:
        return None
    whole, middle, edge = box(row), box(face).middle[1], box(face).right
    texts = [
        one
        for one in walk(row)
        if text(one)
        and box(one).left >= edge
        and (box(one).middle[1] < middle) == upper
        and not (_BADGE.match(text(one).strip()) and _at_corner(box(one), face))
    ]
    ordered = sorted(texts, key=lambda one: box(one).left)
    if not ordered:
        return None
    chosen = ordered[-1] if right else ordered[0]
    far = box(chosen).left > whole.left + whole.width // 2
    return chosen if far == right else None


def _at_corner(bounds: Box, face: Node) -> bool:
    side = box(face)
    x, y = bounds.middle
    return (
        abs(x - side.right) <= side.width // 3
        and abs(y - side.top) <= side.width // 3
        and bounds.width <= side.width
    )


def _square(bounds: Box) -> bool:
    return bounds.width > 0 and abs(bounds.width - bounds.height) <= _ROUNDING


# --- a row of a chat ---


def chat_face(row: Node) -> Node | None:
    """The avatar of a message: a picture that a screen reader is told to be one."""
    return next(
        (
            one
            for one in walk(row)
            if one.get("class") == _IMAGE and avatar_name(desc(one)) is not None
        ),
        None,
    )


def bubble(row: Node) -> Node | None:
    """A message's bubble: what takes long presses beside its avatar, no lower than it."""
    face = chat_face(row)
    if face is None:
        return None
    side = box(face)
    return next(
        (
            one
            for one in walk(row)
            if one is not face
            and one.get("long-clickable") == "true"
            and (box(one).left >= side.right or box(one).right <= side.left)
            and box(one).top < side.bottom
            and box(one).bottom > side.top
        ),
        None,
    )


def body(row: Node) -> Node | None:
    """The bubble of a text: it has the text itself."""
    found = bubble(row)
    return found if found is not None and text(found) else None


def media(row: Node) -> Node | None:
    """The bubble of anything else: it has parts below it."""
    found = bubble(row)
    return found if found is not None and not text(found) and len(found) > 0 else None


def sender(row: Node) -> Node | None:
    """The name over another's bubble: a text from the avatar's top to the bubble's, right of it."""
    face, found = chat_face(row), bubble(row)
    if face is None or found is None or box(found).left < box(face).right:
        return None
    return next(
        (
            one
            for one in walk(row)
            if text(one)
            and box(one).left >= box(face).right
            and box(one).bottom <= box(found).top + _ROUNDING
            and box(one).top >= box(face).top - _ROUNDING
        ),
        None,
    )


def centred(row: Node, area: Box) -> Iterator[Node]:
    """The times and WeChat's own lines of a row: centred texts over the avatar, or without one."""
    face = chat_face(row)
    whole = box(row)
    cut = whole.top <= area.top or whole.bottom >= area.bottom
    if face is None and cut:
        return
    for one in walk(row):
        bounds = box(one)
        middle = abs(bounds.left + bounds.right - area.left - area.right) <= area.width // 25
        above = face is None or bounds.bottom <= box(face).top
        if text(one) and middle and above and bounds.width < area.width * 9 // 10:
            yield one


# --- what a bubble holds ---


def sticker(media: Node) -> Node | None:
    """A sticker's picture, which says that it is one."""
    return next(
        (one for one in walk(media) if one.get("class") == _IMAGE and desc(one) in _STICKER), None
    )


def video_length(media: Node) -> Node | None:
    """A video's length, `1:05`, on a picture that says that it is one."""
    if not any(word in desc(one) for one in walk(media) for word in _VIDEO):
        return None
    return next((one for one in walk(media) if _LENGTH.match(text(one))), None)


def packet_title(media: Node) -> Node | None:
    """A red packet's greeting, or a transfer's amount: a screen reader is told the same words."""
    return next((one for one in walk(media) if text(one) and desc(one) == text(one)), None)


def packet_status(media: Node) -> Node | None:
    """The line at the foot of a red packet or a transfer."""
    title = packet_title(media)
    below = [one for one in walk(media) if title is not None and one is not title and text(one)]
    return max(below, key=lambda one: box(one).bottom, default=None)


_STRUCTURES: Final[dict[str, Callable[[Node], Node | None]]] = {
    "row_time": list_time,
    "row_unread": list_badge,
    "row_dot": list_dot,
    "sender": sender,
    "media": media,
    "sticker": sticker,
    "video_length": video_length,
    "packet_title": packet_title,
    "packet_status": packet_status,
}
