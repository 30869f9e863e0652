"""How much of the phone an errand may use: so many calls a step, and so many an hour. Pure."""

from collections import deque
from collections.abc import Callable

_HOUR = 3600.0


class Budget:
    """Counts calls to the phone. A step may overrun its share by the calls it takes to get back."""

    def __init__(self, *, step: int, hour: int, monotonic: Callable[[], float]) -> None:
        """`step` calls between two looks at the list, `hour` calls within 3600 s of `monotonic`."""
        self._step = step
        self._hour = hour
        self._monotonic = monotonic
        self._spent = 0
        self._calls: deque[float] = deque()

    def begin(self) -> None:
        """A new step."""
        self._spent = 0

    def spend(self, calls: int = 1) -> None:
        """So many calls were made now."""
        self._spent += calls
        self._calls.extend([self._monotonic()] * calls)

    @property
    def left(self) -> bool:
        """Whether the step may go on."""
        return self._spent < self._step and self.open

    @property
    def open(self) -> bool:
        """Whether the hour has room."""
        since = self._monotonic() - _HOUR
        while self._calls and self._calls[0] <= since:
            self._calls.popleft()
        return len(self._calls) < self._hour
