"""Database timers: never early, once each, and still there after a kill between bell and row."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.ending import end
from connectors.settings import RelaySettings
from connectors.timers import Timer, Timers, cancel_timer, rest, ring_timers
from schemas.envelope import Record
from schemas.topics import DUE
from tests.fakes.stack import Stack
from tests.fixtures.live_server import LiveBroker

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def stack(
    broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Stack]:
    made = Stack(broker.bootstrap, database, topic_prefix, tmp_path)
    await made.start()
    yield made
    await made.stop()


def _timer(stack: Stack, name: str, hours: float) -> Timer:
    record = Record(b"k", name.encode(), [("x-a", b"\xff\x00")])
    return Timer(name, NOW + timedelta(hours=hours), DUE.name(stack.prefix), record)


async def test_timers_ring_at_their_time_the_earliest_first_and_once(
    stack: Stack, engine: AsyncEngine
) -> None:
    timers, due = Timers(engine), DUE.name(stack.prefix)
    for name, hours in (("late", 3), ("second", 2), ("first", 1), ("gone", 1)):
        await timers.set(_timer(stack, name, hours))
        await timers.set(_timer(stack, name, hours))
    async with engine.begin() as connection:
        await cancel_timer(connection, "gone")
    assert await timers.next_due(due) == NOW + timedelta(hours=1)
    early = NOW + timedelta(minutes=59, seconds=59)
    assert await timers.ring(due, early, stack.producer, stack.dlq) == 0
    on_time = NOW + timedelta(hours=2)
    rung = await asyncio.gather(
        *(timers.ring(due, on_time, stack.producer, stack.dlq) for _ in range(3))
    )
    assert sum(rung) == 2
    records = await stack.read(due)
    assert [record.value for record in records] == [b"first", b"second"]
    assert records[0].headers == (("x-a", b"\xff\x00"),)
    assert await timers.next_due(due) == NOW + timedelta(hours=3)
    assert await timers.next_due("another.due.v1") is None


async def test_the_relays_job_rings_what_is_due_by_its_clock(
    stack: Stack, engine: AsyncEngine
) -> None:
    for name, hours in (("now", -1), ("tomorrow", 24)):
        await Timers(engine).set(_timer(stack, name, hours))
    settings = RelaySettings(
        kafka=stack.bootstrap, postgres=stack.dsn, topic_prefix=stack.prefix, log_json=False
    )
    job = asyncio.create_task(ring_timers(settings, clock=NOW.timestamp))
    try:
        (record,) = await stack.wait_for_records(DUE.name(stack.prefix), 1)
    finally:
        await end({job})
    assert record.value == b"now"
    assert await Timers(engine).next_due(DUE.name(stack.prefix)) == NOW + timedelta(hours=24)


_DYING = """
import asyncio, sys
from pathlib import Path
from connectors.failpoint import arm
from connectors.settings import RelaySettings
from connectors.timers import ring_timers
arm("timer.rung", Path(sys.argv[1]))
asyncio.run(ring_timers(RelaySettings()))
"""


@pytest.mark.slow
async def test_a_relay_killed_between_record_and_row_loses_nothing(
    stack: Stack, engine: AsyncEngine, tmp_path: Path
) -> None:
    timers, due = Timers(engine), DUE.name(stack.prefix)
    await timers.set(_timer(stack, "now", -1))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _DYING,
        str(tmp_path / "died"),
        env={
            "HONGYAN_KAFKA": stack.bootstrap,
            "HONGYAN_POSTGRES": stack.dsn,
            "HONGYAN_TOPIC_PREFIX": stack.prefix,
        },
        cwd=Path(__file__).parents[2],
    )
    try:
        assert await asyncio.wait_for(process.wait(), 30) == -9
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert await timers.next_due(due) == NOW - timedelta(hours=1)
    assert await timers.ring(due, NOW, stack.producer, stack.dlq) == 1
    assert [record.value for record in await stack.read(due)] == [b"now", b"now"]
    assert await timers.next_due(due) is None


def test_the_rest_between_two_looks_is_never_longer_than_a_second() -> None:
    now = NOW.timestamp()
    assert rest(None, now) == 1
    assert rest(NOW + timedelta(hours=9), now) == 1
    assert rest(NOW + timedelta(seconds=0.25), now) == 0.25
    assert rest(NOW - timedelta(hours=1), now) == 0
