"""The screens that stood lately, so that a fault may show an older one."""

from collections import deque
from collections.abc import Callable
from typing import Any

from device_agent.sim.screens.node import Node

_KEPT = 8
Frame = tuple[Any, ...]


class Frames:
    """The present windows and those they replaced. `monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._older: deque[tuple[float, list[Node]]] = deque(maxlen=_KEPT)
        self.frame: Frame | None = None
        self.windows: list[Node] = []

    def put(self, frame: Frame, windows: list[Node]) -> None:
        """New windows stand from now on."""
        if self.windows:
            self._older.append((self._monotonic(), self.windows))
        self.frame, self.windows = frame, windows

    def ago(self, milliseconds: float) -> list[Node]:
        """The windows as far back, as old as they are kept."""
        since = self._monotonic() - milliseconds / 1000
        return next((older for until, older in self._older if until >= since), self.windows)

    @property
    def before(self) -> list[Node] | None:
        """The windows that the present ones replaced."""
        return self._older[-1][1] if self._older else None
