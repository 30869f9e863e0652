"""The cable between the phone and the adb server: in what state the phone is, and until when."""

import asyncio
from collections.abc import Callable

PRESENT, ABSENT = "device", "absent"


class Cable:
    """What adb sees of a phone: `device`, `offline`, `unauthorized`, or nothing (`absent`).

    `monotonic` in seconds. `on_change` is called when the state changes by a fault; a phone comes
    back by the clock, without a call.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._state = PRESENT
        self._until = 0.0
        self.links: set[asyncio.StreamWriter] = set()
        self.on_change: Callable[[], None] = lambda: None

    @property
    def state(self) -> str:
        """The state now, as `adb devices` names it; `absent` where it would list nothing."""
        return self._state if self._monotonic() < self._until else PRESENT

    @property
    def present(self) -> bool:
        """Whether the phone can be used."""
        return self.state == PRESENT

    def cut(self, state: str, seconds: float) -> None:
        """Be in another state for a while; all connections to the phone break."""
        self._state, self._until = state, self._monotonic() + seconds
        for link in list(self.links):
            link.transport.abort()
        self.on_change()

    def mend(self) -> None:
        """Be there again, now."""
        self._until = 0.0
        self.on_change()
