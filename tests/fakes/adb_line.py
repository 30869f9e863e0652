"""The library on the shared phone: quick, without an adb of its own, all its sockets closed."""

from typing import Self

import uiautomator2 as u2

from device_agent.sim.driver import Client, Connection, Line
from device_agent.sim.harness import Simulator

PATIENCE_S = 10


class ClosingClient(Client):
    """Closes with its block what the library left open.

    A dropped socket would be reported in whatever test runs when it is collected.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class NodelayDevice(Line):
    """A device whose calls end soon, answered or not."""

    patience_s = PATIENCE_S


def client_of(simulator: Simulator) -> ClosingClient:
    """A client of the simulator's adb server."""
    host, _, port = simulator.adb.partition(":")
    return ClosingClient(host, int(port))


def living_line(device: u2.Device) -> Connection | None:
    """The connection on which the phone's uiautomator2 server hangs, if that is running."""
    process = device._process
    return process._conn if process is not None and process.pool() is None else None
