"""Which actions are taken, and what ledger and spool together say of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_agent.job import Job, merged
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.offsets import Offsets
from device_agent.spool import Spool
from schemas.action import Action
from schemas.content import Text
from schemas.ledger import ActionEntry, Cut
from schemas.receipt import State

AT = datetime(2026, 11, 25, tzinfo=UTC)
CUT = Cut(characters=100, units=200)


def action(attempt: int = 1, action_id: str = "a", chat_id: str = "c") -> Action:
    return Action(
        action_id=action_id, channel="wechat", account="default", chat_id=chat_id,
        content=Text(text="x"), attempt=attempt, requested_at=AT,
    )  # fmt: skip


def entry(state: State, attempt: int = 1, taps: int = 0) -> ActionEntry:
    return ActionEntry(action_id="a", chat_id="c", attempt=attempt, state=state, at=AT, taps=taps)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    spool = Spool(tmp_path)
    yield Jobs(spool, Letterhead("default", "bot"))
    spool.close()


@pytest.mark.parametrize("end", [State.FAILED, State.NOT_SENT, State.EXPIRED])
def test_the_next_attempt_is_taken_after_an_end_that_allows_it(jobs: Jobs, end: State) -> None:
    jobs.learn([entry(end)])

    ended = jobs.accept(action(1), 0, 0, None)
    assert ended is not None
    assert ended.terminal  # its receipts may be owed, its text is not sent again
    assert jobs.accept(action(3), 0, 1, None) is None
    taken = jobs.accept(action(2), 0, 2, None)
    assert taken is not None
    assert taken.state is State.QUEUED


@pytest.mark.parametrize("end", [State.SENT, State.UNKNOWN, State.CANCELLED])
def test_no_attempt_is_taken_after_other_ends(jobs: Jobs, end: State) -> None:
    jobs.learn([entry(end)])

    ended = jobs.accept(action(1), 0, 0, None)
    assert ended is not None
    assert ended.terminal
    assert jobs.accept(action(2), 0, 1, None) is None


def test_an_intent_of_the_ledger_is_reconciled_not_sent_anew(jobs: Jobs) -> None:
    jobs.learn([entry(State.INTENT, taps=1)])

    taken = jobs.accept(action(1), 0, 0, None)

    assert taken is not None
    assert (taken.state, taken.taps) == (State.INTENT, 1)
    assert [job.tapped for job in jobs.heads(0.0)] == [True]


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [
        (State.QUEUED, State.INTENT, State.INTENT),
        (State.TAPPED, State.INTENT, State.TAPPED),
        (State.SENT, State.INTENT, State.SENT),
        (State.SENT, State.UNKNOWN, State.UNKNOWN),
        (State.INTENT, State.SENT, State.SENT),
    ],
)
def test_the_further_state_counts_and_the_ledgers_on_conflict(
    mine: State, theirs: State, result: State
) -> None:
    assert merged(Job(action=action(), state=mine), entry(theirs)).state is result


@pytest.mark.parametrize("theirs", [State.QUEUED, State.INTENT, State.SENT])
def test_the_next_attempt_that_another_machine_had_is_never_sent_again(
    jobs: Jobs, theirs: State
) -> None:
    jobs.accept(action(1), 0, 0, None)
    jobs.put(jobs.get("a").to(State.FAILED, AT))

    jobs.learn([entry(theirs, attempt=2, taps=1)])

    assert jobs.lane("c") == []
    assert jobs.accept(action(1), 0, 0, None) is None
    taken = jobs.accept(action(2), 0, 1, None)
    assert taken is not None
    assert (taken.state, taken.taps) == (theirs, 1)
    assert jobs.accept(action(3), 0, 2, None) is None


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [
        ((1, State.QUEUED), (0, State.INTENT), (1, State.QUEUED)),
        ((0, State.TAPPED), (1, State.QUEUED), (1, State.QUEUED)),
        ((0, State.INTENT), (1, State.INTENT), (1, State.INTENT)),
        ((1, State.QUEUED), (1, State.INTENT), (1, State.INTENT)),
    ],
)
def test_of_a_long_text_the_further_part_counts_before_the_state(
    mine: tuple[int, State], theirs: tuple[int, State], result: tuple[int, State]
) -> None:
    job = Job(action=action(), state=mine[1], part=mine[0], cut=CUT)

    both = merged(job, entry(theirs[1]).model_copy(update={"part": theirs[0], "cut": CUT}))

    assert (both.part, both.state, both.cut) == (*result, CUT)


def test_an_unknown_holds_its_chat_alone(jobs: Jobs) -> None:
    for offset, (name, chat) in enumerate([("a", "c"), ("b", "c"), ("d", "other")]):
        jobs.accept(action(action_id=name, chat_id=chat), 0, offset, None)
    jobs.put(jobs.get("a").to(State.UNKNOWN, AT))

    assert [job.action_id for job in jobs.to_hold()] == ["b"]
    assert [job.action_id for job in jobs.heads(0.0)] == ["d"]


def test_offsets_are_committed_as_the_contiguous_prefix_alone() -> None:
    offsets = Offsets()
    for offset in range(4):
        offsets.read(0, offset)
    offsets.settle(0, 1)
    assert offsets.take() == {}
    offsets.settle(0, 0)

    assert offsets.take() == {0: 2}
    assert offsets.open == 2


def test_the_end_of_an_attempt_is_told_before_the_next_one_takes_its_place(jobs: Jobs) -> None:
    jobs.accept(action(1), 0, 0, None)
    assert jobs.untold(action(2)) is None
    jobs.put(jobs.get("a").to(State.FAILED, AT))

    last = jobs.untold(action(2))

    assert last is not None
    assert last.state is State.FAILED
    assert jobs.untold(action(1)) is None
    jobs.close(last)
    assert jobs.untold(action(2)) is None


def test_a_job_that_moves_to_the_chats_other_id_keeps_its_place(jobs: Jobs, tmp_path: Path) -> None:
    jobs.accept(action(action_id="a", chat_id="former"), 0, 0, None)
    jobs.accept(action(action_id="b", chat_id="c"), 0, 1, None)

    jobs.move(jobs.get("a"), "c")

    assert [job.action_id for job in jobs.lane("c")] == ["a", "b"]
    assert jobs.lane("former") == []
    assert jobs.accept(action(action_id="a", chat_id="former"), 0, 0, None) == jobs.get("a")


def test_what_the_ledger_has_forgotten_is_forgotten_here_too(tmp_path: Path) -> None:
    """Else an agent that runs for years holds every action it ever carried out."""
    spool = Spool(tmp_path)
    days = iter(range(1000))
    jobs = Jobs(spool, Letterhead("default", "bot", lambda: AT + timedelta(days=next(days))))
    old = [entry(State.SENT).model_copy(update={"action_id": f"old{n}"}) for n in range(100)]
    jobs.learn(old)
    for number in range(60):
        taken = jobs.accept(action(action_id=f"n{number}"), 0, number, None)
        assert taken is not None
        jobs.close(taken.to(State.SENT, AT))

    again = jobs.accept(action(action_id="old0"), 0, 99, None)

    assert again is not None
    assert again.state is State.QUEUED
    spool.close()
