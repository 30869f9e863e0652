"""The uiautomator2 server process in the phone, and who else holds Android's UiAutomation."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Server:
    """One run of the server; `lost`: Android took the UiAutomation connection away from it."""

    lost: bool = False


class Automation:
    """At most one server runs; a foreign UiAutomation keeps it from starting. `monotonic` in s."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._foreign_until = 0.0
        self.server: Server | None = None

    @property
    def foreign(self) -> bool:
        """Whether another program holds UiAutomation now."""
        return self._monotonic() < self._foreign_until

    def start(self) -> Server | None:
        """Start the server; None while it or another one is registered already."""
        if self.server is not None or self.foreign:
            return None
        self.server = Server()
        return self.server

    def end(self) -> None:
        """The server process ends."""
        self.server = None

    def lose(self) -> None:
        """Android drops the connection; the server lives on without it."""
        if self.server is not None:
            self.server.lost = True

    def take(self, seconds: float) -> None:
        """Another program takes UiAutomation for a while: a running server loses it."""
        self._foreign_until = self._monotonic() + seconds
        self.lose()

    def heal(self) -> None:
        """The other program gives it back, and a server that lost it has it again."""
        self._foreign_until = 0.0
        if self.server is not None:
            self.server.lost = False
