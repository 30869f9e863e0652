"""An open chat from its pixels: its title, its field, its rows. Pure but for the recogniser."""

from dataclasses import dataclass
from typing import Final

from device_agent.nodes import Box
from device_agent.screen import ChatScreen
from device_agent.sight.chat_rows import Rows
from device_agent.sight.pixels import (
    Pixels,
    borders,
    extent,
    ground,
    near,
    outstanding,
    part,
    rows_of,
    spans,
)
from device_agent.sight.print import pieces, read_block
from device_agent.sight.recognizer import Recognizer
from device_agent.wording import SEND, counted_title, is_typing, normal

_GREEN: Final = (7, 193, 96)
_WHITE: Final = (255, 255, 255)
_HALF_HEADER: Final = 0.0667
"""Of the screen's width: half of 48 dp on the usual 360."""


@dataclass(frozen=True)
class SightedChat:
    """A chat, how sure its title is, and how sure each of its rows."""

    screen: ChatScreen
    title_sure: float
    rows_sure: tuple[float, ...]


@dataclass(frozen=True)
class _Entry:
    """The field, what stands in it, and the button that sends where it is there."""

    field: Box
    words: str
    send: Box | None


def sighted_chat(
    pixels: Pixels, recognizer: Recognizer, *, header: int | None = None
) -> SightedChat | None:
    """The chat that is open; None: this is another page. `header`: where the list's header ended,
    and so a chat's does; else it is judged by the arrow back.
    """
    height, width, _ = pixels.shape
    lines = borders(pixels, 0, int(width * 0.012))
    foot = next((y for y in reversed(lines) if y > height - width * 0.8), None)
    arrow = _arrow(pixels)
    if foot is None or arrow is None:
        return None
    top = header or arrow.middle[1] + round(width * _HALF_HEADER)
    head = Box(int(width * 0.13), arrow.top - int(width * 0.02), int(width * 0.86), top)
    title = pieces(pixels, head, recognizer)
    if not title:
        return None
    letter = max(one.bounds.height for one in title)
    entry = _entry(pixels, foot, recognizer, letter)
    if entry is None:
        return None
    shown = normal(" ".join(one.words.text for one in title))
    name, count = counted_title(shown)
    area = Box(0, top, width, foot)
    seen = Rows(pixels, area, recognizer, letter=letter, group=count is not None).read()
    screen = ChatScreen(
        title=None if is_typing(shown) else (name if count is not None else shown),
        member_count=count,
        rows=tuple(row for row, _ in seen.rows),
        field_text=entry.words,
        field_bounds=entry.field,
        send_bounds=entry.send,
        area=area,
        cut_top=seen.cut_top,
        cut_bottom=seen.cut_bottom,
        low=seen.low,
    )
    sure = min(one.words.sure for one in title)
    return SightedChat(screen, sure, tuple(sure for _, sure in seen.rows))


def _arrow(pixels: Pixels) -> Box | None:
    """The arrow back, in the upper left corner under the clock."""
    width = pixels.shape[1]
    corner = pixels[: int(width * 0.3), : int(width * 0.11)]
    mask = outstanding(corner, ground(corner))
    found = (extent(mask[a:b], (0, a)) for a, b in spans(rows_of(mask), 6))
    for one in found:
        slim = one is not None and one.width < one.height and width * 0.02 < one.height
        if one is not None and slim and one.top > width * 0.08 and one.height < width * 0.09:
            return one
    return None


def _entry(pixels: Pixels, foot: int, recognizer: Recognizer, letter: int) -> _Entry | None:
    height, width, _ = pixels.shape
    bar = Box(0, foot + 4, width, min(height, foot + width // 2))
    inside = part(pixels, bar)
    white = near(inside, _WHITE, 3)
    columns = spans(white[: int(width * 0.13)].mean(axis=0) > 0.5, width // 4)  # a share
    wide = [one for one in columns if one[1] - one[0] > width * 0.3]
    if not wide:
        return None
    left, right = wide[0]
    rows = spans(~rows_of(~white[:, left : left + width // 100]), 2)
    if not rows:
        return None
    field = Box(left, bar.top + rows[0][0], right, bar.top + rows[0][1])
    inner = Box(field.left + 8, field.top + 8, field.right - 8, field.bottom - 8)
    words = read_block(pixels, inner, recognizer, letter=letter, right=inner.right).text
    return _Entry(field, words, _send(pixels, bar, right, recognizer))


def _send(pixels: Pixels, bar: Box, left: int, recognizer: Recognizer) -> Box | None:
    """The green button, if it says what such a button says."""
    green = extent(near(part(pixels, bar)[:, left:], _GREEN, 24), (left, bar.top))
    if green is None or green.width < bar.width * 0.08:
        return None
    face = Box(green.left + 8, green.top, green.right - 8, green.bottom)
    told = pieces(pixels, face, recognizer)
    return green if told and told[0].words.text in SEND else None
