"""The risk governor: nothing over budget, nothing in quiet hours, nothing lost, for any history."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.governor import Ask, Bubble, Go, Wait, decide, room
from device_agent.past_sends import DAY, PastSends, Sent
from device_agent.policy import Budget, ChatRule, Policy, load_policy
from device_agent.quiet import quiet_until

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC).timestamp()  # 12:00 in Shanghai
DEFAULTS = load_policy(None).model_copy(update={"zone": "Asia/Shanghai"})
EXPIRY = DAY


def policy(**changes: Any) -> Policy:
    return DEFAULTS.model_copy(update=changes)


def bubble(chat: str = "c", text: str = "t", **changes: Any) -> Bubble:
    base: dict[str, Any] = {"title": chat, "kind": "private", "words": text, "length": 10}
    return Bubble(chat_id=chat, text=text, **(base | {"asked_at": NOON} | changes))


def test_the_first_message_of_the_day_goes_once_it_is_typed() -> None:
    first = bubble(length=40, chance=0.5)

    waits = decide(DEFAULTS, PastSends(), first, NOON, UTC)

    assert waits == Wait(NOON + 40 / 8, "pace")
    assert isinstance(decide(DEFAULTS, PastSends(), first, NOON + 5, UTC), Go)


@given(chance=st.floats(0, 1, exclude_max=True))
def test_two_sends_are_a_random_three_to_eight_seconds_apart(chance: float) -> None:
    past = PastSends.of([Sent(NOON, "other")])
    wait = decide(DEFAULTS, past, bubble(asked_at=NOON - 60, chance=chance), NOON, UTC)

    assert isinstance(wait, Wait)
    assert NOON + 3 <= wait.until <= NOON + 8


def test_night_messages_wait_for_the_morning_and_do_not_all_go_at_once() -> None:
    night = datetime(2026, 11, 25, 17, tzinfo=UTC).timestamp()  # 01:00
    morning = datetime(2026, 11, 25, 23, tzinfo=UTC).timestamp()  # 07:00
    waits = [
        decide(DEFAULTS, PastSends(), bubble(asked_at=night, chance=chance), night, UTC)
        for chance in (0.0, 0.5)
    ]

    assert waits == [Wait(morning, "quiet_hours"), Wait(morning + 300, "quiet_hours")]


def test_quiet_hours_are_told_by_the_phones_zone_where_the_file_names_none() -> None:
    night = datetime(2026, 11, 25, 2, tzinfo=UTC).timestamp()
    unnamed = policy(zone="")

    assert isinstance(decide(unnamed, PastSends(), bubble(), night, UTC), Wait)
    assert isinstance(decide(DEFAULTS, PastSends(), bubble(asked_at=0), night, UTC), Go)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"untouched": True}, "approval_new_chat"),
        ({"everybody": True}, "approval_everybody"),
        ({"words": "请加微信 abc"}, "approval_words"),
        ({"text": "bulk"}, "approval_bulk"),
        ({"chat": "again", "text": "again"}, "approval_loop"),
    ],
)
def test_what_is_risky_asks_a_person_unless_one_has_agreed(
    changes: dict[str, Any], reason: str
) -> None:
    words = DEFAULTS.approval.model_copy(update={"words": ("加微信",)})
    careful = policy(approval=words)
    sends = [Sent(NOON - 300, f"c{number}", "bulk") for number in range(5)]
    sends += [Sent(NOON - 200, "again", "again")] * 6
    risky = bubble(**{"chat": "c", "text": "t", "asked_at": NOON - 99} | changes)

    asked = decide(careful, PastSends.of(sends), risky, NOON, UTC)

    assert isinstance(asked, Ask)
    assert asked.reason == reason
    assert asked.detail
    agreed = decide(careful, PastSends.of(sends), replace(risky, approved=True), NOON, UTC)
    assert not isinstance(agreed, Ask)


def test_the_same_answer_to_many_who_ask_is_no_bulk() -> None:
    sends = [Sent(NOON - 300, f"c{number}", "help") for number in range(20)]
    answer = bubble(text="help", answers="张三", asked_at=NOON - 99)

    assert isinstance(decide(DEFAULTS, PastSends.of(sends), answer, NOON, UTC), Go)


@pytest.mark.parametrize(("pause", "loops"), [(4.0, True), (30.0, False)])
def test_two_bots_that_answer_each_other_are_stopped_and_a_slow_person_is_not(
    pause: float, loops: bool
) -> None:
    easy = policy(budgets=DEFAULTS.budgets.model_copy(update={"chat": Budget()}))
    past, at, asked = PastSends(), NOON, None
    for number in range(30):
        one = bubble(text=f"t{number}", answers="机器人", asked_at=at + pause)
        decision = decide(easy, past, one, at + pause + 60, UTC)
        if isinstance(decision, Ask):
            asked = number
            break
        assert isinstance(decision, Go)
        at += pause + 60
        past.add(Sent(at, "c", one.text, "机器人", decision.volley))

    assert asked == (DEFAULTS.loop.volleys if loops else None)


def test_a_rule_of_a_chat_has_its_own_terms() -> None:
    night = datetime(2026, 11, 25, 17, tzinfo=UTC).timestamp()
    rule = {"title": "值班*", "kind": "group", "quiet": (), "budgets": Budget(minute=1)}
    ours = policy(chats=(ChatRule.model_validate(rule),))
    duty = bubble(chat="值班群", kind="group", asked_at=night - 60)

    assert isinstance(decide(ours, PastSends(), duty, night, UTC), Go)
    assert isinstance(decide(ours, PastSends(), replace(duty, kind="private"), night, UTC), Wait)
    again = decide(ours, PastSends.of([Sent(night - 50, duty.chat_id)]), duty, night, UTC)
    assert again == Wait(night + 10, "budget_chat_minute")


def test_a_rule_finds_a_title_with_brackets_by_itself() -> None:
    rule = ChatRule.model_validate({"title": "[值班] A*", "quiet": ()})
    terms = policy(chats=(rule,)).terms
    assert terms("[值班] A组", "group").quiet == ()
    assert terms("值 A组", "group").quiet


def test_nothing_is_said_to_wait_for_a_moment_at_which_it_cannot_go() -> None:
    """A full day's budget that ends at night: not before the morning."""
    night = datetime(2026, 11, 25, 17, tzinfo=UTC).timestamp()
    few = policy(budgets=DEFAULTS.budgets.model_copy(update={"device": Budget(day=1)}))
    wait = decide(few, PastSends.of([Sent(night - DAY + 60, "c")]), bubble(), night, UTC)

    assert wait == Wait(datetime(2026, 11, 25, 23, tzinfo=UTC).timestamp(), "quiet_hours")


