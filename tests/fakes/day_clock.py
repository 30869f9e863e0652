"""A clock that runs with real time and jumps when told, for the agent and its simulated phone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from device_agent.sim.harness import Simulator

CHINA = timezone(timedelta(hours=8))


class DayClock:
    """Begins tomorrow at `hour` o'clock in China, so that no test depends on the time of day."""

    def __init__(self, sim: Simulator, hour: int) -> None:
        self._sim = sim
        tomorrow = datetime.now(CHINA) + timedelta(days=1)
        self.begin = tomorrow.replace(hour=hour, minute=0, second=0, microsecond=0)
        self._ahead = self.begin.timestamp() - time.time()
        sim.advance(self._ahead)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self._ahead, UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def jump(self, seconds: float) -> None:
        self._ahead += seconds
        self._sim.advance(seconds)

    def jump_to(self, moment: datetime) -> None:
        left = (moment - self.now()).total_seconds()
        if left > 0:
            self.jump(left)

    @property
    def times(self) -> dict[str, Callable[[], object]]:
        return {"clock": self.now, "monotonic": self.monotonic}
