"""Level 0 of trying again: in the lane, in memory, for some seconds."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
)

from schemas.failure import Failure, Throttled
from streams.patience import backoff
from streams.retry_policy import RetryPolicy, waits_in_lane

T = TypeVar("T")


async def again_in_lane(
    attempt: Callable[[], Awaitable[T]], failure: Failure, policy: RetryPolicy, chance: Random
) -> T:
    """Try again after a first failure, within the policy's tries and seconds in all.

    Raises:
        Failure: the last try's, or the given one at once where waiting would not help it.

    """
    first: list[Failure] = [failure]

    async def next_one() -> T:
        if first:  # the try that failed already is the first
            raise first.pop()
        return await attempt()

    def rest(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, Throttled):
            return error.retry_after / timedelta(seconds=1)
        return backoff(state.attempt_number + 1, chance)

    retrying = AsyncRetrying(
        stop=stop_after_attempt(policy.lane_tries) | stop_after_delay(policy.lane_seconds),
        wait=rest,
        retry=retry_if_exception(
            lambda error: isinstance(error, Failure) and waits_in_lane(error, policy)
        ),
        reraise=True,
    )
    return await retrying(next_one)
