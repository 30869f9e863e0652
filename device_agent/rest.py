"""The rest that WeChat asks for: while it lasts nothing is sent, whatever process runs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from loguru import logger

from device_agent.spool import Spool

_FACT = "rest_until"


class Rest:
    """Kept in the spool: an agent that starts again goes on resting."""

    def __init__(self, spool: Spool, seconds: float, clock: Callable[[], datetime]) -> None:
        """`seconds` is how long each lasts."""
        self._spool = spool
        self._length = timedelta(seconds=seconds)
        self._clock = clock
        kept = spool.all("fact").get(_FACT)
        self._until = datetime.fromisoformat(kept) if kept else None

    def begin(self) -> None:
        """From now on."""
        self._until = self._clock() + self._length
        self._spool.put("fact", _FACT, self._until.isoformat())
        logger.warning("nothing is sent until {}: WeChat says that one acts too often", self._until)

    @property
    def until(self) -> datetime | None:
        """When it ends; None if there is none."""
        return self._until if self._until is not None and self._until > self._clock() else None
