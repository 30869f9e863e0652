"""How often a reading misses or doubles a message, held against the table of reference/phone.md 9.

The model of that table: eight rows on the screen, texts that follow themselves in thirty of a
hundred cases, visits after calm (one to three new rows) or busy times (up to sixteen) or bursts
larger than the screen. What the agent adds is asked for too: where it errs, it said `gap_possible`.
"""

import random
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.alignment import SURE, TAIL_ROWS, Seen, join
from schemas.ledger import Row

VISIBLE = 8
VISITS = 500
REPEATS = 0.3


@dataclass(frozen=True)
class Stream:
    """How many different texts, how many new rows between two visits, and how many are own."""

    texts: int
    least: int
    most: int
    own: float = 0.0


STREAMS = {
    "varied, calm": Stream(10**6, 1, 3),
    "20 short texts, calm": Stream(20, 1, 3),
    "20 short texts, busy": Stream(20, 1, 16),
    "4 texts, busy": Stream(4, 1, 16),
    "varied, bursts larger than the screen": Stream(10**6, 9, 30),
    "4 texts, bursts, own ones between": Stream(4, 9, 30, own=0.3),
}


@dataclass
class Rates:
    """Shares of the new rows, of a hundred; `silent` counts visits that erred and did not say so,
    `marked` those of a hundred that said `gap_possible`.
    """

    missed: float
    doubled: float
    silent: int
    marked: float
    scrolls: float


def measured(stream: Stream, *, badge: bool, late: int = 0) -> Rates:
    """Many visits to chats of one kind; up to `late` rows come after the badge was read."""
    chance = random.Random(7)
    total = Counter[str]()
    rows = [_row(chance, stream, None) for _ in range(chance.randrange(TAIL_ROWS, 90))]
    for _ in range(VISITS):
        tail = rows[-TAIL_ROWS:]
        count = chance.randint(stream.least, stream.most)
        for _ in range(count):
            rows.append(_row(chance, stream, rows[-1]))
        new = rows[-count:]
        unread = sum(row.side == "other" for row in new) if badge else 0
        for _ in range(chance.randint(0, late)):
            rows.append(_row(chance, stream, rows[-1]))
            count += 1
        found, proven, scrolls = _read(tail, rows, unread)
        total += Counter(rows=count, scrolls=scrolls, marked=not proven)
        total["missed"] += max(0, count - found)
        total["doubled"] += max(0, found - count)
        total["silent"] += found != count and proven
    return Rates(
        missed=100 * total["missed"] / total["rows"],
        doubled=100 * total["doubled"] / total["rows"],
        silent=total["silent"],
        marked=100 * total["marked"] / VISITS,
        scrolls=total["scrolls"] / VISITS,
    )


def _row(chance: random.Random, stream: Stream, before: Row | None) -> Row:
    if before is not None and chance.random() < REPEATS:
        return before
    side = "own" if chance.random() < stream.own else "other"
    return Row(side=side, print=f"{side}{chance.randrange(stream.texts)}")  # type: ignore[arg-type]  # a Side


def _read(tail: list[Row], rows: list[Row], unread: int) -> tuple[int, bool, int]:
    """How many rows are found new, whether that is proven, and how often one scrolled for it."""
    shown, scrolls = VISIBLE, 0
    while True:
        window = [Seen(row) for row in rows[-shown:]]
        joined = join(tail, window, unread, at_top=shown >= len(rows))
        if joined.reached:
            return len(window) - joined.start, joined.proven, scrolls
        shown, scrolls = shown + VISIBLE // 2, scrolls + 1


@pytest.mark.parametrize("late", [0, 4])
@pytest.mark.parametrize("name", STREAMS)
def test_with_a_badge_and_scrolling_nothing_is_missed_and_nothing_doubled(
    name: str, late: int
) -> None:
    """Also where more came than the badge counts."""
    rates = measured(STREAMS[name], badge=True, late=late)

    assert (rates.missed, rates.doubled, rates.silent) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "missed", "doubled"),
    [
        ("varied, calm", 0, 0),
        ("20 short texts, calm", 0.05, 0.56),
        ("20 short texts, busy", 0.05, 0.56),
        ("4 texts, busy", 0.17, 0.38),
        ("varied, bursts larger than the screen", 0.6, 0),
        ("4 texts, bursts, own ones between", 0.6, 0.38),
    ],
)
def test_without_a_badge_the_rates_of_the_table_hold(
    name: str, missed: float, doubled: float
) -> None:
    """The bounds are the table's for five rows that agree; the scrolls hardly more than its."""
    rates = measured(STREAMS[name], badge=False)

    assert rates.missed <= missed
    assert rates.doubled <= doubled
    if name.endswith("calm"):
        assert rates.scrolls < 0.3


@given(rows=st.lists(st.sampled_from("ab"), min_size=1, max_size=12), new=st.integers(0, 3))
def test_a_join_that_could_be_elsewhere_is_marked(rows: list[str], new: int) -> None:
    """The window is all that stands in the chat, and has no badge: only its rows can tell."""
    tail = [Row(side="other", print=text) for text in rows]
    window = [Seen(row) for row in [*tail, *[Row(side="other", print="a")] * new]]

    joined = join(tail, window, 0, at_top=True)

    assert joined.start == len(tail) or not joined.proven or len(tail) < SURE
