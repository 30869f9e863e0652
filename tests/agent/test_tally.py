"""How many rows of a title a scrolled list has, counted over its pages."""

from hypothesis import given
from hypothesis import strategies as st

from device_agent.tally import Tally


def _counted(*pages: str) -> Tally:
    tally = Tally()
    for page in pages:
        tally.add(list(page))
    return tally


def test_a_row_that_two_pages_show_counts_once() -> None:
    assert _counted("abcd", "cdef").counts["c"] == 1


def test_two_rows_of_one_title_on_two_pages_count_twice() -> None:
    assert _counted("aTbc", "bcTd").counts["T"] == 2


def test_a_page_that_does_not_continue_the_one_above_makes_no_row_twice() -> None:
    assert _counted("aTbc", "Txyz").counts["T"] == 1


def test_a_page_seen_again_changes_nothing() -> None:
    assert _counted("abTc", "abTc").counts["T"] == 1


@given(
    rows=st.text(alphabet="abcdefgT", max_size=40),
    steps=st.lists(st.integers(1, 5), max_size=20),
    height=st.integers(3, 8),
)
def test_no_title_is_counted_more_often_than_it_stands(
    rows: str, steps: list[int], height: int
) -> None:
    """However the list is scrolled."""
    tally, top = Tally(), 0
    for step in [0, *steps]:
        top = min(top + step, max(0, len(rows) - height))
        tally.add(list(rows[top : top + height]))
    assert all(count <= rows.count(title) for title, count in tally.counts.items())
