"""Stops an instance that fails, drags or talks too much: its events wait until its owner decides.

What waits is parked as behind a dependency that is away: in order, durably, spending no attempt,
within the bounds of every gate (docs/decisions/0012-quarantine-parks.md).
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from loguru import logger
from prometheus_client import Gauge

from plugins.limits import InstanceLimits
from plugins.plugin import Instance
from schemas.event import PluginQuarantined
from schemas.failure import CircuitOpen, DependencyDown, Failure, Throttled

QUARANTINED = Gauge(
    "hongyan_plugin_quarantined", "Instances whose events wait: 1 for each", ["instance"]
)
MINUTE_S: Final = 60.0
_SLOW: Final = 0.5
"""The part of its time limit behind which a run is slow."""


@dataclass
class _Counted:
    """Of one instance: moments of errors and slow runs, and what it sent on one day."""

    errors: deque[float] = field(default_factory=deque)
    slow: deque[float] = field(default_factory=deque)
    day: date | None = None
    actions: int = 0


class Quarantine:
    """Decides by what each run came to; who holds it back for good is the database."""

    def __init__(self, ticks: Callable[[], float], now: Callable[[], datetime]) -> None:
        """`ticks`: monotonic seconds."""
        self._ticks = ticks
        self._now = now
        self._held: dict[str, str] = {}
        self._counted: dict[str, _Counted] = {}
        self.fresh: deque[tuple[str, str, datetime]] = deque()
        """Instances that were put in quarantine here, why and when; who stores them takes them
        out.
        """

    @property
    def held(self) -> Mapping[str, str]:
        """Instances in quarantine, and why."""
        return self._held

    def refusal(self, instance: str) -> CircuitOpen | None:
        """What a run of it fails with; None: it may run."""
        why = self._held.get(instance)
        if why is None:
            return None
        return CircuitOpen(
            f"{instance} is in quarantine: {why}. Its events wait for "
            f"`hongyan plugin enable {instance}`",
            dependency=instance,
        )

    def become(self, held: Mapping[str, str]) -> None:
        """As the database has it, and what is still to be stored there."""
        waiting = {name: why for name, why, _ in self.fresh}
        for name in self._held.keys() - held.keys() - waiting.keys():
            QUARANTINED.remove(name)
            self._counted.pop(name, None)  # it begins anew
            logger.info("{} is out of quarantine", name)
        for name in held.keys() - self._held.keys():
            QUARANTINED.labels(instance=name).set(1)
        self._held = {**waiting, **held}

    def ran(
        self, instance: Instance, seconds: float, limit_s: float, failure: Failure | None, said: int
    ) -> None:
        """A run ended: it took so long of so much, failed or not, and said so many things."""
        limits, name = instance.limits, instance.name
        if name in self._held or not _counts(limits):
            return
        counted = self._counted.setdefault(name, _Counted())
        if why := self._judged(counted, limits, seconds > _SLOW * limit_s, failure, said):
            self._held[name] = why
            self.fresh.append((name, why, self._now()))
            QUARANTINED.labels(instance=name).set(1)
            logger.error("{} is put in quarantine: {}", name, why)

    def _judged(
        self,
        counted: _Counted,
        limits: InstanceLimits,
        slow: bool,
        failure: Failure | None,
        said: int,
    ) -> str | None:
        now, today = self._ticks(), self._now().date()
        errors, drags = limits.errors_per_minute, limits.slow_per_minute
        if _is_fault(failure) and _more(counted.errors, now, errors):
            return f"over {errors} errors within a minute: {failure}"[:500]
        if slow and _more(counted.slow, now, drags):
            return f"over {drags} slow runs within a minute"
        if counted.day != today:
            counted.day, counted.actions = today, 0
        counted.actions += said
        if limits.actions_per_day is not None and counted.actions > limits.actions_per_day:
            return f"over {limits.actions_per_day} messages on {today}"
        return None


def _counts(limits: InstanceLimits) -> bool:
    bounds = (limits.errors_per_minute, limits.slow_per_minute, limits.actions_per_day)
    return any(bound is not None for bound in bounds)


def _is_fault(failure: Failure | None) -> bool:
    return failure is not None and not isinstance(failure, DependencyDown | Throttled)


def _more(moments: deque[float], now: float, most: int | None) -> bool:
    if most is None:
        return False
    moments.append(now)
    while moments and moments[0] < now - MINUTE_S:
        moments.popleft()
    return len(moments) > most


def quarantined(instance: str, why: str, at: datetime) -> PluginQuarantined:
    """The event that tells of it."""
    name = f"quarantine/{instance}/{at.isoformat()}"
    return PluginQuarantined(
        event_id=str(uuid5(NAMESPACE_URL, name)),
        channel="hongyan",
        account="default",
        observed_at=at,
        source=instance,
        instance=instance,
        why=why,
    )
