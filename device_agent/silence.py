"""Notices that nothing has come in for long although the phone works: a silent death. Pure."""

from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Gauge

QUIET = Gauge("hongyan_device_quiet_seconds", "Seconds since the last event was read")


class Silence:
    """Counts from the last event that was read, or from the start."""

    def __init__(
        self, limit: float, newest: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        """`limit` in seconds, 0: never; `newest` numbers the last event; `monotonic` in seconds."""
        self._limit = limit
        self._newest = newest
        self._monotonic = monotonic
        self._number = newest()
        self._since = monotonic()

    def words(self) -> str | None:
        """What to say where the silence is too long; None where it is not. Ask while all is well:
        a time without a phone is not silence (`broken` ends it).
        """
        number, now = self._newest(), self._monotonic()
        if number != self._number:
            self._number, self._since = number, now
        quiet = now - self._since
        QUIET.set(quiet)
        if self._limit <= 0 or quiet < self._limit:
            return None
        # The words stay the same for as long as it lasts: each change is a record.
        return f"nothing has come in for {timedelta(seconds=int(self._limit))}: is WeChat online?"

    def broken(self) -> None:
        """The phone was away, or WeChat: count anew."""
        self._since = self._monotonic()
