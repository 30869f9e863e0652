"""One generation of a plugin's code: what runs by it, what it started, and how it ends.

A reload begins the next generation beside it. Runs in flight finish by the old code; when the last
one has, the tasks it left behind are cancelled and its modules are let go.
"""

import asyncio
import gc
import sys
from contextvars import ContextVar
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final
from weakref import WeakSet

from plugins.fresh_source import forget

GRACE_S: Final = 5.0
"""How long a cancelled task of a plugin gets to stop."""

_OURS: Final = frozenset({"plugins", "streams", "connectors", "schemas", "hongyan"})

_running: ContextVar["Life | None"] = ContextVar("plugin generation", default=None)


class Life:
    """Of one generation; used from its event loop alone, once it runs."""

    def __init__(self, name: str, folder: Path, private: str) -> None:
        """`private` is the name of its module."""
        self.name = name
        self.folder = folder
        self.private = private
        self._inside = f"{folder}/"
        self._runs = 0
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._idle: asyncio.Event | None = None

    @property
    def runs(self) -> int:
        """How many runs are in flight."""
        return self._runs

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """What it started and what has not ended."""
        return [task for task in self._tasks if not task.done()]

    def __enter__(self) -> None:
        """A run begins: tasks that its code starts meanwhile, or that those start, are its own."""
        self._runs += 1
        _running.set(self)

    def __exit__(self, *raised: object) -> None:
        """It is over."""
        _running.set(None)
        self._runs -= 1
        if self._runs == 0 and self._idle is not None:
            self._idle.set()

    async def end(self, grace_s: float = GRACE_S) -> "list[asyncio.Task[Any]]":
        """Wait for the runs in flight, then cancel what it started and let its modules go; the
        tasks that did not stop.
        """
        self._idle = asyncio.Event()
        if self._runs:
            await self._idle.wait()
        left = self.tasks
        for task in left:
            task.cancel()
        stubborn = (await asyncio.wait(left, timeout=grace_s))[1] if left else ()
        self.let_go()
        return list(stubborn)

    def let_go(self) -> None:
        """Forget its modules; what still runs keeps them for as long."""
        forget(self.private)
        gc.collect()  # a module and its functions refer to each other

    def _started(self, task: "asyncio.Task[Any]", caller: FrameType | None) -> None:
        """Keep a task of its own: one whose code is in its folder, or that its code asked for.

        What our own code starts on its behalf (a connection, say) serves others too.
        """
        code = getattr(task.get_coro(), "cr_code", None)
        if (isinstance(code, CodeType) and self._holds(code)) or self._asks(caller):
            self._tasks.add(task)

    def _asks(self, frame: FrameType | None) -> bool:
        while frame is not None:
            if self._holds(frame.f_code):
                return True
            if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _OURS:
                return False
            frame = frame.f_back
        return False

    def _holds(self, code: CodeType) -> bool:
        return code.co_filename.startswith(self._inside)


def own_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """From now on the loop notes which plugin started a task."""

    def make(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
        life = _running.get()
        if life is not None:
            life._started(task, sys._getframe(1))  # noqa: SLF001  # its own other half
        return task

    loop.set_task_factory(make)
