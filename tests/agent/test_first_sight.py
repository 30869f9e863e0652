"""Which rows are new when a chat is opened for the first time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.alignment import SINCE_READ, Seen, by_surprise, first_sight
from schemas.ledger import Opening, Row


def rows(*texts: str) -> list[Seen]:
    return [Seen(Row(side="other", print=text), words=text) for text in texts]


def new(window: list[Seen], unread: int, preview: str, *, at_top: bool = True) -> list[str]:
    joined = first_sight(window, Opening(unread=unread, preview=preview), at_top=at_top)
    return [seen.words for seen in window[joined.start :]]


def test_without_a_badge_nothing_is_new() -> None:
    assert first_sight(rows("a", "b"), None, at_top=True).start == 2


def test_rows_older_than_the_badge_are_history() -> None:
    assert new(rows("old", "older", "a", "b"), 2, "b") == ["a", "b"]


def test_what_came_between_reading_the_list_and_opening_is_new_too() -> None:
    assert new(rows("old", "a", "b", "since"), 2, "b") == ["a", "b", "since"]


def test_a_window_that_shows_just_the_badges_number_is_scrolled_back() -> None:
    """Eleven came, the badge said ten, and the first of them stands above the window."""
    texts = [f"m{n}" for n in range(2, 12)]

    joined = first_sight(rows(*texts), Opening(unread=10, preview="m10"), at_top=False)

    assert not joined.reached
    assert new(rows("m1", *texts), 10, "m10") == ["m1", *texts]


def test_a_row_that_reads_like_the_preview_is_not_trusted_at_the_windows_edge() -> None:
    window = rows("b", "好", "c", "好")

    assert not first_sight(window, Opening(unread=4, preview="好"), at_top=False).reached


def test_of_equal_rows_the_earliest_that_may_be_meant_counts() -> None:
    assert new(rows("a", "好", "好"), 2, "好") == ["a", "好", "好"]


def test_old_rows_that_read_like_the_preview_stay_history() -> None:
    history = ["好"] * 20

    assert len(new(rows(*history, "好"), 1, "好")) <= SINCE_READ + 1


@given(
    st.lists(st.text("abc", min_size=1, max_size=3), max_size=8),
    st.integers(1, 8),
    st.integers(0, SINCE_READ),
)
def test_no_unread_row_is_ever_taken_for_history(old: list[str], unread: int, since: int) -> None:
    """Whatever the texts, equal ones too: to lose one is worse than to read one of the old."""
    fresh = [f"n{n % 3}" for n in range(unread + since)]

    found = new(rows(*old, *fresh), unread, fresh[unread - 1])

    assert found[-len(fresh) :] == fresh


@pytest.mark.parametrize("at_top", [True, False])
def test_a_preview_that_is_nowhere_proves_nothing(*, at_top: bool) -> None:
    joined = first_sight(rows("a", "b", "c"), Opening(unread=2, preview="[图片]"), at_top=at_top)

    assert not joined.proven
    assert joined.reached is at_top


def test_a_chat_that_came_under_the_finger_is_new_below_our_own_last_row() -> None:
    """The list was reordered between reading and tapping: its badge was cleared unread."""
    own = Seen(Row(side="own", print="me"), words="me")

    assert by_surprise(rows("a", "b"), at_top=True).start == 0
    assert by_surprise([*rows("a"), own, *rows("b", "c")], at_top=False).start == 2
    assert not by_surprise(rows("a", "b"), at_top=False).reached
