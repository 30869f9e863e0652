"""Asks the system for a host's addresses, so that one whose name servers are silent holds nobody.

The event loop's own threads are few, and its end waits for them: sixteen lookups of one silent host
would hold those of all others, and the relay's end.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from schemas.failure import DependencyDown

Ask = Callable[[str, int], Sequence[Any]]
"""As `socket.getaddrinfo`; it may block."""

_NO_ADDRESS = (OSError, ValueError, OverflowError)  # names that are none are ValueErrors


def _ask(host: str, port: int) -> Sequence[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Resolver:
    """Each host is asked for once at a time, in a thread of its own that no end waits for."""

    def __init__(self, ask: Ask = _ask) -> None:
        """Nothing is asked yet."""
        self._ask = ask
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses.

        Raises:
            DependencyDown: there is none now.

        """
        found = self._asked.get((host, port))
        if found is None:
            found = self._asked[host, port] = asyncio.get_running_loop().create_future()
            found.add_done_callback(lambda _: self._asked.pop((host, port), None))
            look = threading.Thread(
                target=self._look, args=(host, port, found), name="lookup", daemon=True
            )
            look.start()
        try:
            return await asyncio.shield(found)
        except _NO_ADDRESS as error:
            raise DependencyDown(f"{host} has no address now") from error

    def _look(self, host: str, port: int, found: "asyncio.Future[list[str]]") -> None:
        addresses: list[str] = []
        fault: Exception | None = None
        try:
            answer = self._ask(host, port)
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in answer))
        except _NO_ADDRESS as error:
            fault = error

        def tell() -> None:
            if found.done():
                return
            if fault is None:
                found.set_result(addresses)
            else:
                found.set_exception(fault)
                found.exception()  # perhaps nobody waits any more

        with suppress(RuntimeError):  # the loop has ended meanwhile
            found.get_loop().call_soon_threadsafe(tell)
