"""Wait for a dependency that is away, in place, without end and without losing the work."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

from loguru import logger

from schemas.failure import DependencyDown, Retryable

T = TypeVar("T")

_FIRST_S = 0.1
_MOST_S = 5.0


def backoff(attempt: int, chance: Random) -> float:
    """Seconds before try `attempt` + 1: full jitter under a doubling ceiling of 0.1 to 5 s. Pure
    but for `chance`.
    """
    return chance.uniform(0, min(_MOST_S, _FIRST_S * 2 ** min(attempt, 10)))


class Patience:
    """Calls again while a dependency is away. The wait ends only by cancellation."""

    def __init__(self, chance: Random) -> None:
        """`chance` gives the jitter."""
        self.chance = chance
        self._told = False

    async def wait_for(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result. A subclass of Retryable that is no DependencyDown and no plain
        Retryable (a StateConflict) is the caller's to decide.
        """
        attempt = 0
        while True:
            try:
                result = await call()
            except Retryable as failure:
                if type(failure) not in {DependencyDown, Retryable}:
                    raise
                if not self._told:
                    logger.warning("{} waits: {}", what, failure)
                    self._told = True
                await asyncio.sleep(backoff(attempt, self.chance))
                attempt += 1
            else:
                if attempt and self._told:
                    logger.info("{} goes on", what)
                    self._told = False
                return result
