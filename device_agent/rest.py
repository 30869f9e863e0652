"""Why nothing is sent for a time: a warning of WeChat's own, or a person's order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from loguru import logger
from prometheus_client import Gauge

from device_agent.policy import Warnings
from device_agent.spool import Spool
from schemas.model import Model, Moment
from schemas.phone_order import PhoneOrder

STOPPED = Gauge("hongyan_pace_stopped", "1 while nothing is sent: a warning, or a person's order")
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
"""Until a person says so."""
_FACT = "rest"
_ORDER = "order"
_SAME = timedelta(seconds=60)
"""Two dialogs so close are one warning."""
_A_DAY = timedelta(days=1)
_SKEW = timedelta(minutes=1)
"""By how much the clock of a person's machine may be behind the phone's."""
_UNTIL_RESUMED = "nothing is sent until somebody looks and says: hongyan phone resume"


class Warned(Model):
    """The rest that a warning caused, when it was seen last, and when WeChat said that one acts
    too often.
    """

    code: str
    until: Moment
    at: Moment | None = None
    seen: tuple[Moment, ...] = ()


class Rest:
    """Kept in the spool: an agent that starts again goes on resting."""

    def __init__(
        self,
        spool: Spool,
        seconds: float,
        clock: Callable[[], datetime],
        terms: Warnings | None = None,
    ) -> None:
        """`seconds` is how long a first rest lasts; without `terms` each lasts as long, and only
        "too frequent" causes one.
        """
        self._spool = spool
        self._length = timedelta(seconds=seconds)
        self._clock = clock
        self._terms = terms
        facts = spool.all("fact")
        told, ordered = facts.get(_FACT), facts.get(_ORDER)
        self._warned = Warned.model_validate_json(told) if told else None
        self._order = PhoneOrder.model_validate_json(ordered) if ordered else None
        STOPPED.set_function(lambda: self.until is not None)  # asked then: a rest ends by itself

    def begin(self, code: str = "too_frequent") -> None:
        """WeChat warned, now: `code` is the cover's name."""
        now, before = self._clock(), self._warned
        seen = tuple(at for at in before.seen if now - at < _A_DAY) if before is not None else ()
        if code == "too_frequent":
            seen = seen if seen and now - seen[-1] < _SAME else (*seen, now)
        until = self._until(code, len(seen), now)
        if until is None:
            return
        resting = before is not None and before.until > now
        if before is not None and resting and until - before.until < min(_SAME, self._length / 2):
            return
        self._keep(Warned(code=code, until=until, at=now, seen=seen))
        told = "a person resumes" if until == FOREVER else f"{until:%H:%M:%S} UTC"
        logger.error("WeChat warns ({}): nothing is sent until {}", code, told)

    def _until(self, code: str, count: int, now: datetime) -> datetime | None:
        """When the rest after a warning ends; None: it causes none."""
        terms = self._terms
        if terms is None:
            return now + self._length if code == "too_frequent" else None
        if code == "account_restricted" or count >= terms.stop_after:
            return FOREVER
        if code == "too_frequent":
            return now + self._length * terms.growth ** (count - 1)
        return now + self._length

    def _keep(self, warned: Warned | None) -> None:
        self._warned = warned
        if warned is None:
            self._spool.drop("fact", _FACT)
        else:
            self._spool.put("fact", _FACT, warned.model_dump_json())

    def follow(self, order: PhoneOrder) -> bool:
        """Obey a person's order, once: one heard again, after a restart perhaps, says nothing of a
        warning that came since. False where a later one is known.
        """
        if self._order is not None and order.at < self._order.at:
            logger.warning("{} by {} is older than {}", order.order, order.by, self._order.order)
            return False
        if order == self._order:
            return True
        logger.warning("{} by {}: {}", order.order, order.by, order.reason)
        self._order = order
        self._spool.put("fact", _ORDER, order.model_dump_json())
        if order.order == "resume" and self._warned is not None:
            self._end(self._warned, order.at)
        return True

    def _end(self, warned: Warned, at: datetime) -> None:
        """The rest after a warning that a person may have seen at that moment."""
        seen = warned.at is None or warned.at <= at + _SKEW
        if seen and warned.until > at:
            self._keep(warned.model_copy(update={"until": at}))

    @property
    def until(self) -> datetime | None:
        """When it ends; None if there is none, `FOREVER` if a person has to end it."""
        if self._order is not None and self._order.order == "stop":
            return FOREVER
        warned = self._warned
        return warned.until if warned is not None and warned.until > self._clock() else None

    @property
    def code(self) -> str | None:
        """Why: `stopped`, or the warning's own name; None if there is no rest."""
        if self._order is not None and self._order.order == "stop":
            return "stopped"
        return self._warned.code if self._warned is not None and self.until is not None else None

    @property
    def words(self) -> str:
        """Why, for people; empty if there is no rest."""
        code, until = self.code, self.until
        if code is None or until is None:
            return ""
        if code == "stopped" and self._order is not None:
            told = f"stopped by {self._order.by}: {self._order.reason}"
            return f"{told}; reading goes on, nothing is sent until: hongyan phone resume"
        said = _SAID.get(code, f"WeChat warned ({code})")
        if until == FOREVER:
            return f"{said}: {_UNTIL_RESUMED}"
        return f"{said}: nothing is sent until {until:%H:%M:%S} UTC"


_SAID: Final = {
    "too_frequent": "WeChat says one acts too often",
    "account_restricted": "WeChat restricted the account",
    "logged_out": "WeChat was logged out",
}
