"""The projection, in this process and as a process that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.kafka import Broker, Producer
from connectors.relay import REFUSED, UNDECODABLE, Projector
from connectors.settings import RelaySettings
from connectors.tables import ACTIONS, CHATS, DEVICES, MESSAGES, RECEIPTS
from schemas import topics
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import Record, encode
from schemas.event import Chat, MessageRecalled, MessageReceived, Sender
from schemas.model import Model
from schemas.phone import DeviceState, KnownChat
from schemas.receipt import Receipt, State
from tests.fakes.http_api import eventually, make_topics
from tests.fixtures.live_server import LiveBroker, LivePostgres

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def message(number: int, text: str = "你好 🐦") -> MessageReceived:
    return MessageReceived(
        event_id=f"e{number}",
        channel="wechat",
        account="default",
        observed_at=AT,
        chat=Chat(chat_id=f"c{number % 3}", title="小王"),
        sender=Sender(name="小王"),
        content=Text(text=text),
        epoch="x",
        seq=number,
    )


def action(action_id: str = "a/0", attempt: int = 1, account: str = "default") -> Action:
    return Action(
        action_id=action_id,
        channel="wechat",
        account=account,
        chat_id="c0",
        content=Text(text="hi"),
        attempt=attempt,
        requested_at=AT,
    )


def receipt(state: State, second: int, action_id: str = "a/0") -> Receipt:
    return Receipt(
        action_id=action_id,
        channel="wechat",
        account="default",
        chat_id="c0",
        state=state,
        at=AT + timedelta(seconds=second),
    )


def known_chat(title: str, second: int) -> KnownChat:
    at = AT + timedelta(seconds=second)
    return KnownChat(chat_id="c0", account="default", kind="private", title=title, at=at)


class Stage:
    """A broker, a database and a prefix of a test's own."""

    def __init__(self, broker: LiveBroker, dsn: str, prefix: str, engine: AsyncEngine) -> None:
        self.broker, self.dsn, self.prefix, self.engine = broker, dsn, prefix, engine
        self.producer = Producer(Broker(broker.bootstrap), linger_ms=5)

    def settings(self, **more: Any) -> RelaySettings:
        return RelaySettings(
            kafka=self.broker.bootstrap,
            postgres=SecretStr(self.dsn),
            topic_prefix=self.prefix,
            **more,
        )

    async def put(
        self, topic: topics.Topic, model: Model, event: str, account: str = "default"
    ) -> None:
        name = topic.name(self.prefix, channel="wechat", account=account)
        await self.producer.send(name, encode(model, id=event, source="/test", time=AT))

    async def put_messages(self, numbers: Iterator[int] | range) -> None:
        await asyncio.gather(*(self.put(topics.INBOUND, message(n), f"e{n}") for n in numbers))

    async def rows(self, table: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table))).all())

    async def count(self, table: Any) -> int:
        async with self.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    async def until_count(self, table: Any, wanted: int, seconds: float = 15) -> None:
        async def reached() -> bool:
            return await self.count(table) >= wanted

        await eventually(reached, seconds)
        assert await self.count(table) == wanted


@pytest.fixture
async def stage(broker: LiveBroker, database: str, topic_prefix: str) -> AsyncIterator[Stage]:
    async with _staged(broker, database, topic_prefix) as stage:
        yield stage


@pytest.fixture
async def any_stage(
    any_broker: LiveBroker, database: str, topic_prefix: str
) -> AsyncIterator[Stage]:
    """On either broker: for what must hold on both."""
    async with _staged(any_broker, database, topic_prefix) as stage:
        yield stage


@asynccontextmanager
async def _staged(broker: LiveBroker, database: str, topic_prefix: str) -> AsyncIterator[Stage]:
    await make_topics(broker.bootstrap, topic_prefix)
    await migrate(database)
    engine = open_engine(database)
    stage = Stage(broker, database, topic_prefix, engine)
    await stage.producer.start()
    yield stage
    await stage.producer.stop()
    await engine.dispose()


