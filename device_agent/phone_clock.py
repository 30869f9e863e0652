"""The phone's own clock and zone, by which the time lines on its screen are drawn."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo

from loguru import logger

from schemas.failure import Retryable

_COMMAND = "date +%Y-%m-%dT%H:%M:%S%z"
_FRESH = 60.0  # seconds; a person may set the clock, and zones change


class PhoneClock:
    """Asks the phone at most once a minute, and counts on in between."""

    def __init__(
        self, shell: Callable[[str], Awaitable[str]], monotonic: Callable[[], float]
    ) -> None:
        """`shell` runs a command on the phone; `monotonic` in seconds."""
        self._shell = shell
        self._monotonic = monotonic
        self._told: datetime | None = None
        self._at = 0.0

    @property
    def zone(self) -> tzinfo | None:
        """The phone's zone as it was told last; None before."""
        return self._told.tzinfo if self._told is not None else None

    async def now(self) -> datetime | None:
        """The phone's time with its zone; None where it does not tell: times are then unknown,
        reading goes on.
        """
        passed = self._monotonic() - self._at
        if self._told is not None and passed < _FRESH:
            return self._told + timedelta(seconds=passed)
        try:
            self._told = datetime.fromisoformat((await self._shell(_COMMAND)).strip())
        except (Retryable, ValueError) as error:
            logger.debug("the phone does not tell its time: {}", error)
            self._told = None
        self._at = self._monotonic()
        return self._told