# --- for any history ---

arrivals = st.lists(
    st.tuples(
        st.integers(0, 40_000),  # seconds after noon
        st.sampled_from("abc"),
        st.sampled_from(["hi", "again", "加微信"]),
        st.booleans(),  # an answer
        st.floats(0, 1, exclude_max=True),
    ),
    max_size=60,
)
budgets = st.builds(
    Budget,
    minute=st.none() | st.integers(1, 4),
    hour=st.none() | st.integers(1, 12),
    day=st.none() | st.integers(1, 30),
)


def lived(plan: Policy, asked: Sequence[Bubble]) -> tuple[list[Sent], dict[int, str]]:
    """A day and more under a policy: what was sent, and what became of each bubble."""
    past, sends, ends = PastSends(), [], dict[int, str]()
    waiting = {number: one.asked_at for number, one in enumerate(asked)}
    touched: set[str] = set()
    while waiting:
        number = min(waiting, key=lambda key: (waiting[key], key))
        now, one = waiting.pop(number), asked[number]
        if now > one.asked_at + EXPIRY:
            ends[number] = "expired"
            continue
        one = replace(one, untouched=one.chat_id not in touched and one.answers is None)
        decision = decide(plan, past, one, now, UTC)
        if isinstance(decision, Wait):
            assert decision.until > now
            assert decision.reason
            waiting[number] = decision.until
        elif isinstance(decision, Ask):
            ends[number] = decision.reason
        else:
            sent = Sent(
                now, one.chat_id, one.text, one.answers, decision.volley, one.untouched or False
            )
            past.add(sent)
            sends.append(sent)
            touched.add(one.chat_id)
            ends[number] = "sent"
    return sends, ends


