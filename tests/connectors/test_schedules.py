"""Schedules: due by cron, zone and summer time, fired once each, whatever dies or was missed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.ending import end
from connectors.schedule_times import MOST_MISSED, Missed, Timing
from connectors.scheduler import fire_schedules
from connectors.schedules import Cancellation, Schedule, ScheduleStore, change_schedules
from connectors.settings import RelaySettings
from schemas.envelope import decode, header
from schemas.event import ScheduleFired
from schemas.failure import BadRequest
from tests.fakes.stack import Stack
from tests.fixtures.live_server import LiveBroker

NOW = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai
NINE = "0 9 * * *"
DAY = timedelta(days=1)


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


def _daily(name: str, *, cron: str = NINE, missed: Missed = "once", **more: str) -> Schedule:
    timing = Timing(cron, tz="Asia/Shanghai", missed=missed)
    due = timing.following(NOW - timedelta(seconds=1))
    return Schedule(
        name, "plugin", "wechat", "default", timing, "test", due, instance="morning", **more
    )


def _once(name: str, at: datetime, **data: object) -> Schedule:
    timing = Timing(at=at)
    return Schedule(
        name,
        "run",
        "wechat",
        "default",
        timing,
        "e1",
        at,
        instance="reminder",
        chat_id="c1",
        data=data,
    )


async def _events(stack: Stack) -> list[ScheduleFired]:
    found = []
    for record in await stack.read(stack.inbound):
        event = decode(record.headers, record.value)
        assert isinstance(event, ScheduleFired)
        assert record.key == event.key
        assert header(record.headers, "ce_id") == event.event_id
        found.append(event)
    return found


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),  # it is jumped over
        ("30 2 * * *", "2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00"),  # it comes twice
        ("30 2 * * *", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),
        ("0 * * * *", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"),  # every hour is
        ("0 9 * * MON-FRI", "2026-05-01T09:00+02:00", "2026-05-04T09:00+02:00"),
        ("0 9 L * *", "2026-02-01T00:00+01:00", "2026-02-28T09:00+01:00"),
    ],
)
def test_cron_follows_the_zones_clock_through_summer_time(cron: str, after: str, due: str) -> None:
    timing = Timing(cron, tz="Europe/Berlin")
    assert timing.following(datetime.fromisoformat(after)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("missed", "late", "count"),
    [
        ("skip", timedelta(seconds=30), 1),
        ("skip", timedelta(minutes=20), 0),
        ("once", timedelta(days=3), 1),
        ("all", timedelta(days=3), 4),
        ("all", timedelta(days=400), 32),
    ],
)
def test_what_was_missed_is_skipped_made_up_for_once_or_all(
    missed: Missed, late: timedelta, count: int
) -> None:
    timing = Timing(NINE, tz="Asia/Shanghai", missed=missed)
    due, following = timing.due(NOW, NOW + late)
    assert len(due) == count
    assert due == sorted(due)
    assert following is not None
    assert following > NOW + late
    assert all(one <= NOW + late for one in due)


def test_what_is_made_up_for_is_bounded_and_a_rare_one_is_not_forgotten() -> None:
    every = Timing("* * * * *", missed="all")
    due, _ = every.due(NOW, NOW + DAY)
    assert len(due) == MOST_MISSED
    assert due[-1] == NOW + DAY
    yearly = Timing("0 9 1 5 *", tz="Asia/Shanghai")
    assert yearly.due(NOW, NOW + 100 * DAY)[0] == [NOW]


@pytest.mark.parametrize(
    "timing",
    [
        Timing(),
        Timing(NINE, NOW),
        Timing("0 9 * *"),
        Timing("* * * * * *"),
        Timing("0 0 31 2 *"),
        Timing("90 9 * * *"),
        Timing(NINE, tz="Mars/Base"),
        Timing(NINE, tz="../../etc/passwd"),
        Timing(at=datetime(2026, 5, 1)),  # noqa: DTZ001  # no offset is the fault
        Timing(at=datetime.min.replace(tzinfo=UTC)),  # the database's minus infinity
        Timing(at=datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_schedule_that_can_never_be_due_is_refused(timing: Timing) -> None:
    with pytest.raises(BadRequest):
        timing.check()


async def test_several_relays_fire_each_event_once_at_its_time_the_earliest_first(
    stack: Stack, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    for schedule in (
        _once("later", NOW + timedelta(hours=2), text="茶"),
        _once("soon", NOW, text="tea"),
        _daily("daily"),
    ):
        assert (await store.add(schedule)).schedule_id == schedule.schedule_id
        await store.add(schedule)
    assert await store.fire(NOW - timedelta(milliseconds=1), stack.producer) == 0
    fired = await asyncio.gather(*(store.fire(NOW, stack.producer) for _ in range(3)))
    assert sum(fired) == 2
    assert await store.next_due() == NOW + timedelta(hours=2)
    assert await ScheduleStore(engine, "another").next_due() is None
    await store.fire(NOW + timedelta(hours=2), stack.producer)
    events = {event.schedule_id: event for event in await _events(stack)}
    assert len(await _events(stack)) == 3
    assert events["later"].data == {"text": "茶"}
    assert (events["later"].chat_id, events["later"].instance) == ("c1", "reminder")
    assert events["daily"].chat_id == "wechat-morning"
    assert events["daily"].due_at == NOW
    assert await store.next_due() == NOW + DAY
    [daily] = await store.find()
    assert (daily.fired, daily.last_due, daily.next_due) == (1, NOW, NOW + DAY)
    assert len(await store.find(ended=True)) == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"channel": "We Chat"}, "channel"),
        ({"data": {"a": "\x00"}}, "NUL"),
        ({"data": {"a": float("inf")}}, "number"),
        ({"data": {"a": 1 << 70}}, "JSON"),
        ({"data": {"a": "\ud800"}}, "JSON"),
        ({"data": {"a": "x" * 600_000}}, "524288"),
        ({"data": orjson.loads(f'{{"a": {"[" * 220}{"]" * 220}}}')}, "recursion"),
    ],
)
async def test_what_can_be_no_event_is_not_stored(
    engine: AsyncEngine, wrong: dict[str, Any], words: str
) -> None:
    store = ScheduleStore(engine, "bot")
    with pytest.raises(BadRequest, match=words):
        await store.add(replace(_once("wrong", NOW), **wrong))
    assert await store.find(ended=True) == []


async def test_one_that_can_be_no_event_ends_and_holds_no_other(
    stack: Stack, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    async with engine.begin() as connection:
        wrong = replace(_once("wrong", NOW), channel="We Chat")
        await change_schedules(connection, stack.prefix, [wrong, _once("right", NOW)])
    assert await store.fire(NOW, stack.producer) == 2
    assert [event.schedule_id for event in await _events(stack)] == ["right"]
    assert await store.next_due() is None


async def test_what_is_cancelled_never_fires_and_only_its_own_instance_cancels_it(
    stack: Stack, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    async with engine.begin() as connection:
        made = [_once(name, NOW) for name in ("a", "b", "c")]
        own, foreign = Cancellation("a", "reminder"), Cancellation("b", "somebody")
        await change_schedules(connection, stack.prefix, [*made, own, foreign])
    assert await store.cancel("c", NOW)
    assert not await store.cancel("c", NOW)
    assert await store.fire(NOW, stack.producer) == 1
    assert [event.schedule_id for event in await _events(stack)] == ["b"]


async def test_declared_schedules_come_go_and_keep_what_they_missed(
    stack: Stack, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    await store.add(_once("asked", NOW + DAY))
    await store.declare([_daily("kept"), _daily("gone"), _daily("changed")], NOW)
    tomorrow = _daily("kept").timing.following(NOW + timedelta(hours=1))
    changed = _daily("changed", cron="0 10 * * *")
    unchanged = Schedule(**{**vars(_daily("kept")), "next_due": tomorrow})
    await store.declare([unchanged, changed], NOW + timedelta(hours=1))
    found = {one.schedule_id: one.next_due for one in await store.find()}
    assert found == {"kept": NOW, "changed": NOW + timedelta(hours=1), "asked": NOW + DAY}
    await store.declare([_daily("gone")], NOW)
    assert {one.schedule_id for one in await store.find()} == {"gone", "asked"}
    await store.declare([], NOW)
    assert {one.schedule_id for one in await store.find()} == {"asked"}


async def test_the_relays_job_fires_by_its_clock(stack: Stack, engine: AsyncEngine) -> None:
    await ScheduleStore(engine, stack.prefix).add(_once("now", NOW))
    settings = RelaySettings(
        kafka=stack.bootstrap, postgres=stack.dsn, topic_prefix=stack.prefix, log_json=False
    )
    job = asyncio.create_task(fire_schedules(settings, clock=NOW.timestamp))
    try:
        await stack.wait_for_records(stack.inbound, 1)
    finally:
        await end({job})
    assert [event.schedule_id for event in await _events(stack)] == ["now"]


_DYING = """
import asyncio, sys
from pathlib import Path
from connectors.failpoint import arm
from connectors.scheduler import fire_schedules
from connectors.settings import RelaySettings
arm("schedule.fired", Path(sys.argv[1]))
asyncio.run(fire_schedules(RelaySettings()))
"""


@pytest.mark.slow
async def test_a_relay_killed_between_event_and_row_fires_the_same_event_again(
    stack: Stack, engine: AsyncEngine, tmp_path: Path
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    await store.add(_once("now", NOW))
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
    assert await store.fire(NOW + timedelta(hours=1), stack.producer) == 1
    events = await _events(stack)
    assert len(events) == 2
    assert len({event.event_id for event in events}) == 1
    assert await store.next_due() is None
