"""Time limits of plugin runs, kept by one clock for all: a timer for each costs more than a short
run does.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

TICK_S: Final = 0.1

Task = asyncio.Task[Any]


class Limits:
    """Cancels what runs too long, at most a tick late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` in seconds, monotonic."""
        self._clock = clock
        self._ends: dict[Task, float] = {}
        self._names: dict[Task, str] = {}
        self._expired: set[Task] = set()

    def begin(self, task: Task, seconds: float, name: str = "") -> None:
        """From now on the task has that long; `name` says whose run it is."""
        self._names[task] = name
        self._ends[task] = self._clock() + seconds

    def end(self, task: Task) -> bool:
        """The run is over; whether its time was up and it was cancelled for that."""
        del self._ends[task], self._names[task]
        if task not in self._expired:
            return False
        self._expired.discard(task)
        task.uncancel()
        return True

    def named(self, task: Task) -> str | None:
        """Whose run a task carries out; also called from other threads."""
        return self._names.get(task)

    async def keep(self) -> None:
        """Watch for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            now = self._clock()
            for task, end in self._ends.items():
                if now >= end and task not in self._expired:
                    self._expired.add(task)
                    task.cancel()
