"""What waits and what asks a person, over crashes and moves; and the rests after warnings."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from device_agent.chats import Chats
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.pacing import Pacing
from device_agent.policy import Warnings, load_policy
from device_agent.rest import FOREVER, Rest
from device_agent.spool import Spool
from schemas.action import Action
from schemas.approval import Approval, Judgement
from schemas.content import Text
from schemas.ledger import ActionEntry
from schemas.phone_order import Order, PhoneOrder
from schemas.receipt import State

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
TERMS = load_policy(None).warnings


class Clock:
    def __init__(self) -> None:
        self.moment = AT

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path)
    yield spool
    spool.close()


def jobs_of(spool: Spool, clock: Clock) -> Jobs:
    return Jobs(spool, Letterhead("default", "bot", clock=clock))


def action(name: str) -> Action:
    return Action(
        action_id=name, channel="wechat", account="default", chat_id="c",
        content=Text(text=name), requested_at=AT,
    )  # fmt: skip


def word(name: str, verdict: Judgement, attempt: int = 1) -> Approval:
    return Approval(
        approval_id="x", action_id=name, channel="wechat", account="default", chat_id="c",
        attempt=attempt, verdict=verdict, by="li", reason="known", at=AT,
    )  # fmt: skip


def asking(jobs: Jobs, *behind: str) -> Job:
    """`a` asks a person, the others are parked behind it; all of it is in ledger and receipts."""
    for offset, name in enumerate(["a", *behind]):
        jobs.accept(action(name), 0, offset, None)
    jobs.put(jobs.get("a").to(State.HELD, AT, reason="approval_words", detail="it holds x"))
    for job in jobs.to_park():
        jobs.put(job.to(State.WAITING, AT, reason="behind"))
    for job in list(jobs.unsettled()):
        jobs.close(job)
    return jobs.get("a")


def test_what_asks_holds_its_chat_until_a_person_has_spoken(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    asking(jobs, "b", "d")

    assert [jobs.get(name).state for name in "bd"] == [State.WAITING] * 2
    assert (jobs.heads(0.0), jobs.to_release(), jobs.to_hold()) == ([], [], [])
    agreed = jobs.resolve(word("a", "approve"), 0, 9)
    assert agreed is not None
    assert (agreed.state, agreed.approved, agreed.owed) == (State.QUEUED, "li", True)
    assert jobs.heads(0.0) == []  # the ledger hears it first
    jobs.close(agreed)
    assert [job.action_id for job in jobs.heads(0.0)] == ["a"]
    assert jobs.resolve(word("a", "refuse"), 0, 10) is None  # it has been decided


def test_a_refused_one_ends_and_what_is_behind_it_goes_on(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    asking(jobs, "b")
    refused = jobs.resolve(word("a", "refuse"), 0, 9)

    assert refused is not None
    assert (refused.state, refused.reason, refused.detail) == (
        State.CANCELLED, "refused", "li: known",
    )  # fmt: skip
    jobs.close(refused)
    assert [job.action_id for job in jobs.heads(0.0)] == ["b"]


def test_a_word_on_another_attempt_changes_nothing(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    asking(jobs)

    assert jobs.resolve(word("a", "approve", attempt=2), 0, 9) is None
    assert jobs.get("a").asks


def test_one_that_asked_in_vain_may_expire(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    late = asking(jobs, "b").expires_at.timestamp()

    assert jobs.heads(late - 1) == []
    assert [job.action_id for job in jobs.heads(late)] == ["a"]


def test_what_waits_behind_another_one_expires_in_its_own_time(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    soon = AT + timedelta(minutes=5)
    asking(jobs, "b", "c")
    jobs.put(
        jobs.get("c").model_copy(
            update={"action": jobs.get("c").action.model_copy(update={"expires_at": soon})}
        )
    )
    jobs.not_before["c"] = AT.timestamp() + 9 * 3600  # the chat's quiet hours

    assert jobs.heads(soon.timestamp() - 1) == []
    assert [job.action_id for job in jobs.heads(soon.timestamp())] == ["c"]


def test_a_persons_word_outlives_a_crash_before_the_ledger_heard_it(
    spool: Spool, clock: Clock
) -> None:
    jobs = jobs_of(spool, clock)
    entry = asking(jobs).entry(AT)
    jobs.resolve(word("a", "approve"), 0, 9)

    again = jobs_of(spool, clock)
    again.learn([entry])

    assert (again.get("a").state, again.get("a").approved) == (State.QUEUED, "li")
    assert [job.action_id for job in again.unsettled()] == ["a"]


def test_another_machine_asks_and_waits_as_the_first_one_did(
    spool: Spool, clock: Clock, tmp_path: Path
) -> None:
    jobs = jobs_of(spool, clock)
    asks = asking(jobs, "b").entry(AT)
    behind = jobs.get("b").entry(AT)
    other = Spool(tmp_path / "other")
    try:
        moved = jobs_of(other, clock)
        moved.learn([asks, behind])
        assert moved.get("a").asks
        assert (moved.get("b").state, moved.get("b").reason) == (State.WAITING, "behind")
        for job in list(moved.unsettled()):
            moved.close(job)
        agreed = moved.resolve(word("a", "approve"), 0, 9)
        assert agreed is not None
        third = agreed.entry(AT)
    finally:
        other.close()

    assert (third.approved, third.state, bool(third.held)) == ("li", State.QUEUED, True)


def test_a_job_that_waited_tells_each_state_once(spool: Spool, clock: Clock) -> None:
    jobs = jobs_of(spool, clock)
    jobs.accept(action("a"), 0, 0, None)
    waits = jobs.get("a").to(State.WAITING, AT, reason="quiet_hours", not_before=AT)
    assert waits.receipt(waits.passed[-1]).not_before == AT
    jobs.put(waits)
    jobs.close(waits)
    goes = jobs.get("a").going_on().to(State.CLAIMED, AT).to(State.SENT, AT)

    assert [one.state for one in goes.passed] == [State.CLAIMED, State.SENT]
    assert goes.receipt(goes.passed[-1]).not_before is None
    assert not goes.settled


def paced(spool: Spool, clock: Clock, jobs: Jobs | None = None, rest: Rest | None = None) -> Pacing:
    return Pacing(
        policy=load_policy(None),
        spool=spool,
        jobs=jobs or jobs_of(spool, clock),
        chats=Chats(spool, "default"),
        rest=rest or resting(spool, clock),
        clock=clock,
        zone=lambda: UTC,
        settle_soon=lambda: None,
    )


def test_what_another_machine_tapped_within_a_day_counts_once(spool: Spool, clock: Clock) -> None:
    def entry(name: str, state: State, ago: timedelta, **more: int) -> ActionEntry:
        return ActionEntry(action_id=name, chat_id="c", state=state, at=AT - ago, **more)

    hour = timedelta(hours=1)
    pacing = paced(spool, clock)
    entries = [
        entry("sent", State.SENT, hour),
        entry("parts", State.SENT, 2 * hour, part=2),
        entry("half", State.WAITING, 4 * hour, part=2),
        entry("unknown", State.UNKNOWN, 3 * hour, taps=1),
        entry("expired", State.EXPIRED, hour),
        entry("old", State.SENT, 25 * hour),
        entry("ahead", State.SENT, -hour),
    ]
    for _ in range(2):
        pacing.learn(entries)

    assert [AT.timestamp() - at for at in pacing._past.device] == [
        14_400, 14_400, 10_800, 7200, 7200, 7200, 3600,
    ]  # fmt: skip


def test_a_bubble_that_is_made_ready_again_and_again_counts_once_and_a_new_attempt_anew(
    spool: Spool, clock: Clock
) -> None:
    chat = Chats(spool, "default").enrol("张三", "private", AT)
    pacing = paced(spool, clock)
    asked = action("a").model_copy(update={"chat_id": chat.chat_id})
    job = Job(action=asked)
    for _ in range(10):  # the broker is away, or the phone refuses every touch
        pacing.sent(job)
        clock.pass_by(seconds=30)
    assert pacing.admit(job)

    pacing.sent(job.next_attempt(clock()))
    assert len(pacing._past.device) == 2
    assert len(paced(spool, clock)._past.device) == 2  # after a restart too


def test_what_waits_says_what_keeps_it_now(spool: Spool, clock: Clock) -> None:
    chat = Chats(spool, "default").enrol("张三", "private", AT)
    jobs, rest = jobs_of(spool, clock), resting(spool, clock)
    pacing = paced(spool, clock, jobs, rest)
    asked = action("a").model_copy(update={"chat_id": chat.chat_id})
    jobs.accept(asked, 0, 0, None)
    night = jobs.get("a").to(State.WAITING, AT, reason="quiet_hours", not_before=AT)
    jobs.put(night)
    clock.pass_by(minutes=1)

    rest.follow(order("stop", clock()))
    assert not pacing.admit(jobs.get("a"))
    assert (jobs.get("a").reason, jobs.get("a").not_before) == ("stopped", None)
    told = jobs.get("a")
    assert not pacing.admit(told)
    assert jobs.get("a") == told  # and says it once


def test_the_metrics_of_the_pace_forget_by_themselves(spool: Spool, clock: Clock) -> None:
    def metric(name: str) -> float | None:
        return REGISTRY.get_sample_value(f"hongyan_pace_{name}")

    chat = Chats(spool, "default").enrol("张三", "private", AT)
    rest = resting(spool, clock)
    pacing = paced(spool, clock, rest=rest)
    pacing.sent(Job(action=action("a").model_copy(update={"chat_id": chat.chat_id})))
    rest.begin()
    assert (metric("sends_today"), metric("stopped")) == (1.0, 1.0)
    clock.pass_by(hours=25)
    assert (metric("sends_today"), metric("stopped")) == (0.0, 0.0)


# --- rests ---


def order(what: Order, at: datetime) -> PhoneOrder:
    return PhoneOrder(order_id="x", account="default", order=what, by="li", reason="x", at=at)


def resting(spool: Spool, clock: Clock, terms: Warnings | None = TERMS) -> Rest:
    return Rest(spool, 1800.0, clock, terms)


def test_each_further_warning_of_a_day_rests_longer_and_the_third_stops(
    spool: Spool, clock: Clock
) -> None:
    rest = resting(spool, clock)
    lengths = []
    for _ in range(3):
        rest.begin()
        rest.begin()  # the same dialog, looked at again
        assert rest.until is not None
        lengths.append(rest.until - clock())
        clock.pass_by(hours=3)

    assert lengths[:2] == [timedelta(minutes=30), timedelta(hours=2)]
    assert rest.until == FOREVER
    assert rest.code == "too_frequent"
    assert "hongyan phone resume" in rest.words
    assert resting(spool, clock).until == FOREVER  # after a restart too
    assert rest.follow(order("resume", clock()))
    assert (rest.until, rest.code, rest.words) == (None, None, "")
    clock.pass_by(days=1, hours=1)
    rest.begin()
    assert rest.until == clock() + timedelta(minutes=30)  # forgiven after a day


def test_a_log_in_page_rests_from_when_it_was_seen_last(spool: Spool, clock: Clock) -> None:
    rest = resting(spool, clock)
    for _ in range(5):
        rest.begin("logged_out")
        clock.pass_by(minutes=10)

    assert rest.until == clock() + timedelta(minutes=20)


def test_at_pace_fast_a_warning_is_a_short_rest_and_a_stop_still_stops(
    spool: Spool, clock: Clock
) -> None:
    rest = Rest(spool, 2.0, clock)
    rest.begin("account_restricted")
    assert rest.until is None
    for _ in range(5):
        rest.begin()
        assert rest.until == clock() + timedelta(seconds=2)
        clock.pass_by(minutes=2)
    rest.follow(order("stop", clock()))
    assert (rest.until, rest.code) == (FOREVER, "stopped")


def test_a_resume_heard_again_after_a_restart_ends_no_warning_that_came_since(
    spool: Spool, clock: Clock
) -> None:
    resumed = order("resume", clock())
    assert resting(spool, clock).follow(resumed)
    clock.pass_by(hours=1)
    resting(spool, clock).begin("account_restricted")

    again = resting(spool, clock)
    assert again.follow(resumed)  # it lies in the ledger for thirty days
    assert again.code == "account_restricted"
    moved = order("resume", resumed.at + timedelta(minutes=1))  # another machine followed it
    assert again.follow(moved)
    assert again.until == FOREVER
    assert again.follow(order("resume", clock() - timedelta(seconds=30)))  # a clock behind ours
    assert again.until is None


def test_of_two_orders_the_later_one_counts_whichever_comes_first(
    spool: Spool, clock: Clock
) -> None:
    rest = resting(spool, clock)
    assert rest.follow(order("stop", AT + timedelta(minutes=2)))
    assert not rest.follow(order("resume", AT + timedelta(minutes=1)))

    assert rest.code == "stopped"
    assert resting(spool, clock).code == "stopped"
    assert rest.follow(order("resume", AT + timedelta(minutes=3)))
    assert resting(spool, clock).code is None
