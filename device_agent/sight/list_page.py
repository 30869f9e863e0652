"""The conversation list from its pixels. Pure but for the recogniser.

Rows are found by the hairlines between them, badges by WeChat's red; that the page is the list is
told by its four tabs, the first of them green.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from device_agent.nodes import Box
from device_agent.screen import ListRow, ListScreen
from device_agent.sight.pixels import (
    Mask,
    Pixels,
    borders,
    columns_of,
    extent,
    ground,
    near,
    outstanding,
    part,
    rows_of,
    spans,
)
from device_agent.sight.print import LABEL, Piece, pieces
from device_agent.sight.recognizer import Recognizer, Words, framed
from device_agent.wording import DRAFT, normal, unmarked

TABS: Final = (
    ("微信", "通讯录", "发现", "我"),
    ("Chats", "Contacts", "Discover", "Me"),
    ("WeChat", "Contacts", "Discover", "Me"),
)
_CHOSEN: Final = (7, 193, 96)
_LEAST_ROW: Final = 0.12
"""Of the screen's width: lower stripes are no rows."""
_TAB_ROOM: Final = 0.3
"""Of the screen's width, from the bottom: there the tabs are."""


@dataclass(frozen=True)
class SightedList:
    """The list, how sure each row's title is, and where the first tab is."""

    screen: ListScreen
    sure: tuple[float, ...]
    tab: Box


def tabs_at(pixels: Pixels, recognizer: Recognizer) -> tuple[int, bool] | None:
    """Where the bar of tabs begins, and whether the first is chosen; None: there is no such bar."""
    height, width, _ = pixels.shape
    lines = borders(pixels, 0, int(width * 0.02))
    tops = [line for line in lines if height - width * _TAB_ROOM < line < height - width * 0.1]
    for top in tops[:1]:
        names, first = [], None
        for quarter in range(4):
            left, right = quarter * width // 4, (quarter + 1) * width // 4
            found = _tab(pixels, Box(left, top + 4, right, height), recognizer)
            names.append(found.words.text if found else "")
            first = first or (found.bounds if found else None)
        if tuple(names) in TABS and first is not None:
            return top, bool(near(part(pixels, first), _CHOSEN, 60).any())
    return None


def _tab(pixels: Pixels, cell: Box, recognizer: Recognizer) -> Piece | None:
    """The word under a tab's picture."""
    inside = part(pixels, cell)
    mask = outstanding(inside, ground(inside))
    stripes = spans(rows_of(mask), 3)
    if not stripes:
        return None
    top, bottom = stripes[-1]
    word = Box(cell.left, cell.top + top - 2, cell.right, cell.top + bottom + 2)
    found = pieces(pixels, word, recognizer, coloured=True)
    return found[0] if found else None


