"""Threads for plugins that block: each run has one of its own, with an event loop of its own.

What a run asks of its surroundings (HTTP, a flush, a question) is carried out on the worker's loop.
A thread that does not stop when its time is up is left behind, named, and can change nothing. With
all its threads left behind an instance is left alone, as a dependency that is away would be.
"""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from loguru import logger
from prometheus_client import Gauge

from plugins.context import Context, Outside
from schemas.failure import CircuitOpen, Retryable
from streams.loop_watch import place_of

MOST: Final = 8  # threads of one plugin instance
_GRACE_S: Final = 1.0

LEFT = Gauge("hongyan_threads_left", "Threads of plugins that did not stop in time", ["instance"])


class _Slots:
    """Of one instance: `busy` threads, of which `left` ones stand still for good."""

    def __init__(self, instance: str, most: int) -> None:
        self._instance = instance
        self._most = most
        self._changed = asyncio.Event()
        self.busy = 0
        self.left = 0

    async def take(self) -> None:
        """Wait for a place.

        Raises:
            CircuitOpen: every place is held by a thread that was left behind.

        """
        while self.busy >= self._most:
            if self.left >= self._most:
                raise CircuitOpen(
                    f"all {self._most} threads of {self._instance} stand still: mend it and start "
                    'the worker again, or say `blocking = "process"` in its plugin.toml',
                    dependency=f"threads of {self._instance}",
                )
            self._changed.clear()
            await self._changed.wait()
        self.busy += 1

    def give_back(self) -> None:
        """A thread has ended."""
        self.busy -= 1
        self._changed.set()

    def leave(self, by: int) -> None:
        """So many more threads are left behind."""
        self.left += by
        LEFT.labels(instance=self._instance).inc(by)
        self._changed.set()


class ThreadLane:
    """Runs coroutines of plugins in threads, so many of each instance at once."""

    def __init__(self, most: int = MOST, grace_s: float = _GRACE_S) -> None:
        """`grace_s`: what a cancelled run gets to end by itself."""
        self._most = most
        self._grace_s = grace_s
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Slots]] = (
            WeakKeyDictionary()
        )

    async def run(
        self, instance: str, ctx: Context, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """`work` in a thread, with `ctx` reaching back to this loop meanwhile.

        Raises:
            CircuitOpen: every thread of this instance stands still.
            BaseException: what `work` raised.

        """
        here = self._slots.setdefault(asyncio.get_running_loop(), {})
        slots = here.setdefault(instance, _Slots(instance, self._most))
        await slots.take()
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
        slots: _Slots,
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
        # The context names the lane: what is done on the worker's loop is done for it.
        thread = threading.Thread(
            target=copy_context().run,
            args=(self._in_thread,),
            name=f"plugin {self._instance}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:
            self._slots.give_back()
            raise Retryable(f"no thread for {self._instance}: {error}") from error
        try:
            await asyncio.shield(self._done)
        except asyncio.CancelledError:
            if not self._done.done():
                await self._stop(thread, grace_s)
            raise

    async def _stop(self, thread: threading.Thread, grace_s: float) -> None:
        self.over = True
        if self._there is not None:
            loop, task = self._there
            loop.call_soon_threadsafe(task.cancel)
        await asyncio.wait({self._done}, timeout=grace_s)
        if not self._done.done():
            self._left = True
            self._slots.leave(1)
            frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  # the only way
            logger.error(
                "{} does not stop: its thread is left behind at {}", self._instance, place_of(frame)
            )

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
        self._slots.give_back()
        if self._left:
            self._slots.leave(-1)
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
