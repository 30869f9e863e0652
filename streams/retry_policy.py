"""When failed work is tried again: in its lane, after a delay, or never. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.failure import CircuitOpen, DependencyDown, Failure, Retryable, Throttled
from schemas.topics import RETRIES, Topic


class Tier(NamedTuple):
    """A retry topic; whatever is written to it waits the same time, which is its name."""

    name: str
    topic: Topic
    delay: timedelta


TIERS: tuple[Tier, ...] = tuple(
    Tier(topic.pattern.split(".")[2], topic, topic.delay)
    for topic in RETRIES
    if topic.delay is not None
)
_PATIENT = ((timedelta(minutes=1), 0), (timedelta(minutes=10), 1))
"""How long a dependency has been away, and the tier asked again after; longer: two minutes."""
_PATIENT_MOST = 2


@dataclass(frozen=True)
class RetryPolicy:
    """The bounds. `attempts` are runs in all, the first one too; `lane_…` are of level 0, where
    the chat waits in memory; `most_age` is from the first failure.
    """

    lane_tries: int = 3
    lane_seconds: float = 10.0
    attempts: int = 1 + len(TIERS)
    most_age: timedelta = timedelta(hours=24)
    most_parked: int = 1000


class Wait(NamedTuple):
    """Try again as `attempt`, after the tier's delay, and not before `not_before` if it is set."""

    tier: Tier
    attempt: int
    not_before: datetime | None = None


def waits_in_lane(failure: Failure, policy: RetryPolicy) -> bool:
    """Whether a failure may go well within the seconds that a chat can wait in memory."""
    if isinstance(failure, Throttled):
        return failure.retry_after.total_seconds() <= policy.lane_seconds
    if isinstance(failure, CircuitOpen):
        return False
    return isinstance(failure, Retryable)


def next_try(
    failure: Failure, attempt: int, first_failed: datetime, now: datetime, policy: RetryPolicy
) -> Wait | None:
    """What follows a failed run number `attempt`; None: it is for a person (dead letter).

    A dependency that is away and a side that asks for patience spend no attempt: they say nothing
    of the event.
    """
    if not isinstance(failure, Retryable) or now - first_failed >= policy.most_age:
        return None
    if isinstance(failure, Throttled):
        asked = min(failure.retry_after, policy.most_age)
        until = min(now + asked, first_failed + policy.most_age)
        return Wait(hop(until - now), attempt, until)
    if isinstance(failure, DependencyDown):
        away = now - first_failed
        index = next((tier for limit, tier in _PATIENT if away < limit), _PATIENT_MOST)
        return Wait(TIERS[index], attempt)
    if attempt >= policy.attempts:
        return None
    return Wait(TIERS[min(attempt, len(TIERS)) - 1], attempt + 1)


def hop(remaining: timedelta) -> Tier:
    """The tier for what is left to wait: the longest that is not longer, else the shortest.

    A time that no tier has is reached by several hops; the last may be late by the shortest delay.
    """
    fitting = [tier for tier in TIERS if tier.delay <= remaining]
    return fitting[-1] if fitting else TIERS[0]
