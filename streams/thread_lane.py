"""Threads for plugins that block: each run has one of its own, with an event loop of its own.

What a run asks of its surroundings (HTTP, a flush, a question) is carried out on the worker's loop.
A thread that does not stop when its time is up is left behind, counted, and can change nothing.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from loguru import logger
from prometheus_client import Gauge

from plugins.context import Context, Outside
from schemas.failure import Retryable

MOST: Final = 8  # threads of one plugin instance
_GRACE_S: Final = 1.0

LEFT = Gauge("hongyan_threads_left", "Threads of plugins that did not stop in time", ["instance"])


class ThreadLane:
    """Runs coroutines of plugins in threads, so many of each instance at once."""

    def __init__(self, most: int = MOST, grace_s: float = _GRACE_S) -> None:
        """`grace_s`: what a cancelled run gets to end by itself."""
        self._most = most
        self._grace_s = grace_s
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = (
            WeakKeyDictionary()
        )

    async def run(
        self, instance: str, ctx: Context, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """`work` in a thread, with `ctx` reaching back to this loop meanwhile.

        Raises:
            BaseException: what `work` raised.

        """
        here = self._slots.setdefault(asyncio.get_running_loop(), {})
        slots = here.setdefault(instance, asyncio.Semaphore(self._most))
        await slots.acquire()
        run = _ThreadRun(instance, work, slots)
        ctx.reach_through(run.moved)
        try:
            await run.ended(self._grace_s)
        finally:
            run.over = True


class _ThreadRun:
    """One run in its thread."""

    def __init__(
        self,
        instance: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        slots: asyncio.Semaphore,
    ) -> None:
        self._instance = instance
        self._work = work
        self._slots = slots
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._there: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._left = False
        self.over = False

    async def ended(self, grace_s: float) -> None:
        """Start it and wait for its end.

        Raises:
            Retryable: the machine gives no more threads.
            BaseException: what the run raised.

        """
        thread = threading.Thread(
            target=self._in_thread, name=f"plugin {self._instance}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            self._slots.release()
            raise Retryable(f"no thread for {self._instance}: {error}") from error
        try:
            await asyncio.shield(self._done)
        except asyncio.CancelledError:
            if not self._done.done():
                await self._stop(grace_s)
            raise

    async def _stop(self, grace_s: float) -> None:
        self.over = True
        if self._there is not None:
            loop, task = self._there
            loop.call_soon_threadsafe(task.cancel)
        await asyncio.wait({self._done}, timeout=grace_s)
        if not self._done.done():
            self._left = True
            LEFT.labels(instance=self._instance).inc()
            logger.error("{} does not stop: its thread is left behind", self._instance)

    def _in_thread(self) -> None:
        try:
            raised = asyncio.run(self._main())
        except (SystemExit, KeyboardInterrupt) as error:  # which asyncio keeps in no task
            raised = error
        self._loop.call_soon_threadsafe(self._settle, raised)

    async def _main(self) -> BaseException | None:
        """What the run raised; None: it ended well."""
        task = asyncio.create_task(self._work(), name=f"plugin {self._instance}")
        self._there = asyncio.get_running_loop(), task
        if self.over:
            task.cancel()
        await asyncio.wait({task})
        return asyncio.CancelledError() if task.cancelled() else task.exception()

    def _settle(self, raised: BaseException | None) -> None:
        self._slots.release()
        if self._left:
            LEFT.labels(instance=self._instance).dec()
        if isinstance(raised, asyncio.CancelledError):
            self._done.cancel()
        elif raised is not None:
            self._done.set_exception(raised)
            self._done.exception()  # heard, also where nobody waits any more
        else:
            self._done.set_result(None)

    def moved(self, outside: Outside) -> Outside:
        """The same surroundings, seen from the thread."""
        draft = outside.shared
        if draft.read is not None:
            draft.read = self._back(draft.read)
        through = outside.through
        return replace(
            outside,
            fetch=self._back(outside.fetch),
            flush=self._back(outside.flush),
            checkpoint=self._back(outside.checkpoint),
            asked=self._back(outside.asked) if outside.asked is not None else None,
            through=self._through(through) if through is not None else None,
            sources=outside.sources.moved(self._back),
        )

    def _back(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """A call that is carried out on the worker's loop."""

        async def there(*arguments: Any) -> Any:
            return await self._carried(call, *arguments)

        return there

    def _through(self, through: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """A breaker's place is the worker's loop; what it lets through runs here."""

        async def there(dependency: str, call: Callable[[], Awaitable[Any]]) -> Any:
            own = asyncio.get_running_loop()

            async def again() -> Any:
                return await asyncio.wrap_future(
                    asyncio.run_coroutine_threadsafe(_awaited(call()), own)
                )

            return await self._carried(through, dependency, again)

        return there

    async def _carried(self, call: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        async def here() -> Any:
            # Looked at where it is carried out: the run may be over since the thread asked.
            if self.over:
                raise asyncio.CancelledError
            return await call(*arguments)

        future = asyncio.run_coroutine_threadsafe(here(), self._loop)
        return await asyncio.wrap_future(future)


async def _awaited(waiting: Awaitable[Any]) -> Any:
    return await waiting
