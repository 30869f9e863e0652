"""A simulated phone and the real library on it, shared by the tests and emptied for each."""

import socket
from collections.abc import Iterator

import adbutils
import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator


class NodelayDevice(adbutils.AdbDevice):
    """The library's device without Nagle's delay, so that the tests are fast."""

    def create_connection(self, network, address):  # type: ignore[no-untyped-def]
        connection = super().create_connection(network, address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(10)
        return connection


def adb_device(simulator: Simulator) -> adbutils.AdbDevice:
    host, _, port = simulator.adb.partition(":")
    return NodelayDevice(adbutils.AdbClient(host, int(port)), simulator.serial)


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    with Simulator(serial="SIMTEST", seed=7) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def shared_device(shared_simulator: Simulator) -> Iterator[u2.Device]:
    device = u2.connect(adb_device(shared_simulator))
    yield device
    device.stop_uiautomator(wait=False)


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    shared_simulator.reset()
    return shared_simulator


@pytest.fixture
def device(simulator: Simulator, shared_device: u2.Device) -> u2.Device:
    if not shared_device._check_alive():
        shared_device.start_uiautomator()
    return shared_device
