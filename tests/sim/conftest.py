"""A simulated phone and the real library on it, shared by the tests and emptied for each."""

from collections.abc import Iterator

import pytest
import uiautomator2 as u2

from device_agent.sim.harness import Simulator
from tests.fakes.adb_line import ClosingClient, NodelayDevice, client_of, living_line


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    with Simulator(serial="SIMTEST", seed=7) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def shared_client(shared_simulator: Simulator) -> Iterator[ClosingClient]:
    client = client_of(shared_simulator)
    yield client
    client.close()


@pytest.fixture(scope="session")
def shared_device(shared_simulator: Simulator, shared_client: ClosingClient) -> Iterator[u2.Device]:
    device = u2.connect(NodelayDevice(shared_client, shared_simulator.serial))
    yield device
    device.stop_uiautomator(wait=False)


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    shared_simulator.reset()
    return shared_simulator


@pytest.fixture(autouse=True)
def no_adb_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """adbutils starts an adb server where none answers: nothing on this machine may be one."""
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/bin/true")


@pytest.fixture
def device(
    simulator: Simulator, shared_client: ClosingClient, shared_device: u2.Device
) -> Iterator[u2.Device]:
    if not shared_device._check_alive():
        shared_device.start_uiautomator()
    yield shared_device
    shared_client.close(but=living_line(shared_device))
