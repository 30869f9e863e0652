"""Windows over tails: nothing missed, nothing doubled while the badge is exact (phone.md 9)."""

import random

from hypothesis import given
from hypothesis import strategies as st

from device_agent.alignment import TAIL_ROWS, Seen, behind, join
from schemas.ledger import Row

VISIBLE = 8


def shown(stream: list[Row], rows: int) -> list[Seen]:
    return [Seen(row) for row in stream[-rows:]]


def read(tail: list[Row], stream: list[Row], unread: int) -> list[Row]:
    """New rows as the reader finds them: scrolling back half a screen until the place is proven."""
    rows = VISIBLE
    while True:
        window = shown(stream, rows)
        joined = join(tail, window, unread, at_top=rows >= len(stream))
        if joined.reached:
            return [seen.row for seen in window[joined.start :]]
        rows += VISIBLE // 2


@given(
    seed=st.integers(0, 2**32),
    texts=st.sampled_from([2, 4, 20, 10_000]),
    burst=st.integers(1, 30),
)
def test_with_an_exact_badge_no_message_is_missed_and_none_doubled(
    seed: int, texts: int, burst: int
) -> None:
    chance = random.Random(seed)

    def row(side: str | None = None) -> Row:
        side = side or chance.choice(["own", "other", "other"])
        return Row(side=side, print=f"{side}{chance.randrange(texts)}")  # type: ignore[arg-type]  # a Side

    stream = [row() for _ in range(chance.randrange(1, 80))]
    tail = stream[-TAIL_ROWS:]
    for _ in range(5):
        new = [row("other") for _ in range(chance.randrange(1, burst + 1))]
        stream += new

        found = read(tail, stream, len(new))

        assert found == new
        tail = (tail + found)[-TAIL_ROWS:]


def test_more_than_the_badge_counted_is_found_by_the_longest_overlap() -> None:
    tail = [Row(side="other", print=text) for text in "abcdefgh"]
    stream = [*tail, *(Row(side="other", print=text) for text in "xyz")]

    assert read(tail, stream, 1) == stream[-3:]


@given(known=st.text("ab", min_size=1, max_size=8), visible=st.integers(1, 10))
def test_a_screen_that_shows_the_last_rows_is_never_called_old(known: str, visible: int) -> None:
    tail = [Row(side="other", print=text) for text in known]

    assert not behind(tail, tail[-visible:])


def test_a_screen_that_shows_less_than_is_known_is_old() -> None:
    tail = [Row(side="other", print=text) for text in "abcb"]

    assert behind(tail, tail[:3])
    assert behind(tail, tail[1:3])
    assert not behind(tail, tail[1:2])  # the last row reads alike
    assert not behind(tail, [])
    assert not behind(tail, [Row(side="other", print="new")])


def test_a_row_taken_back_keeps_its_place() -> None:
    tail = [Row(side="other", print=text) for text in "abc"]
    window = [Seen(row) for row in tail]
    window[1] = Seen(Row(side="centre", print="recall"), recalled=True)

    joined = join(tail, window, 0, at_top=True)

    assert (joined.start, joined.recalls) == (3, {1: 1})
