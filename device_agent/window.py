"""A chat's rows over several pages: scroll back, and join the pages by their common rows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from device_agent.alignment import stitches
from device_agent.pilot import Pilot
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen

MOST_PAGES = 20
_MOST_SWIPES = 100
_ROUNDING = 3  # pixels
_LEAST_WAY = 20  # pixels; less is no swipe


@dataclass
class Window:
    """The rows from some row to the chat's last one. `whole` is false once a page could not be
    joined for certain; `at_top` when nothing stands above. `agreement` says how many rows fit what
    is known of the chat: of several ways to join a page the one that fits most is taken;
    `doubtful` when that holds of the uppermost page, which may be the chat's first. `pages` is how
    many pages `screen` stands above the chat's last row.
    """

    screen: ChatScreen
    rows: list[SeenRow]
    agreement: Callable[[Sequence[SeenRow]], int] = lambda rows: 0
    at_top: bool = False
    whole: bool = True
    pages: int = 0
    doubtful: bool = False


class Scroller:
    """Extends a window towards older rows."""

    def __init__(self, pilot: Pilot) -> None:
        """`pilot` shows the chat."""
        self._pilot = pilot

    async def extend(self, window: Window, *, gently: bool = False) -> bool:
        """Scroll half a page back and join; False when nothing more can be had. `gently`: so
        little that rows that look alike cannot be taken for one another.
        """
        if window.at_top or window.pages >= MOST_PAGES:
            return False
        while True:
            page = window.screen
            way = _certain_way(page) if gently else _telling_way(page)
            moved = await self._pilot.scroll_chat(window.screen.area, back=True, way=way)
            older = await self._pilot.look_at_chat()
            if older is None:
                return False
            window.pages += 1
            if _same(older, window.screen):
                window.at_top = True
                return not window.doubtful or await self._recount(window)
            window.doubtful = join(window, older, moved) and not gently
            if not window.doubtful:  # else: is this the chat's first row?
                return True
            if window.pages >= MOST_PAGES:
                window.whole = False
                return True

    async def _recount(self, window: Window) -> bool:
        """Count the rows again from the chat's first one down, in certain steps. A page moves less
        than the finger only where it reaches the top; rows that look alike then fit in several
        ways.
        """
        page = window.screen
        rows = list(page.rows)
        for _ in range(_MOST_SWIPES):
            way = _certain_way(page)
            moved = await self._pilot.scroll_chat(page.area, back=False, way=way)
            below = await self._pilot.look_at_chat()
            if below is None:
                return False
            if _same(page, below):
                break
            ways = _ways(page, below, moved)
            window.whole = window.whole and bool(ways)
            rows += below.rows[ways[0] if ways else 0 :]
            page = below
        else:
            window.whole = False  # too far: the first guess stands, and is called one
            return False
        window.rows, window.screen, window.doubtful = rows, page, False
        window.pages, self._pilot.at_bottom = 0, True
        return True

    async def to_bottom(self, screen: ChatScreen) -> ChatScreen | None:
        """Scroll until nothing moves: the chat at its very last row; None if another screen came.

        How far it is nobody knows: rows that come while a chat is scrolled back wait below.
        """
        for _ in range(_MOST_SWIPES):
            await self._pilot.scroll_chat(screen.area, back=False, way=_telling_way(screen))
            below = await self._pilot.look_at_chat()
            if below is None:
                return None
            if _same(screen, below):
                self._pilot.at_bottom = True
                return below
            screen = below
        return None


def join(window: Window, older: ChatScreen, moved: int) -> bool:
    """Put an older page before the window's rows; whether there were several ways to, and the page
    may be the chat's first. Pure but for `window`.
    """
    newer = window.screen
    before = list(older.rows)
    ways = _ways(older, newer, moved)
    doubtful = len(ways) > 1 and not older.cut_top
    if ways and older.cut_top:  # not the chat's first page: it moved as far as the finger
        overlap = ways[0]
    elif ways:
        overlap = max(
            ways, key=lambda n: window.agreement([*before[: len(before) - n], *window.rows])
        )
    else:
        # one row taller than the page may span both: it ends the older page and was cut before
        spans = newer.cut_top and (not before or before[-1].bounds.bottom >= older.area.bottom - 1)
        window.whole = window.whole and spans
        overlap = 0
    for n in range(overlap):  # an edge may have cut the time line above a row, not the row
        older_row, row = before[len(before) - overlap + n], window.rows[n]
        if row.said is None and older_row.said is not None:
            window.rows[n] = replace(row, said=older_row.said)
    window.rows[:0] = before[: len(before) - overlap]
    window.screen = replace(older)
    return doubtful


def _certain_way(page: ChatScreen) -> int | None:
    """How far a page may be scrolled so that one way alone joins it to the next: less than any of
    its rows that look alike; None: as far as one likes.
    """
    least = _least_alike(page)
    return None if least is None else max(_LEAST_WAY, least * 3 // 4)


def _telling_way(page: ChatScreen) -> int | None:
    """About half a page, yet never a whole number of rows that look alike: after such a way a page
    would look as if nothing had moved. None: as far as one likes.
    """
    least, half = _least_alike(page), page.area.height // 2
    if not least or least > half:
        return None
    return max(_LEAST_WAY, half - half % least - least // 2)


def _least_alike(page: ChatScreen) -> int | None:
    """The height of the least row that another one on the page looks like; None: there is none."""
    seen = Counter(row.row.print for row in page.rows)
    return min((r.bounds.height for r in page.rows if seen[r.row.print] > 1), default=None)


def _ways(older: ChatScreen, newer: ChatScreen, moved: int) -> list[int]:
    """How many rows two pages may have in common, the likeliest first."""
    before, after = older.rows, newer.rows
    offsets = [None, *(_offset(before, after, n, older) for n in _counts(before, after))]
    return stitches([r.row for r in before], [r.row for r in after], offsets, moved)


def _counts(before: Sequence[SeenRow], after: Sequence[SeenRow]) -> range:
    return range(1, min(len(before), len(after)) + 1)


def _offset(
    before: Sequence[SeenRow], after: Sequence[SeenRow], overlap: int, page: ChatScreen
) -> int | None:
    """By how many pixels `overlap` common rows moved; None where they did not move together."""
    ways = [
        old.bounds.bottom - new.bounds.bottom
        if old.bounds.bottom < page.area.bottom
        else old.bounds.top - new.bounds.top
        for old, new in zip(before[-overlap:], after[:overlap], strict=True)
    ]
    return ways[0] if max(ways) - min(ways) <= _ROUNDING else None


def _same(one: ChatScreen, other: ChatScreen) -> bool:
    """Whether a swipe moved nothing. A row taller than the page may have moved unseen."""
    if not one.rows and one.cut_top and one.low >= one.area.bottom:
        return False
    if one.low != other.low:
        return False
    return [(row.row, row.bounds) for row in one.rows] == [
        (row.row, row.bounds) for row in other.rows
    ] and one.cut_top == other.cut_top