def sighted_list(pixels: Pixels, recognizer: Recognizer) -> SightedList | None:
    """The list's rows; None: this is another page. Where another tab is chosen it has no rows."""
    bar = tabs_at(pixels, recognizer)
    if bar is None:
        return None
    foot, chosen = bar
    height, width, _ = pixels.shape
    tab = Box(0, foot, width // 4, height)
    if not chosen:
        return SightedList(ListScreen((), Box(0, 0, 0, 0), selected=False), (), tab)
    lines = [line for line in borders(pixels, int(width * 0.4), int(width * 0.97)) if line <= foot]
    steps = [b - a for a, b in pairwise(lines) if b - a > width * _LEAST_ROW]
    if not steps:
        return SightedList(ListScreen((), Box(0, 0, width, foot)), (), tab)
    pitch = Counter(steps).most_common(1)[0][0]
    stripes = [(a, b) for a, b in pairwise([*lines, foot]) if b - a > width * 0.02]
    while stripes and not _has_avatar(pixels, *stripes[0]):
        stripes.pop(0)
    area = Box(0, stripes[0][0] if stripes else 0, width, foot)
    column = _text_column(pixels, [one for one in stripes if one[1] - one[0] >= pitch - 4])
    rows, sure = [], []
    for top, bottom in stripes:
        found = _row(pixels, Box(0, top, width, bottom), column, pitch, recognizer)
        if found is not None:
            rows.append(found[0])
            sure.append(found[1])
    return SightedList(ListScreen(tuple(rows), area), tuple(sure), tab)


def _has_avatar(pixels: Pixels, top: int, bottom: int) -> bool:
    width = pixels.shape[1]
    inside = pixels[top:bottom, int(width * 0.05) : int(width * 0.16)]
    return bool(outstanding(inside, pixels[top + 3, 2].tolist()).mean() > 0.3)  # a share


def _text_column(pixels: Pixels, stripes: list[tuple[int, int]]) -> int:
    """Where print begins, right of the avatars."""
    width = pixels.shape[1]
    reach = int(width * 0.5)
    taken = np.zeros(reach, dtype=bool)
    for top, bottom in stripes:
        inside = pixels[top + 4 : bottom - 4, :reach]
        colour = pixels[top + 4, 2].tolist()
        taken |= (outstanding(inside, colour) & ~_badge(inside)).sum(axis=0) > 1
    found = spans(taken, max(int(width * 0.012), 3))
    wide = [one for one in found if one[1] - one[0] > width * 0.06]
    if not wide:
        return int(width * 0.21)
    after = [one for one in found if one[0] > wide[0][1]]
    return after[0][0] if after else wide[0][1] + int(width * 0.03)


def _badge(inside: Pixels) -> Mask:
    return near(inside, LABEL, 20)


def _row(
    pixels: Pixels, bounds: Box, column: int, pitch: int, recognizer: Recognizer
) -> tuple[ListRow, float] | None:
    """A row and how sure its title is; None: too little of it shows."""
    width = bounds.right
    middle = bounds.top + int(pitch * 0.54)
    upper = Box(column - 4, bounds.top + 4, width, min(middle, bounds.bottom - 2))
    lower = Box(column - 4, middle, width, bounds.bottom - 3)
    whole = bounds.height >= pitch - 4
    if not whole:
        return None
    name, when = _split(pieces(pixels, upper, recognizer), width)
    if not name.text:
        return None
    below, muted = _preview(pixels, lower, recognizer)
    dot, count = _unread(pixels, bounds, column, recognizer)
    preview = normal(below)
    draft = next((preview.removeprefix(m) for m in DRAFT if preview.startswith(m)), None)
    unread = count
    if dot:
        preview, marked = unmarked(preview)
        unread = marked or 1
    row = ListRow(
        title=normal(name.text),
        preview=preview,
        time=when,
        unread=unread,
        muted=dot or muted,
        draft=draft,
        bounds=bounds,
        complete=True,
    )
    return row, name.sure


def _split(found: list[Piece], width: int) -> tuple[Words, str]:
    """The name, and the time that stands at the right edge."""
    when = ""
    if len(found) > 1 and found[-1].bounds.right > width * 0.93:
        *found, last = found
        when = last.words.text
    text = " ".join(one.words.text for one in found)
    return Words(text, min((one.words.sure for one in found), default=0.0)), when


def _preview(pixels: Pixels, bounds: Box, recognizer: Recognizer) -> tuple[str, bool]:
    """The words below the name, and whether the bell of a muted chat stands behind them."""
    width = bounds.right
    edge = int(width * 0.895)
    corner = Box(edge, bounds.top, width, bounds.bottom)
    inside = part(pixels, corner)
    mark = extent(outstanding(inside, ground(inside)), (edge, bounds.top))
    muted = mark is not None and mark.left > edge + 2
    right = edge if mark is None or muted else width
    found = pieces(pixels, Box(bounds.left, bounds.top, right, bounds.bottom), recognizer)
    return " ".join(one.words.text for one in found), muted


def _unread(pixels: Pixels, bounds: Box, column: int, recognizer: Recognizer) -> tuple[bool, int]:
    """Whether a plain dot is there, and what a badge counts (99+ is 99)."""
    # The badge hangs over the avatar's upper right corner, of which no avatar fills the outside.
    inside = part(pixels, Box(0, bounds.top, column - 4, bounds.top + bounds.height // 2))
    red = _badge(inside)
    found = [extent(red[:, a:b], (a, bounds.top)) for a, b in spans(columns_of(red), 12)]
    badges = [one for one in found if one is not None and one.right > bounds.right * 0.18]
    if not badges:
        return False, 0
    badge = badges[-1]
    held = part(pixels, badge)
    digits = ~near(held, LABEL, 20)
    least = badge.height // 5
    ink = extent(digits[least:-least, least:-least], (least, least)) if least else None
    if ink is None:
        return True, 0
    line = framed(part(held, ink), LABEL)
    text = "".join(c for c in recognizer.read(line).text if c.isdigit())
    return False, int(text) if text else 1
