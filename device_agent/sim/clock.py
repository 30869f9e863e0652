"""The simulated phone's clock: real time by default, adjustable in speed and by jumps."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

PHONE_ZONE = timezone(timedelta(hours=8), "CST")
PHONE_ZONE_NAME = "Asia/Shanghai"


class Clock:
    """Seconds since the epoch as the phone shows them; never runs backwards.

    `real` gives the host's seconds; `start` is what the phone shows first (default: real time) and
    `speed` how many simulated seconds pass in a real one.
    """

    def __init__(
        self,
        *,
        real: Callable[[], float] = time.time,
        start: float | None = None,
        speed: float = 1.0,
    ):
        self._real = real
        self._start, self._born_speed = start, speed
        self._last = 0.0
        self.restart()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def seconds(self) -> float:
        """The phone's time in seconds since the epoch."""
        shown = self._base + (self._real() - self._real_base) * self._speed
        self._last = max(self._last, shown)
        return self._last

    def now(self) -> datetime:
        """The phone's time, in the phone's zone."""
        return moment(self.seconds())

    def advance(self, seconds: float) -> None:
        """Jump forward by `seconds` of simulated time."""
        self._rebase(self.seconds() + seconds)

    def show(self, seconds: float) -> None:
        """Show another time from now on, even an earlier one."""
        self._last = 0.0
        self._rebase(seconds)

    def run_at(self, speed: float) -> None:
        """Run at `speed` simulated seconds per real second from now on (0 stands still)."""
        self._rebase(self.seconds())
        self._speed = speed

    def state(self) -> dict[str, float]:
        """What `restore` needs to go on after a restart of the process."""
        return {"shown": self.seconds(), "real": self._real(), "speed": self._speed}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a saved state as if the phone had kept running in between."""
        away = max(0.0, self._real() - state["real"])
        self._last = 0.0
        self._rebase(state["shown"] + away * state["speed"])
        self._speed = state["speed"]

    def restart(self) -> None:
        """Show again what it showed first, at the speed that it had: as a rule, real time."""
        self._speed = self._born_speed
        self._last = 0.0
        self._rebase(self._real() if self._start is None else self._start)

    def _rebase(self, shown: float) -> None:
        self._base = shown
        self._real_base = self._real()
        self._last = max(self._last, shown)


def moment(seconds: float) -> datetime:
    """Epoch seconds as a time in the phone's zone."""
    return datetime.fromtimestamp(seconds, PHONE_ZONE)


def rfc3339(seconds: float) -> str:
    """Epoch seconds as RFC 3339 text with milliseconds, in the phone's zone."""
    return moment(seconds).isoformat(timespec="milliseconds")
