"""A person's word on what could not be decided counts once, and lets what waits behind it go on."""

import asyncio
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_agent.job import GIVEN_UP, Job, merged
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.resolving import released, resolved
from device_agent.spool import Spool
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import encode
from schemas.ledger import Cut
from schemas.receipt import Receipt, State
from schemas.resolution import Resolution, Verdict
from tests.agent.test_kills import process
from tests.agent.test_unknown import undecided
from tests.fakes.phone_rig import Rig, until

AT = datetime(2026, 11, 25, tzinfo=UTC)
LATER = AT + timedelta(days=3)


def action(name: str, text: str = "x") -> Action:
    return Action(
        action_id=name, channel="wechat", account="default", chat_id="c",
        content=Text(text=text), requested_at=AT,
    )  # fmt: skip


def word(action_id: str, verdict: Verdict, chat_id: str = "c", **changes: int) -> Resolution:
    return Resolution(
        resolution_id="r", action_id=action_id, channel="wechat", account="default",
        chat_id=chat_id, verdict=verdict, by="li", reason="looked at the phone", at=LATER,
        **changes,
    )  # fmt: skip


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    spool = Spool(tmp_path)
    yield Jobs(spool, Letterhead("default", "bot", clock=lambda: LATER))
    spool.close()


def unknown_and_behind(jobs: Jobs) -> None:
    """`a` is unknown, `b` and `d` are held behind it; all of it is in the ledger."""
    for offset, name in enumerate(["a", "b", "d"]):
        jobs.accept(action(name), 0, offset, None)
    jobs.put(jobs.get("a").to(State.UNKNOWN, AT))
    for job in jobs.to_hold():
        jobs.put(job.to(State.HELD, AT))
    for job in list(jobs.unsettled()):
        jobs.close(job)


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [
        ("sent", State.SENT, "resolved"),
        ("not_sent", State.NOT_SENT, "resolved"),
        ("drop", State.UNKNOWN, GIVEN_UP),
        ("resend", State.QUEUED, "resolved"),
    ],
)
def test_a_word_is_owed_to_the_ledger_before_its_offset_passes_or_anybody_works_on_it(
    jobs: Jobs, verdict: Verdict, state: State, reason: str
) -> None:
    unknown_and_behind(jobs)

    decided = jobs.resolve(word("a", verdict), 0, 3)

    assert decided is not None
    assert (decided.state, decided.reason, decided.owed) == (state, reason, True)
    assert jobs.heads(LATER.timestamp()) == []
    assert jobs.resolve(word("a", verdict), 0, 3) == decided  # delivered again before the ack
    jobs.close(decided)
    assert jobs.resolve(word("a", verdict), 0, 3) is None
    assert jobs.resolve(word("a", "not_sent"), 0, 4) is None  # decided: another word is too late


def test_what_was_held_goes_on_in_order_behind_what_is_sent_again(jobs: Jobs) -> None:
    unknown_and_behind(jobs)
    assert jobs.to_release() == []
    again = jobs.resolve(word("a", "resend"), 0, 3)
    assert again is not None
    jobs.close(again)

    for job in jobs.to_release():
        jobs.put(released(job, LATER))
    assert [job.action_id for job in jobs.heads(LATER.timestamp())] == ["a"]
    for job in list(jobs.unsettled()):
        assert job.receipt(job.passed[-1]).reason == "released"
        jobs.close(job)

    lane = jobs.lane("c")
    assert [(job.action_id, job.action.attempt) for job in lane] == [("a", 2), ("b", 1), ("d", 1)]
    assert all(
        job.expires_at > LATER for job in lane
    )  # waiting for a person took no time of theirs


def test_a_new_machine_has_all_that_waits_in_its_order_from_the_ledger_alone(
    jobs: Jobs, tmp_path: Path
) -> None:
    unknown_and_behind(jobs)
    entries = [jobs.get(name).entry(AT) for name in ("d", "b", "a")]
    spool = Spool(tmp_path / "new")
    new = Jobs(spool, Letterhead("default", "bot", clock=lambda: LATER))
    new.learn(entries)

    assert [job.action_id for job in new.lane("c")] == ["a", "b", "d"]
    assert new.accept(action("b"), 0, 1, None) is None or new.get("b").state is State.HELD
    again = new.resolve(word("a", "resend"), 0, 3)
    assert again is not None
    newer = [again.entry(LATER), *entries[:2]]
    third = Spool(tmp_path / "third")
    last = Jobs(third, Letterhead("default", "bot", clock=lambda: LATER))
    last.learn(newer)
    assert [(j.action_id, j.action.attempt) for j in last.lane("c")[:1]] == [("a", 2)]
    assert [job.action_id for job in last.to_release()] == ["b", "d"]
    spool.close()
    third.close()


def test_what_goes_on_keeps_its_bytes_in_the_ledger_up_to_its_end(jobs: Jobs) -> None:
    unknown_and_behind(jobs)
    job = released(jobs.get("b"), LATER)

    assert job.entry(LATER).held is not None
    assert job.to(State.INTENT, LATER).entry(LATER).held is not None
    assert job.to(State.SENT, LATER).entry(LATER).held is None


