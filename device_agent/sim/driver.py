"""The real uiautomator2 on a simulated phone: what a script gets from `connect`.

The only place where the simulator knows its drivers; imported when a script asks for one.
"""

import atexit
import contextlib
import socket
from typing import Any

import adbutils
import uiautomator2
from adbutils.errors import AdbConnectionError

_PATIENCE_S = 3.0
_LONGEST_ANSWER_S = 60.0


class Connection(adbutils.AdbConnection):  # type: ignore[misc]  # no types
    """A connection to the simulator's adb server, without Nagle's delay.

    Where none answers, adbutils would start a real adb; here that is an error.
    """

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        super().__init__(host, port)

    def _safe_connect(self) -> socket.socket:
        try:
            made = socket.create_connection(self._place, _PATIENCE_S)
        except OSError as refused:
            raise AdbConnectionError(f"connect to adb server failed: {refused}") from refused
        made.settimeout(None)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def close(self) -> None:
        """As the library, which sleeps 10 ms first if the socket is open still."""
        if not self.closed:
            with contextlib.suppress(OSError):
                self.conn.shutdown(socket.SHUT_RDWR)
            self.conn.close()
        super().close()


class Client(adbutils.AdbClient):  # type: ignore[misc]  # no types
    """Remembers its connections, since the library drops some unclosed."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._opened: list[Connection] = []

    def make_connection(self, timeout: float | None = None) -> Connection:
        """A connection that waits at most `timeout` seconds for an answer.

        Raises adbutils.AdbConnectionError where no adb server answers.
        """
        made = Connection(self.host, self.port)
        if timeout:
            made.conn.settimeout(timeout)
        self._opened = [one for one in self._opened if not one.closed]
        self._opened.append(made)
        return made

    def close(self, *, but: Connection | None = None) -> None:
        """Close what is still open."""
        for one in self._opened:
            if one is not but:
                one.close()
        self._opened = [but] if but is not None else []


class Line(adbutils.AdbDevice):  # type: ignore[misc]  # no types
    """The device as adbutils knows it, but quick; each wait for an answer is bounded.

    `patience_s` bounds it for uiautomator2's calls: the library's own limits reach no socket.
    """

    patience_s: float = _LONGEST_ANSWER_S

    def open_transport(
        self, command: str | None = None, timeout: float | None = _LONGEST_ANSWER_S
    ) -> Connection:
        """As the library, which asks for the server's version first: 10 ms for each call."""
        if command:
            asked: Connection = super().open_transport(command, timeout)
            return asked
        connection: Connection = self._client.make_connection(timeout)
        try:
            connection.send_command(f"host:transport:{self.serial}")
            connection.check_okay()
        except (adbutils.AdbError, OSError):
            connection.close()
            raise
        return connection

    def create_connection(self, network: Any, address: int | str) -> socket.socket:
        """As the library, with a time limit."""
        made: socket.socket = super().create_connection(network, address)
        made.settimeout(self.patience_s)
        return made


class Driver:
    """A uiautomator2 device and what it holds open."""

    def __init__(self, adb: str, serial: str) -> None:
        host, _, port = adb.partition(":")
        self._client = Client(host, int(port))
        self.device: uiautomator2.Device = uiautomator2.connect(Line(self._client, serial))

    def release(self) -> None:
        """End the device's server and close all connections; the device works no more."""
        atexit.unregister(self.device.stop_uiautomator)
        self.device.stop_uiautomator(wait=False)
        self._client.close()
