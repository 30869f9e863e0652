"""When a webhook that was not taken is posted again. Pure but for chance, which is an argument."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400)
)
"""After each try, the last one for all later ones; the receiver's `Retry-After` comes first."""
_SPREAD: Final = 0.2


def next_try(
    tries: int, now: datetime, expires_at: datetime, wait: timedelta | None, chance: Random
) -> datetime:
    """When to try after the `tries`-th failure (1 is the first): never later than it expires, so
    that its end is told in time.
    """
    usual = WAITS[min(tries, len(WAITS)) - 1] * chance.uniform(1 - _SPREAD, 1 + _SPREAD)
    return min(now + max(usual, wait or timedelta()), max(expires_at, now))
