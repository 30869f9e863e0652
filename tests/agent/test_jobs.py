"""Which actions are taken, and what ledger and spool together say of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_agent.job import Job, merged
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.offsets import Offsets
from device_agent.spool import Spool
from schemas.action import Action
from schemas.content import Text
from schemas.ledger import ActionEntry
from schemas.receipt import State

AT = datetime(2026, 11, 25, tzinfo=UTC)


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
