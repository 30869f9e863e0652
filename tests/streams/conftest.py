"""A stack of a test's own on the session's broker and database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.stack import Stack
from tests.fixtures.live_server import LiveBroker


@pytest.fixture
async def stack(
    broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    made = Stack(broker.bootstrap, database, topic_prefix, tmp_path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def any_stack(
    any_broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    """On each of the two brokers in turn."""
    made = Stack(any_broker.bootstrap, database, topic_prefix, tmp_path)
    await made.start()
    yield made
    await made.stop()
