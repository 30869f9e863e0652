"""The adb server's port: it may close for a while and open again, the same one."""

import asyncio
import socket

from device_agent.sim.adb import AdbServer

_LONGEST_REQUEST = 2**20


def bind(host: str, port: int) -> socket.socket:
    """A socket on a place, not listening yet: nobody else gets the place, and nobody gets in.

    Port 0 takes a free one. Raises OSError naming the place.
    """
    # asyncio switches Nagle's delay off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        listener.close()
        raise OSError(taken.errno, f"{host}:{port} cannot be used: {taken.strerror}") from taken
    # That was for the sake of old connections; kept, another could bind the same place beside it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    return listener


def let_in(listener: socket.socket) -> None:
    """Listen on a place that is held. What connects inherits that the place may be bound again."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.listen(128)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError naming the place."""
    listener = bind(host, port)
    let_in(listener)
    return listener


class AdbPort:
    """Where adb clients connect."""

    def __init__(self, server: AdbServer, listener: socket.socket) -> None:
        self._server = server
        self._listener: socket.socket = listener
        self._place: tuple[str, int] = listener.getsockname()[:2]
        self._serving: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take connections."""
        self._serving = await asyncio.start_server(
            self._server.converse, sock=self._listener, limit=_LONGEST_REQUEST
        )

    def down_for(self, seconds: float) -> None:
        """End all connections and the port, and open it again in so many seconds; 0: be open."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        if self._serving is not None:
            if not seconds:
                return
            self._serving.close()
            self._serving = None
            self._server.drop()
            self._listener = bind(*self._place)
        if not seconds:
            # Who connects from now on gets in, if only when `open` has run.
            let_in(self._listener)
        self._opening = asyncio.create_task(self._open_after(seconds))

    async def _open_after(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)
            let_in(self._listener)
        await self.open()

    async def close(self) -> None:
        """End for good."""
        if self._opening is not None:
            self._opening.cancel()
        if self._serving is not None:
            self._serving.close()
        self._listener.close()
        await self._server.stop()
