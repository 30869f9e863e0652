"""Which rows of a window are new: overlap with the stored tail, held against the badge. Pure.

A window is the rows of a chat from some row to its very last one. Message identity is not in the
rows (reference/phone.md 9): the same words may come again. So a window is laid over the end of what
was read before, at the longest overlap that leaves at least as many rows of others as the badge
counted. The badge is a lower bound: more may have come between reading the list and opening.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log2

from device_agent.wording import preview_shows
from schemas.ledger import Opening, Row

TAIL_ROWS = 50
MARGIN = 2
"""Rows a window should show beyond the badge before its alignment is trusted (phone.md 9)."""
TELLING = 14.0
"""Bits that the rows of an overlap must tell together before it is trusted: three rows that stand
once in the tail, seven of a chat that knows four texts. There five rows fit by chance too often
(a share of 0.3 % missed in a model; none from six rows on).
"""
_AGAIN = 1.0
"""Bits of a row that only says again what the one above it said: three of ten do (phone.md 9)."""
_ONCE = 5.0
"""Bits of a row that stands once in the tail, however short that is."""
SURE = 5
"""Rows that agree before they are believed against a badge (phone.md 9: A)."""
SINCE_READ = 5
"""Rows that may well have come between reading the list and opening a chat (one call)."""
ROOM_FOR_MORE = 30
"""Rows beyond the badge after which the previewed row is no longer searched for."""


_Fit = tuple[int, int, dict[int, int]]
"""A place (the window's row that is the tail's last), how many rows agree there, and recalls."""


@dataclass(frozen=True)
class Seen:
    """A row of a window: its print, whether a recall stands there, and its words for previews."""

    row: Row
    recalled: bool = False
    words: str = ""


@dataclass(frozen=True)
class Joined:
    """Where the window continues the tail: rows from `start` on are new.

    `recalls` maps a window index to the tail index of the row that was taken back there. `proven`
    is false where more than one place fits or none does; `reached` is false where scrolling back
    could still find the place. `apart`: nothing tells where the tail ends, each new row may be old.
    """

    start: int
    proven: bool = True
    reached: bool = True
    apart: bool = False
    recalls: dict[int, int] = field(default_factory=dict)


def join(
    tail: Sequence[Row],
    window: Sequence[Seen],
    unread: int,
    *,
    at_top: bool,
    preview: str = "",
    whole: bool = False,
) -> Joined:
    """Lay a window over the tail (which has rows).

    `at_top`: nothing stands above the window; `whole`: the tail has every row of the chat: then its
    place is no question. `preview` is what the list showed of the last of the `unread` rows: a
    place where that row reads otherwise is none, as long as there is another.
    """
    fits = [(last, *_fit(tail, window, last)) for last in range(len(window) - 1, -1, -1)]
    if whole and at_top and len(tail) <= len(window):
        last, agreeing, recalls = fits[len(window) - len(tail)]
        if agreeing:
            return Joined(last + 1, recalls=recalls)
    places = [
        (last, recalls)
        for last, agreeing, recalls in fits
        if agreeing and others(window[last + 1 :]) >= unread
    ]
    shown = [place for place in places if _previewed(window[place[0] + 1 :], unread, preview)]
    places = shown or places
    if not places:
        joined = _against_the_badge(fits, at_top=at_top)
        if not joined.apart:
            return joined
        counted = _nth_other(window, len(window) - 1, unread) if unread else len(window)
        return replace(joined, start=min(counted, read_before(tail, window)))
    last, recalls = places[0]
    lone = len(places) == 1 or _clearly(places[0][0] + 1, places[1][0] + 1, len(tail))
    trusted = lone and (last + 1 >= len(tail) or telling(tail, window[: last + 1]) >= TELLING)
    nothing_new = lone and unread == 0 and last == len(window) - 1
    spent = at_top or len(window) > len(tail) + unread + MARGIN
    return Joined(last + 1, proven=lone, reached=trusted or nothing_new or spent, recalls=recalls)


def telling(tail: Sequence[Row], overlap: Sequence[Seen]) -> float:
    """How many bits an overlap tells: rows that the tail often holds fit by chance."""
    often = Counter(tail)
    bits = 0.0
    for place, seen in enumerate(overlap):
        if place and overlap[place - 1].row == seen.row:
            bits += _AGAIN
        elif often[seen.row] == 1:
            bits += _ONCE
        elif often[seen.row]:
            bits += log2(len(tail) / often[seen.row])
    return bits


def _previewed(new: Sequence[Seen], unread: int, preview: str) -> bool:
    """Whether the last of the unread rows reads as the list's preview did."""
    counted = [seen for seen in new if seen.row.side != "own"]
    return 0 < unread <= len(counted) and preview_shows(preview, counted[unread - 1].words)


def _clearly(first: int, second: int, most: int) -> bool:
    """Whether an overlap of `first` rows beats one of `second`: rows that repeat fit by chance."""
    first, second = min(first, most), min(second, most)
    return first >= SURE and first >= 2 * second


def _against_the_badge(fits: Sequence[_Fit], *, at_top: bool) -> Joined:
    """No place leaves as many rows as the badge counted: rows it counted were taken back or are
    hidden, or it was read twice. Where many rows agree they are believed, else all is new.
    """
    last, agreeing, recalls = max(fits, key=lambda fit: fit[1], default=(-1, 0, {}))
    if agreeing < SURE:
        return Joined(0, proven=False, reached=at_top, apart=True)
    return Joined(last + 1, proven=False, reached=at_top, recalls=recalls)


def read_before(tail: Sequence[Row], window: Sequence[Seen]) -> int:
    """How many of a window's first rows are rows of the tail, though not its last ones: the screen
    stands further up, or the last ones were deleted.
    """
    return common_rows(tail, window)[0]