@given(plan=arrivals, device=budgets, chat=budgets)
def test_no_budget_is_ever_exceeded_and_each_message_ends_somewhere(
    plan: list[tuple[int, str, str, bool, float]], device: Budget, chat: Budget
) -> None:
    mine = policy(
        budgets=DEFAULTS.budgets.model_copy(update={"device": device, "chat": chat}),
        approval=DEFAULTS.approval.model_copy(update={"words": ("加微信",)}),
    )
    asked = [
        bubble(name, text, asked_at=NOON + at, answers="王" if answer else None, chance=chance)
        for at, name, text, answer, chance in plan
    ]
    sends, ends = lived(mine, asked)

    assert set(ends) == set(range(len(asked)))
    for budget, groups in (
        (device, [[one.at for one in sends]]),
        (chat, [[one.at for one in sends if one.chat_id == name] for name in "abc"]),
    ):
        for times in groups:
            for _, limit, seconds in budget.windows:
                for first, last in zip(times, times[limit:], strict=False):
                    assert last - first >= seconds - 1e-6
    least = mine.hand.gap_seconds[0]
    in_order = [one.at for one in sends]
    gaps = [later - earlier for earlier, later in pairwise(in_order)]
    assert all(gap >= least - 1e-6 for gap in gaps)
    spans = mine.terms("a", "private").quiet
    zone = mine.zone_or(UTC)
    assert all(quiet_until(spans, datetime.fromtimestamp(at, zone)) is None for at in in_order)


@given(
    times=st.lists(st.floats(0, 1e5), max_size=40).map(sorted),
    limit=st.integers(1, 8),
    now=st.floats(1e5, 2e5),
)
def test_a_budget_has_room_from_the_moment_it_says(
    times: list[float], limit: int, now: float
) -> None:
    until, window = room(times, Budget(hour=limit), now)

    assert (window == "hour") == (until > now)
    assert sum(at > until - 3600 + 1e-6 for at in times) < limit


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from("ab"), st.sampled_from("xy"))))
def test_the_past_counts_what_a_plain_count_counts(plan: list[tuple[float, str, str]]) -> None:
    sends = [Sent(at, chat, text) for at, chat, text in plan]
    past = PastSends.of(sends)
    since = 5e5

    assert past.device == sorted(one.at for one in sends)
    assert past.same_text("x", "a", since) == sum(
        one.text == "x" and one.chat_id == "a" and one.at > since for one in sends
    )
    past.forget(since)
    assert past.device == sorted(one.at for one in sends if one.at > since)
    assert past.chats_of("x", since) == {
        one.chat_id for one in sends if one.text == "x" and one.at > since
    }


@given(
    st.integers(0, 366 * 24 * 3600),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]),
)
def test_quiet_hours_end_outside_quiet_hours_in_every_zone(second: int, zone: str) -> None:
    mine = policy(zone=zone)
    spans = mine.terms("a", "private").quiet
    local = datetime.fromtimestamp(1_767_225_600 + second, mine.zone_or(UTC))
    end = quiet_until(spans, local)

    if end is not None:
        assert timedelta(0) < end - local <= timedelta(hours=9)
        assert quiet_until(spans, end) is None
        assert (end.hour, end.minute) == (7, 0)
