"""The calls that a simulated phone was asked, in their order."""

from collections import Counter
from typing import Any

from device_agent.sim.harness import Handle

TAP = "tap"
"""The compare-and-tap, a shell command."""
DUMP = "dumpWindowHierarchy"


class _Noting(Counter[str]):
    """A counter that also writes down what is counted."""

    def __init__(self, counted: Counter[str], log: list[str], kind: str) -> None:
        super().__init__(counted)
        self._log = log
        self._kind = kind

    def __setitem__(self, name: str, count: int) -> None:
        if getattr(self, "_log", None) is not None and count > self[name]:
            self._log.append(f"{self._kind} {name}")
        super().__setitem__(name, count)


class CallLog:
    """`calls` grows with what is asked: method names, `tap`, and `shell` for other commands."""

    def __init__(self, sim: Handle) -> None:
        self._raw: list[str] = []

        def listen(fleet: Any, phone: Any) -> None:
            phone.truth.rpc = _Noting(phone.truth.rpc, self._raw, "rpc")
            phone.truth.shell = _Noting(phone.truth.shell, self._raw, "shell")

        sim.on_phone(listen)

    @property
    def calls(self) -> list[str]:
        return [_named(*entry.split(" ", 1)) for entry in list(self._raw)]

    @property
    def asked(self) -> list[str]:
        """The calls without shell commands other than the tap."""
        return [call for call in self.calls if call != "shell"]


def _named(kind: str, name: str) -> str:
    if kind == "rpc":
        return name
    return TAP if name == "[" else "shell"