def test_an_intent_of_another_machine_is_further_than_a_hold_of_this_one(jobs: Jobs) -> None:
    unknown_and_behind(jobs)
    held = jobs.get("b")
    tapped = held.to(State.INTENT, LATER, taps=1).entry(LATER)

    assert merged(held, tapped).state is State.INTENT


@pytest.mark.parametrize(("verdict", "state"), [("sent", State.SENT), ("not_sent", State.NOT_SENT)])
def test_a_word_outlives_a_crash_before_the_ledger_has_it(
    jobs: Jobs, verdict: Verdict, state: State
) -> None:
    unknown_and_behind(jobs)
    ledger = [jobs.get(name).entry(AT) for name in ("a", "b", "d")]
    jobs.resolve(word("a", verdict), 0, 9)

    jobs.learn(ledger)

    assert jobs.get("a").state is state
    assert jobs.resolve(word("a", verdict), 0, 9) == jobs.get("a")  # its record comes again
    assert [job.action_id for job in jobs.to_release()] == ["b", "d"]


def test_a_part_that_a_person_saw_moves_the_later_parts_on() -> None:
    long = Job(action=action("a", "x" * 250), cut=Cut(characters=100, units=200), part=1)
    unsure = long.to(State.UNKNOWN, AT)

    on = resolved(unsure, word("a", "sent", part=1), LATER)

    assert on is not None
    assert (on.state, on.part, on.anchor) == (State.QUEUED, 2, None)
    assert resolved(unsure, word("a", "sent", part=0), LATER) is None  # of a part before
    last = resolved(unsure.model_copy(update={"part": 2}), word("a", "sent", part=2), LATER)
    assert last is not None
    assert last.state is State.SENT


@pytest.mark.parametrize(
    ("state", "verdict"),
    [(State.WAITING, "drop"), (State.UNKNOWN, "drop"), (State.UNKNOWN, "not_sent")],
)
def test_a_long_text_that_is_given_up_says_how_much_of_it_is_there(
    state: State, verdict: Verdict
) -> None:
    long = Job(action=action("a", "x" * 250), cut=Cut(characters=100, units=200), part=1)

    over = resolved(long.to(state, AT), word("a", verdict, part=1), LATER)

    assert over is not None
    assert (over.detail or "").startswith("sent 1 of 3 parts; ")


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD])
def test_what_waits_can_be_dropped_and_nothing_else(state: State) -> None:
    job = Job(action=action("a"), state=state)

    dropped = resolved(job, word("a", "drop"), LATER)

    assert dropped is not None
    assert dropped.state is State.CANCELLED
    assert resolved(job, word("a", "sent"), LATER) is None
    assert resolved(job.to(State.TAPPED, AT), word("a", "drop"), LATER) is None


# --- the real agent on the simulated phone ---


async def decide(rig: Rig, action_id: str, chat: str, verdict: Verdict, **changes: int) -> None:
    said = word(action_id, verdict, chat, **changes)
    record = encode(said, id=said.resolution_id, source="/test", time=said.at)
    await rig.producer.send(rig.outbox, record)


async def last(rig: Rig, action_id: str, *states: State) -> Receipt:
    """The action's newest receipt, once it says one of these."""

    async def ask() -> Receipt | None:
        found = [one for one in await rig.receipts() if one.action_id == action_id]
        return found[-1] if found and found[-1].state in states else None

    newest = await until(ask, f"{action_id} in {states}", patience=30)
    assert newest is not None
    return newest


@pytest.mark.parametrize(
    ("verdict", "end", "sent"),
    [
        ("sent", State.SENT, ["后面的"]),
        ("drop", State.UNKNOWN, ["后面的"]),
        ("resend", State.SENT, ["收到", "后面的"]),
    ],
)
async def test_a_resolved_send_lets_its_chat_go_on(
    rig: Rig, verdict: Verdict, end: State, sent: list[str]
) -> None:
    chat, action_id = await undecided(rig, "hold")
    behind = await rig.ask(chat, "后面的")
    await rig.started()
    await last(rig, behind, State.HELD)

    await decide(rig, action_id, chat, verdict)
    await decide(rig, action_id, chat, verdict)

    assert (await last(rig, behind, State.SENT)).state is State.SENT
    told = await last(rig, action_id, end)
    assert (told.attempt, rig.sent()) == (2 if verdict == "resend" else 1, sent)


PLACES = [
    ("agent.resolved", False),
    ("agent.resolved", True),
    ("agent.outcome_acked", True),
    ("agent.receipted", False),
    ("agent.committed", True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("place", "new_machine"), PLACES)
async def test_killed_anywhere_in_a_resolution_the_message_goes_out_once(
    rig: Rig, place: str, new_machine: bool
) -> None:
    chat, action_id = await undecided(rig, "hold")
    behind = await rig.ask(chat, "后面的")
    await rig.started()
    await last(rig, behind, State.HELD)
    await rig.stop()
    flag = rig.data.parent / "died again"

    async with process(rig, failpoint=place, failpoint_flag=str(flag)) as first:
        await decide(rig, action_id, chat, "resend")
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    if new_machine:
        await asyncio.to_thread(shutil.rmtree, rig.data)
    await rig.start()

    assert (await last(rig, behind, State.SENT)).state is State.SENT
    assert (await last(rig, action_id, State.SENT)).attempt == 2
    assert rig.sent() == ["收到", "后面的"]
