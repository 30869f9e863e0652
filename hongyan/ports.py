"""Which port each server of the one-machine stack listens on."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random

from hongyan.program import CannotStart, require_free_port

PORTS = ("kafka", "postgres", "adb", "sim", "api")
"""In the order of `--port-base`: the first takes the base itself."""

_LOWEST, _HIGHEST = 20_000, 32_000
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


def free_ports(names: Sequence[str], chance: Random | None = None) -> dict[str, int]:
    """Ports nobody has now, below those that systems give to outgoing connections (from 32768 on
    Linux, 49152 on macOS): else one of these may have a port just when its server comes back.

    Raises CannotStart where none is left.
    """
    with contextlib.ExitStack() as stack:
        bound = _bound(stack, chance or Random())  # noqa: S311  # a port is no secret
        ports = dict(zip(names, bound, strict=False))
    if len(ports) < len(names):
        raise CannotStart(
            f"No free ports between {_LOWEST} and {_HIGHEST}；"
            f"{_LOWEST} 到 {_HIGHEST} 之间没有空闲端口。",
            "Choose others with --port-base；请用 --port-base 另选一组端口。",
        )
    return ports


def _bound(stack: contextlib.ExitStack, chance: Random) -> Iterator[int]:
    # All are held until the last is chosen, so that none is given twice.
    for port in chance.sample(range(_LOWEST, _HIGHEST), k=_HIGHEST - _LOWEST):
        probe = stack.enter_context(socket.socket())
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        yield port
