"""Whether a process lives: what its own watchdog last said, and how long ago."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STALE_S: Final = 30.0
"""A watchdog that has not looked for so long hangs, and the process's event loop with it."""


@dataclass(frozen=True)
class Look:
    """What a watchdog saw: what is wrong, or None; and figures for people."""

    trouble: str | None
    lag: int = 0
    still_s: float = 0.0


class Liveness:
    """Written by the watchdog, read from the thread that answers `/healthz`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` in seconds, monotonic."""
        self._clock = clock
        self._last: tuple[float, Look] | None = None

    def note(self, look: Look) -> None:
        """The watchdog looked."""
        self._last = (self._clock(), look)

    def answer(self) -> tuple[bool, dict[str, object]]:
        """Whether it lives, and what to tell. Before the first look it is starting, and lives."""
        last = self._last
        if last is None:
            return True, {"status": "starting"}
        at, look = last
        ago = self._clock() - at
        trouble = look.trouble
        if trouble is None and ago > STALE_S:
            trouble = f"the watchdog has not looked for {ago:.0f} s: the process hangs"
        told: dict[str, object] = {
            "status": "ok" if trouble is None else "failing",
            "lag": look.lag,
            "still_s": round(look.still_s, 1),
            "looked_s_ago": round(ago, 1),
        }
        return trouble is None, told if trouble is None else {**told, "trouble": trouble}
