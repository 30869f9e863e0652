"""The end of tasks: cancelled until they are done, within a limit."""

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN = 0.3  # seconds until a task that goes on is cancelled once more


async def end(tasks: Iterable[asyncio.Task[Any]], limit: float = 2.0) -> None:
    """Cancel the tasks and wait for them, at most `limit` seconds.

    Once is not enough: in Python 3.11 `asyncio.wait_for`, which libraries use, swallows a
    cancellation that meets the end of what it waits for (CPython issue 86296).
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit
    going = set(tasks)
    while going and loop.time() < deadline:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=_AGAIN)