def common_rows(tail: Sequence[Row], window: Sequence[Seen]) -> tuple[int, int]:
    """Where a window and the inside of the tail agree, in all that both hold there, and tell: the
    places behind the last common row in the window and in the tail; zeros: nowhere.
    """
    held = set(tail)
    for end in range(len(window), 0, -1):
        if window[end - 1].row not in held:
            continue
        for upto in range(len(tail) - 1, 0, -1):
            known = tail[:upto]
            common = window[max(0, end - upto) : end]
            if _fit(known, window, end - 1)[0] and telling(tail, common) >= TELLING:
                return end, upto
    return 0, 0


def ends_alike(tail: Sequence[Row], window: Sequence[Seen]) -> bool:
    """Whether a window ends with the tail's last rows, as far as both go."""
    count = min(len(tail), len(window))
    return count > 0 and [seen.row for seen in window[-count:]] == list(tail[-count:])


def behind(tail: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether a screen shows the chat as it once stood: its rows are rows of the tail, in their
    order, but not its last ones. A dump may be older than what is known; or rows were deleted.
    """
    count = len(rows)
    if not 0 < count < len(tail) or tuple(tail[-count:]) == tuple(rows):
        return False
    return any(
        tuple(tail[start : start + count]) == tuple(rows) for start in range(len(tail) - count)
    )


def agreement(tail: Sequence[Row], window: Sequence[Seen]) -> int:
    """How many rows of the window agree with the tail where it fits best; 0: nowhere."""
    return max((_fit(tail, window, last)[0] for last in range(len(window))), default=0)


def _fit(tail: Sequence[Row], window: Sequence[Seen], last: int) -> tuple[int, dict[int, int]]:
    """How many rows agree when the tail's last row is the window's row `last`; 0: it does not fit.

    A row that was taken back since may differ, if a row beside it agrees.
    """
    agreeing = 0
    recalls: dict[int, int] = {}
    for back in range(min(last + 1, len(tail))):
        here, there = last - back, len(tail) - 1 - back
        if window[here].row == tail[there]:
            agreeing += 1
        elif window[here].recalled:
            recalls[here] = there
        else:
            return 0, {}
    return (agreeing, recalls) if agreeing >= len(recalls) else (0, {})


def others(rows: Sequence[Seen]) -> int:
    """Rows a badge may have counted: all but our own."""
    return sum(seen.row.side != "own" for seen in rows)


def first_sight(window: Sequence[Seen], opening: Opening | None, *, at_top: bool) -> Joined:
    """Which rows are new in a chat that was never read.

    Without a badge none are. Else the unread are the last `unread` rows of others *as of the moment
    the list was read*, and the last of them is the one that the list's preview showed; rows below
    it came since. Where several rows read like the preview, the earliest counts that leaves no more
    below it than can have come in the meantime, so that nothing is lost.
    """
    if opening is None or opening.unread == 0:
        return Joined(len(window))
    places = [
        place
        for place, seen in enumerate(window)
        if others(window[: place + 1]) >= opening.unread
        and preview_shows(opening.preview, seen.words)
    ]
    if not places:
        return _without_preview(window, opening.unread, at_top=at_top)
    recent = [place for place in places if others(window[place + 1 :]) <= SINCE_READ]
    place = recent[0] if recent else places[-1]
    # The row itself may be cut away above, and another that reads like it be taken for it.
    reached = at_top or others(window[: place + 1]) >= opening.unread + MARGIN
    start = _nth_other(window, place, opening.unread)
    return Joined(start, proven=len(places) == 1, reached=reached)


def by_surprise(window: Sequence[Seen], *, at_top: bool) -> Joined:
    """Which rows are new in a chat that came under the finger and was never seen in the list: it
    jumped there because somebody wrote, and opening it cleared a badge that nobody read.

    All that stands below our own last row is taken for new; what we answered is history.
    """
    own = [index for index, seen in enumerate(window) if seen.row.side == "own"]
    start = own[-1] + 1 if own else 0
    reached = at_top or bool(own) or others(window) >= ROOM_FOR_MORE
    return Joined(start, proven=at_top and not own, reached=reached)


def _without_preview(window: Sequence[Seen], unread: int, *, at_top: bool) -> Joined:
    """As many rows as the badge counted prove nothing while more may have come since; only far
    beyond them is the search for the previewed row given up.
    """
    count = others(window)
    start = _nth_other(window, len(window) - 1, unread) if count >= unread else 0
    reached = at_top or count >= unread + ROOM_FOR_MORE
    return Joined(start, proven=at_top and count <= unread, reached=reached)


def _nth_other(window: Sequence[Seen], place: int, count: int) -> int:
    """The index of the `count`-th row of others, going back from `place`."""
    for index in range(place, -1, -1):
        count -= window[index].row.side != "own"
        if count == 0:
            return index
    return 0


def stitches(
    older: Sequence[Row], newer: Sequence[Row], offsets: Sequence[int | None], moved: int
) -> list[int]:
    """How many rows of `older`'s end may be `newer`'s beginning, after a swipe of `moved` pixels:
    every number that fits, the likeliest first.

    `offsets[k]` is by how many pixels the rows moved if `k` rows overlap (None: not rigidly). Rows
    that repeat fit in several ways. They never move further than the finger, and less only where
    the page reached the top: the way nearest to the finger's comes first, but a caller who knows
    more should choose.
    """
    fitting = [
        (way > moved * 1.1, abs(way - moved), overlap)
        for overlap in range(min(len(older), len(newer)), 0, -1)
        if (way := offsets[overlap]) is not None and list(older[-overlap:]) == list(newer[:overlap])
    ]
    return [overlap for *_, overlap in sorted(fitting)]
