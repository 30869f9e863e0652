"""Circuit breakers, one for each dependency that plugins call: what is away is left alone.

States are counted by purgatory. It rests by the wall's clock; resting is done here, by the
monotonic one, so that a clock that is set back holds nobody off.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar, cast

from aiolimiter import AsyncLimiter
from loguru import logger
from prometheus_client import Counter, Gauge
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import ExcludeType, OpenedState
from purgatory.service._async.repository import AsyncInMemoryRepository
from purgatory.service._async.unit_of_work import AsyncInMemoryUnitOfWork

from plugins.classification import classified
from schemas.failure import BadRequest, CircuitOpen, DependencyDown, Retryable
from streams.lanes import is_handed_back, lane_is_handed_back

OPEN = Gauge("hongyan_circuits_open", "Dependencies of plugins that are left alone, of this worker")
REFUSED = Counter("hongyan_circuit_refusals", "Calls that an open circuit did not let through")

_AT_ONCE: Final = -86_400.0  # seconds: the library's own rest is over whatever the clock does

_MOST: Final = 1000  # hosts that plugins ask are beyond counting

T = TypeVar("T")


@dataclass(frozen=True)
class Easing:
    """`threshold` failures in a row open a circuit for `rest_s`; then one call tries it. When it
    went well, `rate` calls a second pass for `eased_s`; a call waits `patience_s` for its turn.
    """

    threshold: int = 5
    rest_s: float = 30.0
    rate: float = 5.0
    eased_s: float = 60.0
    patience_s: float = 5.0


@dataclass
class _Circuit:
    """What is known of one dependency; times are monotonic."""

    opened: float | None = None
    tried: bool = False
    eased_until: float = 0.0
    limiter: AsyncLimiter | None = None
    users: int = 0


class Breakers:
    """Lets calls through to their dependencies, or not."""

    def __init__(
        self, ticks: Callable[[], float], easing: Easing | None = None, most: int = _MOST
    ) -> None:
        """`ticks`: monotonic seconds; `most`: so many dependencies are known at once."""
        self._ticks = ticks
        self._easing = easing or Easing()
        self._most = most
        self._known = AsyncInMemoryUnitOfWork()
        self._factory = AsyncCircuitBreakerFactory(
            default_threshold=self._easing.threshold,
            default_ttl=_AT_ONCE,
            uow=self._known,
        )
        self._factory.add_listener(self._noted)
        self._circuits: OrderedDict[str, _Circuit] = OrderedDict()

    async def through(self, dependency: str, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result. Retryable failures and time-outs count against the dependency; an
        answer, a refusal among it, counts for it; a hand-over or a bug in the call says nothing.

        Raises:
            CircuitOpen: it was not called: it is away, or comes back and others go first.

        """
        circuit = self._circuit(dependency)
        circuit.users += 1
        try:
            return await self._passed(dependency, circuit, call)
        finally:
            circuit.users -= 1

    async def _passed(
        self, dependency: str, circuit: _Circuit, call: Callable[[], Awaitable[T]]
    ) -> T:
        if circuit.opened is not None:
            if circuit.tried or self._ticks() < circuit.opened + self._easing.rest_s:
                raise self._refusal(dependency, "is away and left alone")
            circuit.tried = True
        elif self._ticks() < circuit.eased_until:
            await self._turn(dependency, circuit)
        excused: ExcludeType = [(BaseException, partial(_excused, circuit))]
        try:
            async with await self._factory.get_breaker(dependency, exclude=excused):
                return await call()
        except OpenedState:  # others failed while this one waited for its turn
            raise self._refusal(dependency, "is away and left alone") from None
        except DependencyDown as failure:
            failure.dependency = failure.dependency or dependency
            raise
        finally:
            circuit.tried = False

    def _circuit(self, dependency: str) -> _Circuit:
        """What is known of it; the dependency that was not asked for longest is forgotten, unless
        it is away.
        """
        circuit = self._circuits.setdefault(dependency, _Circuit())
        self._circuits.move_to_end(dependency)
        if len(self._circuits) > self._most:
            idle = (n for n, c in self._circuits.items() if c.opened is None and not c.users)
            name = next(idle, dependency)
            if name != dependency:
                del self._circuits[name]
                cast("AsyncInMemoryRepository", self._known.contexts).breakers.pop(name, None)
        return circuit

    async def _turn(self, dependency: str, circuit: _Circuit) -> None:
        if circuit.limiter is None:
            circuit.limiter = AsyncLimiter(self._easing.rate, 1)
        try:
            async with asyncio.timeout(self._easing.patience_s):
                await circuit.limiter.acquire()
        except TimeoutError:
            raise self._refusal(dependency, "has just come back, others go first") from None

    def _refusal(self, dependency: str, why: str) -> CircuitOpen:
        REFUSED.inc()
        return CircuitOpen(f"{dependency} {why}", dependency=dependency)

    def _noted(self, name: str, happened: str, event: Any) -> None:
        if happened != "state_changed" or name not in self._circuits:
            return
        circuit = self._circuits[name]
        if event.state == "opened":
            if circuit.opened is None:
                logger.warning("{} is away: its circuit is open", name)
                OPEN.inc()
            circuit.opened = self._ticks()
        elif event.state == "closed" and circuit.opened is not None:
            logger.info("{} is back: its circuit is closed", name)
            OPEN.dec()
            circuit.opened = None
            circuit.eased_until = self._ticks() + self._easing.eased_s
            circuit.limiter = None


def _excused(circuit: _Circuit, raised: BaseException) -> bool:
    """Whether an exception does not count against the dependency. What says nothing of it leaves
    an open circuit open: its trial told nothing.
    """
    if isinstance(raised, asyncio.CancelledError):
        task = asyncio.current_task()
        handed_back = lane_is_handed_back() or (task is not None and is_handed_back(task))
        return handed_back and circuit.opened is None  # else it was too slow
    failure = classified("", raised, datetime.now(UTC))
    if isinstance(failure, Retryable):
        return False
    return isinstance(failure, BadRequest) or circuit.opened is None
