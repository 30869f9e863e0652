"""Which port each server of the one-machine stack listens on."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence

from hongyan.program import CannotStart, require_free_port

PORTS = ("kafka", "postgres", "adb", "sim", "api")
"""In the order of `--port-base`: the first takes the base itself."""

_PATIENCE_S = 5.0
_POLL_S = 0.1


def from_base(base: int) -> dict[str, int]:
    """One port after the other from `base` on."""
    return {name: base + index for index, name in enumerate(PORTS)}


def require_free(ports: dict[str, int], wait: Callable[[float], None]) -> None:
    """Wait up to 5 s for ports that a stack killed just now still holds.

    Raises CannotStart naming the port that stays taken.
    """
    deadline = time.monotonic() + _PATIENCE_S
    for name, port in ports.items():
        while True:
            try:
                require_free_port(name, port)
                break
            except CannotStart:
                if time.monotonic() > deadline:
                    raise
            wait(_POLL_S)


def free_ports(names: Sequence[str]) -> dict[str, int]:
    """Ports nobody has now."""
    with contextlib.ExitStack() as stack:
        return dict(zip(names, _bound(stack, len(names)), strict=True))


def _bound(stack: contextlib.ExitStack, count: int) -> Iterator[int]:
    # All are held until the last is chosen, so that none is given twice.
    for _ in range(count):
        probe = stack.enter_context(socket.socket())
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]
