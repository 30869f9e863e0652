"""The fixture `simulated_phone`, for the tests of those who install `hongyan[local]`.

pytest loads this module at every start, by the entry point in pyproject.toml: it imports nothing
heavy, and one simulator is started only when the first test asks for it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from device_agent.sim import Simulator


@pytest.fixture(scope="session")
def _simulator_of_the_session() -> "Iterator[Simulator]":
    try:
        from device_agent.sim import Simulator
    except ImportError as missing:
        pytest.fail(f"simulated_phone needs `pip install hongyan[local]`: {missing}")
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulated_phone(_simulator_of_the_session: "Simulator") -> "Iterator[Simulator]":
    """An empty simulated phone with WeChat (`device_agent.sim.Simulator`), fresh for each test.

    The process behind it is shared by the session's tests; what a test added, armed or connected
    is gone for the next one.
    """
    simulator = _simulator_of_the_session
    yield simulator
    for serial in list(simulator.phones):
        if serial != simulator.serial:
            simulator.remove_phone(serial)
    simulator.reset()
