"""Nothing past an unfinished record is ever committed."""

from hypothesis import given
from hypothesis import strategies as st

from streams.acks import Acks

PLACE = ("bot.inbound.v1", 3)


@given(
    offsets=st.lists(st.integers(0, 10_000), min_size=1, max_size=60, unique=True).map(sorted),
    data=st.data(),
)
def test_the_committable_offset_is_the_first_unfinished_one_whatever_the_order(
    offsets: list[int], data: st.DataObject
) -> None:
    acks, tickets, unfinished, taken = Acks(), {}, set(), 0
    while taken < len(offsets) or unfinished:
        take = taken < len(offsets) and (not unfinished or data.draw(st.booleans()))
        if take:
            offset = offsets[taken]
            tickets[offset] = acks.take(PLACE, offset)
            unfinished.add(offset)
            taken += 1
        else:
            done = data.draw(st.sampled_from(sorted(unfinished)))
            acks.finish(tickets[done])
            unfinished.discard(done)
        expected = min(unfinished) if unfinished else offsets[taken - 1] + 1
        assert acks.committable(PLACE) == expected
    assert acks.committable(PLACE) == offsets[-1] + 1


def test_a_record_of_a_former_assignment_moves_nothing() -> None:
    acks = Acks()
    old = acks.take(PLACE, 5)
    acks.forget()
    acks.take(PLACE, 5)
    acks.finish(old)
    assert acks.committable(PLACE) == 5


def test_nothing_taken_means_nothing_to_commit() -> None:
    assert Acks().committable(PLACE) is None
