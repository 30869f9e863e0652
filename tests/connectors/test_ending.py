"""Tasks that do not end at the first word."""

import asyncio
from contextlib import suppress

from connectors.ending import end


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    async def deaf_once() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_once())
    await asyncio.wait({task}, timeout=0)
    await end([task])
    assert task.cancelled()


async def test_a_task_that_never_ends_is_left_at_the_limit() -> None:
    free = asyncio.Event()

    async def deaf() -> None:
        while not free.is_set():
            with suppress(asyncio.CancelledError):
                await free.wait()

    task = asyncio.create_task(deaf())
    await asyncio.wait({task}, timeout=0)
    await end([task], limit=0.5)
    assert not task.done()
    free.set()
    await task


async def test_nothing_to_end_ends_at_once() -> None:
    await end([])
