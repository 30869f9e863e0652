"""A simulated phone for scripts and tests: a context manager that is scripted from Python."""

from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from device_agent.sim.failure import Refusal
from device_agent.sim.handle import Handle
from device_agent.sim.thread import PhoneThread


class Simulator(Handle):
    """A running simulator, and its first phone; `with Simulator() as phone: …`.

    It lives in a thread of this process on free ports. `serial` is the first phone's, `seed` that
    of all its chance; `data` is a folder that keeps the phones' worlds (without one, nothing is
    kept); a change of screen takes `transition_ms`. Clocks show real time, or, from the moment
    `at` on (it needs a time zone), only the time that `advance` lets pass.

    With one `seed` and one `at`, the same calls give the same screens and the same truth.
    """

    def __init__(
        self,
        *,
        serial: str = "SIM0001",
        seed: int = 0,
        data: Path | None = None,
        transition_ms: int = 0,
        at: datetime | None = None,
    ) -> None:
        if at is not None and at.tzinfo is None:
            raise ValueError(f"`at` needs a time zone: {at}")
        thread = PhoneThread(
            serial=serial,
            seed=seed,
            data=data,
            transition_ms=transition_ms,
            stopped_at=None if at is None else at.timestamp(),
        )
        super().__init__(thread, serial)
        self.phones: dict[str, Handle] = {serial: self}

    def __enter__(self) -> Self:
        """Start, and wait until it answers. Raises OSError where `data` cannot be used."""
        self._phones.start()
        for serial in self._phones.do(lambda fleet: list(fleet.phones)):
            self.phones.setdefault(serial, Handle(self._phones, serial))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wait until all is closed."""
        for phone in self.phones.values():
            phone.release()
        self._phones.stop()

    @property
    def control(self) -> str:
        """The URL of the control API, for all phones and, by default, the first."""
        return self._phones.address.control

    def add_phone(self, serial: str) -> Handle:
        """POST /phones: plug another phone in."""
        self._phones.do(lambda fleet: fleet.add(serial))
        phone = self.phones[serial] = Handle(self._phones, serial)
        return phone

    def remove_phone(self, serial: str) -> None:
        """Unplug a phone for good; the first one stays."""
        if serial == self.serial:
            raise Refusal(409, f"`{serial}` is the first phone: it stays")
        if serial in self.phones:
            self.phones.pop(serial).release()
        self._phones.do(lambda fleet: fleet.remove(serial))


__all__ = ["Handle", "Refusal", "Simulator"]
