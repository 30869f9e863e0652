"""What is new in a chat that is known: badges that say too much, pages that fit twice."""

from device_agent.alignment import Seen, agreement, join, stitches
from schemas.ledger import Row


def row(text: str) -> Row:
    return Row(side="own" if text.startswith(">") else "other", print=text)


def rows(*texts: str) -> list[Row]:
    return [row(text) for text in texts]


def seen(*texts: str) -> list[Seen]:
    return [Seen(row(text), words=text) for text in texts]


TALK = ("a", ">a", "好", "/count", "好", "/count", ">好", ">1", ">好", ">2", "好", "好")


def test_a_badge_that_was_counted_twice_never_makes_the_whole_window_new() -> None:
    """Found by a campaign: a tap that missed left its badge stored, the next one added its own."""
    joined = join(rows(*TALK), seen(*TALK, "new"), 3, at_top=True)

    assert joined.start == len(TALK)
    assert not joined.proven


def test_against_a_badge_a_few_rows_that_agree_are_not_believed() -> None:
    assert join(rows("x", "好"), seen("好", "b"), 3, at_top=True).start == 0


def test_a_page_that_fits_twice_offers_both_the_nearer_to_the_finger_first() -> None:
    older, newer = rows("a", "b", "a", "b"), rows("a", "b", "c")

    assert stitches(older, newer, [None, 300, 200, 100], 190) == [2]
    assert stitches(rows("a", "a"), rows("a", "a"), [None, 100, 0], 95) == [1, 2]
    assert stitches(rows("a", "b"), rows("c"), [None, 100], 90) == []


def test_rows_that_agree_with_the_tail_tell_the_right_way_from_the_wrong_one() -> None:
    right = seen(*TALK)
    wrong = seen(*TALK[:10], *TALK[2:])

    assert agreement(rows(*TALK), right) > agreement(rows(*TALK), wrong)


def test_rows_never_moved_further_than_the_finger() -> None:
    """Found by a campaign: a page at the top moved 318 pixels under a finger's 999."""
    older, newer = rows("c", "好", "x", "好"), rows("好", "x", "好", "n")

    assert stitches(older, newer, [None, 1662, 990, 318, 150], 999) == [3, 1]


def test_a_long_overlap_beats_a_few_rows_that_repeat() -> None:
    """Found by a campaign: the same look for a far too early place, and a page was joined twice."""
    joined = join(rows(*TALK), seen(*TALK[2:], "好"), 0, at_top=False)

    assert (joined.start, joined.proven, joined.reached) == (len(TALK) - 2, True, True)


def test_rows_in_step_with_themselves_are_not_trusted() -> None:
    talk = ("好", ">好") * 10

    assert not join(rows(*talk), seen(*talk[-8:], "好"), 1, at_top=False).reached


def test_equal_words_between_reading_the_list_and_opening_are_not_lost() -> None:
    """Found by a campaign: the badge said one, then another came, and the first equals the tail."""
    window = seen("/count", "/count", "好")

    assert join(rows("/count"), window, 1, at_top=False, preview="/count").start == 1


def test_the_place_of_a_tail_that_is_the_whole_chat_is_no_question() -> None:
    joined = join(rows("好"), seen("好", "好", "好"), 1, at_top=True, preview="好", whole=True)

    assert (joined.start, joined.proven) == (1, True)


def test_a_preview_that_shows_no_words_of_ours_refutes_nothing() -> None:
    assert join(rows("a", "b"), seen("a", "b", "c"), 1, at_top=True, preview="[图片]").start == 2


ANSWERED = tuple(f"{mark}{number}" for number in range(12) for mark in ("", ">"))


def test_a_screen_that_stands_further_up_makes_no_read_row_new() -> None:
    """Found by a campaign: a swipe meant for the list of an old dump had scrolled the chat."""
    joined = join(rows(*ANSWERED), seen("first", *ANSWERED[:17]), 0, at_top=True)

    assert (joined.start, joined.proven) == (18, False)


def test_rows_below_those_that_were_read_are_new_though_the_last_ones_are_gone() -> None:
    joined = join(rows(*ANSWERED), seen(*ANSWERED[:17], "a", "b"), 2, at_top=True)

    assert (joined.start, joined.proven, joined.apart) == (17, False, True)


def test_no_row_that_the_badge_counted_is_taken_for_one_that_was_read() -> None:
    """The chat was emptied, and its first words are said again."""
    assert join(rows(*"abcdefgh"), seen(*"abc"), 3, at_top=True).start == 0
