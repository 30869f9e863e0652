"""When failed work is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.failure import (
    BadRequest,
    Bug,
    DependencyDown,
    Expired,
    Failure,
    Permanent,
    Poison,
    Retryable,
    Throttled,
)
from streams.retry_policy import TIERS, RetryPolicy, hop, next_try, waits_in_lane

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy()


def _names(attempts: range) -> list[str]:
    found = []
    for attempt in attempts:
        wait = next_try(Retryable("x"), attempt, NOW, NOW, POLICY)
        assert wait is not None
        assert wait.attempt == attempt + 1
        found.append(wait.tier.topic.name("bot"))
    return found


def test_each_attempt_waits_longer_and_after_the_last_a_person_decides() -> None:
    assert _names(range(1, 6)) == [f"bot.retry.{d}.v1" for d in ("5s", "30s", "2m", "10m", "1h")]
    assert next_try(Retryable("x"), 6, NOW, NOW, POLICY) is None


@pytest.mark.parametrize(
    "failure", [Permanent("x"), BadRequest("x"), Bug("x"), Poison("x"), Expired("x")]
)
def test_what_goes_wrong_every_time_is_never_tried_again(failure: Failure) -> None:
    assert next_try(failure, 1, NOW, NOW, POLICY) is None
    assert not waits_in_lane(failure, POLICY)


@pytest.mark.parametrize(
    ("away", "delay"), [(0, 5), (59, 5), (60, 30), (599, 30), (600, 120), (80_000, 120)]
)
def test_a_dependency_that_is_away_spends_no_attempt(away: int, delay: int) -> None:
    now = NOW + timedelta(seconds=away)
    wait = next_try(DependencyDown("x"), 6, NOW, now, POLICY)
    assert wait is not None
    assert (wait.attempt, wait.tier.delay.total_seconds()) == (6, delay)


def test_after_a_day_a_person_decides_whatever_it_is() -> None:
    late = NOW + POLICY.most_age
    for failure in (Retryable("x"), DependencyDown("x"), Throttled("x", timedelta(seconds=1))):
        assert next_try(failure, 1, NOW, late, POLICY) is None


def test_a_short_patience_asked_for_is_waited_out_in_the_lane_a_long_one_is_not() -> None:
    assert waits_in_lane(Throttled("x", timedelta(seconds=10)), POLICY)
    assert not waits_in_lane(Throttled("x", timedelta(seconds=11)), POLICY)
    assert waits_in_lane(Retryable("x"), POLICY)


@given(st.integers(min_value=0, max_value=86_000))
def test_the_patience_asked_for_is_kept_and_hops_come_to_it(seconds: int) -> None:
    wait = next_try(Throttled("x", timedelta(seconds=seconds)), 3, NOW, NOW, POLICY)
    assert wait is not None
    assert wait.not_before == NOW + timedelta(seconds=seconds)
    assert wait.attempt == 3
    passed, hops, tier = timedelta(), 0, wait.tier
    while True:
        passed += tier.delay
        hops += 1
        remaining = timedelta(seconds=seconds) - passed
        if remaining <= timedelta():
            break
        tier = hop(remaining)
    assert passed >= timedelta(seconds=seconds)
    assert passed - timedelta(seconds=seconds) <= TIERS[0].delay
    assert hops < 50


@pytest.mark.parametrize("seconds", [30, 30.0])
def test_patience_may_be_named_in_seconds_too(seconds: float) -> None:
    failure = Throttled("slow down", seconds)
    assert failure.retry_after == timedelta(seconds=30)
    assert not waits_in_lane(failure, RetryPolicy())
    for wrong in ("soon", float("nan"), None):
        with pytest.raises((TypeError, ValueError)):
            Throttled("slow down", wrong)  # type: ignore[arg-type]  # as a plugin may
