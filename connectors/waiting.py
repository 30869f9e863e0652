"""Waits for a dependency that is away, in place: the caller holds the work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from loguru import logger

from schemas.failure import Retryable

T = TypeVar("T")
_PATIENCE: Final = 0.5  # seconds between tries


async def patiently(who: str, work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives, asked again while something is away; the wait ends by cancellation."""
    told = False
    while True:
        try:
            return await work()
        except Retryable as error:
            if not told:
                logger.warning("{} wait: {}", who, error)
                told = True
            await asyncio.sleep(_PATIENCE)
