"""What nothing would move again is moved: forgotten retries, gates of plugins that are gone."""

import asyncio
import shutil
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from connectors.database import migrate, open_engine
from connectors.gates import GateStore, LostPartition
from connectors.journals import JournalStore
from connectors.kafka import Producer
from connectors.run_tables import TIMERS
from connectors.stored_record import unpacked
from connectors.timers import Timers
from schemas.envelope import Record, header
from schemas.failure import Permanent
from schemas.topics import DUE, RETRIES
from streams.worker import Worker
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message
from tests.streams.test_ask import ringing
from tests.streams.test_parking import QUICK, _say, hastening, working


async def _change(stack: Stack, statement: str) -> None:
    engine = open_engine(stack.dsn, size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def test_a_retry_that_its_topic_has_forgotten_is_sent_again(stack: Stack) -> None:
    plugin, tier = FailingPlugin(stack.folder / "p"), RETRIES[0].name(stack.prefix)
    plugin.wrong(bad="away")
    async with working(stack):
        await _say(stack, "c1", "/work bad", "/work two")
        await stack.wait_for_records(tier, 1)
    await _change(stack, "UPDATE gates SET put_at = now() - interval '4 days'")
    plugin.wrong()
    async with working(stack):
        await _say(stack, "c1", "/work three", first=3)
        await stack.wait_for_records(tier, 2)
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
    assert texts(actions) == ["bad", "two", "three"]
    assert plugin.runs.count("two") == 1


class Refusing:
    """A producer that one topic refuses everything from."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def send(self, topic: str, record: Record, **more: Any) -> Any:
        if topic == self._topic:
            raise Permanent("too large since yesterday")
        return await self._producer.send(topic, record, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)


async def test_a_forgotten_retry_that_is_refused_by_now_is_a_dead_letter_and_its_chat_goes_on(
    stack: Stack,
) -> None:
    plugin, tier = FailingPlugin(stack.folder / "p"), RETRIES[0].name(stack.prefix)
    plugin.wrong(bad="away")
    async with working(stack):
        await _say(stack, "c1", "/work bad", "/work two")
        await stack.wait_for_records(tier, 1)
    await _change(stack, "UPDATE gates SET put_at = now() - interval '4 days'")
    plugin.wrong()
    worker = Worker(stack.settings(plugins=str(stack.folder / "p")), policy=QUICK)
    refusing: Any = Refusing(worker._producer, tier)
    worker._outputs._producer = refusing
    try:
        await worker.start()
        await _say(stack, "c1", "/echo three", first=3)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
    finally:
        await worker.stop(0.2)
    assert texts(actions) == ["two", "three"]
    assert header(dead.headers, "ce_id") == message("/work bad", chat="c1").event_id


async def test_a_chat_held_for_a_plugin_that_is_gone_becomes_dead_letters(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    async with working(stack):
        await _say(stack, "c1", "/work bad", "/work two", "/echo x")
        await stack.wait_for_records(stack.dlq, 1)
        await stack.wait_for_actions(lambda found: len(found) >= 1)
    shutil.rmtree(plugin.home)
    async with working(stack):
        await _say(stack, "c1", "/echo y", first=4)
        dead = await stack.wait_for_records(stack.dlq, 2)
    assert header(dead[-1].headers, "x-group-index") == "1"
    assert b"/work two" in (dead[-1].value or b"")


async def test_patience_for_longer_than_an_hour_is_kept_by_a_timer(stack: Stack) -> None:
    plugin, due = FailingPlugin(stack.folder / "p"), DUE.name(stack.prefix)
    plugin.wrong(bad="long")
    async with working(stack):
        await _say(stack, "c1", "/work bad", "/work two")
        await stack.wait_for_records(stack.runs, 1)
        engine = open_engine(stack.dsn, size=1)
        try:
            async with asyncio.timeout(10):
                while (due_at := await Timers(engine).next_due(due)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            await engine.dispose()
        assert 7000 < due_at.timestamp() - time.time() <= 7200
        plugin.wrong()
        async with ringing(stack, timedelta(hours=1, minutes=50)):
            await _say(stack, "c2", "/work other")
            await stack.wait_for_actions(lambda found: len(found) >= 1)
            assert plugin.runs == ["bad", "other"], "it is not early"
        async with ringing(stack, timedelta(hours=2, minutes=1)):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
    assert texts(a for a in actions if a.chat_id == "c1") == ["bad", "two"]
    for tier in RETRIES:
        assert await stack.read(tier.name(stack.prefix)) == []


async def _rows(stack: Stack, least: int) -> list[Any]:
    """The timers that are set, as soon as there are so many."""
    engine = open_engine(stack.dsn, size=1)
    try:
        async with asyncio.timeout(10):
            while True:
                async with engine.connect() as connection:
                    rows = (await connection.execute(select(TIMERS))).all()
                if len(rows) >= least:
                    return list(rows)
                await asyncio.sleep(0.05)
    finally:
        await engine.dispose()


async def test_a_long_wait_that_follows_another_has_its_own_timer(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", ordering="none")
    plugin.wrong(bad="long")
    async with working(stack):
        await _say(stack, "c1", "/work bad")
        (first,) = await _rows(stack, 1)
        # The relay wrote the record and has not yet forgotten the timer.
        rung = Record(first.key, first.value, list(unpacked(first.headers)))
        await stack.produce([rung], DUE.name(stack.prefix))
        both = await _rows(stack, 2)
    assert {row.timer_id for row in both} > {first.timer_id}
    assert plugin.runs == ["bad", "bad"]


async def test_two_retries_that_a_crash_left_of_one_event_run_once(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", ordering="none")
    plugin.wrong(bad="away")
    tier, due = RETRIES[0].name(stack.prefix), DUE.name(stack.prefix)
    async with working(stack):
        await _say(stack, "c1", "/work bad")
        (waiting,) = await stack.wait_for_records(tier, 1)
        twice = Record(waiting.key, waiting.value, list(waiting.headers))
        await stack.produce([twice, twice], due)
        retries = await stack.wait_for_records(tier, 2)
        await _say(stack, "c1", "/work two", first=2)
        await stack.wait_for_actions(lambda found: len(found) >= 1)
        plugin.wrong()
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert sorted(header(record.headers, "x-hop") or "" for record in retries) == ["1", "2"]
    assert plugin.runs.count("bad") == 3
    assert sorted(texts(actions)) == ["bad", "two"]


async def test_a_worker_that_lost_its_partition_keeps_no_journal(database: str) -> None:
    await migrate(database)
    engine = open_engine(database)
    try:
        gates, journals = GateStore(engine), JournalStore(engine)
        old, _ = await gates.claim("in", 3)
        await journals.keep("work", "e1", ("in", 3, 7), [{"n": 1}], old)
        new, _ = await gates.claim("in", 3)
        with pytest.raises(LostPartition):
            await journals.keep("work", "e1", ("in", 3, 7), [{"n": 2}], old)
        assert await journals.told("work", "e1") == [{"n": 1}]
        await journals.keep("work", "e1", ("in", 3, 7), [{"n": 3}], new)
        assert await journals.told("work", "e1") == [{"n": 3}]
    finally:
        await engine.dispose()