@asynccontextmanager
async def projecting(stage: Stage, **more: Any) -> AsyncIterator[None]:
    engine = open_engine(stage.dsn, size=2)
    work = asyncio.create_task(Projector(stage.settings(**more), engine).run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await engine.dispose()


@contextmanager
def relay_process(
    stage: Stage, ready: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    program = "from connectors import relay, settings; relay.run(settings.RelaySettings())"
    log = ready.with_suffix(".log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stderr=log,
        env={
            "PATH": os.defpath,
            "HONGYAN_KAFKA": stage.broker.bootstrap,
            "HONGYAN_POSTGRES": stage.dsn,
            "HONGYAN_TOPIC_PREFIX": stage.prefix,
            "HONGYAN_READY_FILE": str(ready),
            "HONGYAN_LOG_LEVEL": "WARNING",
            **environment,
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


async def test_each_topic_becomes_rows(any_stage: Stage) -> None:
    await any_stage.put(topics.INBOUND, message(1), "e1")
    recall = MessageRecalled(
        event_id="r1",
        channel="wechat",
        account="default",
        observed_at=AT,
        chat=Chat(chat_id="c1", title="小王"),
        recalled_event_id="e1",
    )
    await any_stage.put(topics.INBOUND, recall, "r1")
    await any_stage.put(topics.OUTBOX, action(), "a/0")
    await any_stage.put(topics.RECEIPTS, receipt(State.SENT, 1), "x1")
    await any_stage.put(topics.CONTACTS, known_chat("小王", 1), "k1")
    device = DeviceState(account="default", serial="s", health="ready", at=AT)
    await any_stage.put(topics.DEVICES, device, "d1")
    async with projecting(any_stage):
        for table, wanted in ((MESSAGES, 2), (ACTIONS, 1), (RECEIPTS, 1), (CHATS, 1), (DEVICES, 1)):
            await any_stage.until_count(table, wanted)
    first, second = sorted(await any_stage.rows(MESSAGES), key=lambda row: str(row.event_id))
    assert (first.text, first.sender, first.recalled_at, first.seq) == ("你好 🐦", "小王", AT, 1)
    assert (second.type, second.text) == (MessageRecalled.TYPE, None)
    assert first.body["content"] == Text(text="你好 🐦").model_dump()
    assert (await any_stage.rows(RECEIPTS))[0].receipt_id == "x1"


async def test_records_that_come_twice_or_late_change_nothing(stage: Stage) -> None:
    for _ in range(2):
        await stage.put(topics.INBOUND, message(1), "e1")
        await stage.put(topics.RECEIPTS, receipt(State.SENT, 1), "x1")
    await stage.put(topics.OUTBOX, action(attempt=2), "a/0")
    await stage.put(topics.OUTBOX, action(attempt=1), "a/0")
    await stage.put(topics.CONTACTS, known_chat("new", 2), "k2")
    await stage.put(topics.CONTACTS, known_chat("old", 1), "k1")
    await stage.put(topics.INBOUND, message(2), "e2")
    async with projecting(stage):
        await stage.until_count(MESSAGES, 2)
        await stage.until_count(CHATS, 1)
        await stage.until_count(ACTIONS, 1)
        await stage.until_count(RECEIPTS, 1)
    assert [row.attempt for row in await stage.rows(ACTIONS)] == [2]
    assert [row.title for row in await stage.rows(CHATS)] == ["new"]


async def test_what_is_no_record_is_counted_and_passed_over(stage: Stage) -> None:
    inbound = topics.INBOUND.name(stage.prefix)
    await stage.producer.send(inbound, Record(b"k", b"\xff\x00", [("ce_type", b"\xff")]))
    await stage.put(topics.INBOUND, message(1), "e1")
    async with projecting(stage):
        await stage.until_count(MESSAGES, 1)

        async def counted() -> bool:
            return UNDECODABLE.labels(topic=inbound)._value.get() == 1

        await eventually(counted)


async def test_a_row_postgresql_cannot_hold_does_not_stop_the_others(stage: Stage) -> None:
    inbound = topics.INBOUND.name(stage.prefix)
    await stage.put(topics.INBOUND, message(1), "e1")
    await stage.put(topics.INBOUND, message(2, "NUL \x00 here"), "e2")
    # A year that Python and JSON know, and a number that no bigint holds.
    unholdable = message(3).model_copy(update={"seq": 2**70})
    await stage.put(topics.INBOUND, unholdable, "e3")
    await stage.put(topics.INBOUND, message(4), "e4")
    async with projecting(stage):
        await stage.until_count(MESSAGES, 3)
    texts = {row.event_id: row.text for row in await stage.rows(MESSAGES)}
    assert texts["e2"] == "NUL \ufffd here"
    assert REFUSED.labels(topic=inbound)._value.get() == 1


async def test_a_new_accounts_outbox_is_noticed_within_ten_seconds(any_stage: Stage) -> None:
    async with projecting(any_stage):
        await any_stage.put(topics.INBOUND, message(1), "e1")
        await any_stage.until_count(MESSAGES, 1)
        await make_topics(any_stage.broker.bootstrap, any_stage.prefix, "second")
        await any_stage.put(topics.OUTBOX, action("b/0", account="second"), "b/0", "second")
        await any_stage.until_count(ACTIONS, 1, seconds=10)


async def test_a_database_away_is_waited_for_and_nothing_is_lost(
    stage: Stage, postgres: LivePostgres
) -> None:
    async with projecting(stage):
        await stage.put_messages(range(50))
        await stage.until_count(MESSAGES, 50)
        await asyncio.to_thread(postgres.kill)
        try:
            await stage.put_messages(range(50, 100))
        finally:
            await asyncio.to_thread(postgres.restart)
        await stage.until_count(MESSAGES, 100)


async def test_a_broker_away_is_waited_for_and_nothing_is_lost(stage: Stage) -> None:
    async with projecting(stage):
        await stage.put_messages(range(50))
        await stage.until_count(MESSAGES, 50)
        await asyncio.to_thread(stage.broker.kill)
        await asyncio.to_thread(stage.broker.restart)
        await stage.put_messages(range(50, 100))
        await stage.until_count(MESSAGES, 100, seconds=30)


async def test_two_relays_share_the_work(stage: Stage) -> None:
    async with projecting(stage), projecting(stage, relay_id="relay-1"):
        await stage.put_messages(range(300))
        await stage.until_count(MESSAGES, 300, seconds=20)


@pytest.mark.parametrize("place", ["relay.received", "relay.stored", "relay.committed"])
async def test_killed_anywhere_the_next_one_goes_on(
    stage: Stage, tmp_path: Path, place: str
) -> None:
    await stage.put_messages(range(700))
    armed = {"HONGYAN_FAILPOINT": place, "HONGYAN_FAILPOINT_FLAG": str(tmp_path / "flag")}
    with relay_process(stage, tmp_path / "ready", **armed) as process:
        code = await asyncio.to_thread(process.wait, 20)
    assert code == -signal.SIGKILL
    async with projecting(stage):
        await stage.until_count(MESSAGES, 700)


async def test_sigterm_ends_it_cleanly_within_three_seconds(stage: Stage, tmp_path: Path) -> None:
    ready = tmp_path / "ready"

    async def is_ready() -> bool:
        return ready.exists()

    with relay_process(stage, ready) as process:
        await eventually(is_ready)
        await stage.put_messages(range(10))
        await stage.until_count(MESSAGES, 10)
        process.terminate()
        assert await asyncio.to_thread(process.wait, 3) == 0


async def test_sigterm_ends_it_even_while_everything_is_away(stage: Stage, tmp_path: Path) -> None:
    away = {"HONGYAN_KAFKA": "127.0.0.1:1", "HONGYAN_POSTGRES": "postgresql://x@127.0.0.1:1/x"}
    log = tmp_path / "ready.log"
    with relay_process(stage, tmp_path / "ready", **away) as process:

        async def is_waiting() -> bool:
            return "waiting for the database" in log.read_text()

        await eventually(is_waiting)
        process.terminate()
        assert await asyncio.to_thread(process.wait, 3) == 0
