"""adbutils without Nagle's delay, without an adb of its own, and with all its sockets closed."""

import socket
from typing import Self

import adbutils
import uiautomator2 as u2
from adbutils.errors import AdbConnectionError

from device_agent.sim.harness import Simulator

PATIENCE_S = 10


class ClosingClient(adbutils.AdbClient):
    """Remembers its connections: the library drops some unclosed, where a server ends or refuses.

    A dropped socket would be reported in whatever test runs when it is collected.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._place = (host, port)
        self._opened: list[adbutils.AdbConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_all()

    def make_connection(self, timeout=None):  # type: ignore[no-untyped-def]
        """As the library, but where nothing listens no socket is dropped and no adb started."""
        try:
            socket.create_connection(self._place, PATIENCE_S).close()
        except OSError as refused:
            raise AdbConnectionError(str(refused)) from refused
        connection = super().make_connection(timeout)
        self._opened.append(connection)
        return connection

    def close_all(self, *, but: adbutils.AdbConnection | None = None) -> None:
        """Close what is still open."""
        for connection in self._opened:
            if connection is not but and not connection.closed:
                connection.conn.close()
        self._opened = [but] if but is not None else []


class NodelayDevice(adbutils.AdbDevice):
    """The library's device without Nagle's delay; `patience_s` bounds each wait of its sockets."""

    patience_s: float = PATIENCE_S

    def create_connection(self, network, address):  # type: ignore[no-untyped-def]
        connection = super().create_connection(network, address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(self.patience_s)
        return connection


def client_of(simulator: Simulator) -> ClosingClient:
    """A client of the simulator's adb server."""
    host, _, port = simulator.adb.partition(":")
    return ClosingClient(host, int(port))


def living_line(device: u2.Device) -> adbutils.AdbConnection | None:
    """The connection on which the phone's uiautomator2 server hangs, if that is running."""
    process = device._process
    return process._conn if process is not None and process.pool() is None else None
