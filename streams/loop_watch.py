"""Names the plugin that blocks the worker's loop, from a thread beside it."""

import asyncio
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from loguru import logger
from prometheus_client import Counter

from plugins.loader import PRIVATE

BLOCKED = Counter(
    "hongyan_loop_blocked", "Times that the worker's loop stood still, by who held it", ["instance"]
)
_LOOK_S: Final = 0.25
_OURSELVES: Final = "worker"


class LoopWatch:
    """Looks every quarter of a second whether the loop turned; says once what holds it up."""

    def __init__(
        self, named: Callable[["asyncio.Task[Any]"], str | None], *, patience_s: float = 1.0
    ) -> None:
        """`named` says whose run a task carries out; it is called from another thread."""
        self._named = named
        self._patience_s = patience_s
        self._beat = 0.0
        self._stopped = threading.Event()

    async def keep(self, ticks: Callable[[], float]) -> None:
        """Watch until cancelled; `ticks` gives monotonic seconds."""
        self._beat = ticks()
        loop, thread = asyncio.get_running_loop(), threading.get_ident()
        watch = threading.Thread(
            target=self._watch, args=(loop, thread, ticks), name="loop watch", daemon=True
        )
        watch.start()
        try:
            while True:
                await asyncio.sleep(_LOOK_S)
                self._beat = ticks()
        finally:
            self._stopped.set()

    def _watch(
        self, loop: asyncio.AbstractEventLoop, thread: int, ticks: Callable[[], float]
    ) -> None:
        told = -1.0
        while not self._stopped.wait(_LOOK_S):
            beat = self._beat
            if beat != told and ticks() - beat > self._patience_s + _LOOK_S:
                told = beat
                self._say(loop, sys._current_frames().get(thread))  # noqa: SLF001  # the only way

    def _say(self, loop: asyncio.AbstractEventLoop, frame: FrameType | None) -> None:
        task = asyncio.current_task(loop)
        instance = (self._named(task) if task is not None else None) or _OURSELVES
        place = place_of(frame)
        BLOCKED.labels(instance=instance).inc()
        logger.error(
            "{} blocks the worker at {}: nothing else runs meanwhile. Await what it waits for, or "
            'say `blocking = "thread"` (or "process") in its plugin.toml',
            instance,
            place,
        )


def place_of(frame: FrameType | None) -> str:
    """The plugin's own line, deep in whose call the loop stands; without one, that call's."""
    deepest = frame
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(PRIVATE):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    if deepest is None:
        return "an unknown place"
    return f"{deepest.f_code.co_filename}:{deepest.f_lineno}"
