"""A rig for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.phone_rig import Rig, rigged
from tests.fixtures.live_server import LiveBroker


@pytest.fixture
async def rig(broker: LiveBroker, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(broker.bootstrap, topic_prefix, tmp_path / "agent") as rig:
        yield rig
