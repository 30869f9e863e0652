"""What becomes of an event: answers, dead letters, poison, stored turns, duplicates."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from connectors.database import migrate, open_engine
from connectors.turns import Turn, TurnStore
from schemas.envelope import Record, decode, header
from schemas.run import PluginRun
from schemas.topics import RETRIES
from streams.worker import Worker
from tests.fakes.plugin_folder import BROKEN, write_plugin
from tests.fakes.stack import PARTITIONS, Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.kafka_reading import committed

TWICE = """
from plugins import on_command

@on_command("twice")
async def twice(ctx, text):
    yield ctx.reply(f"{text}1")
    yield ctx.reply(f"{text}2")
"""

AWAY = """
from plugins import on_command

@on_command("away")
async def away(ctx, text):
    yield ctx.send("c9", text, account="nobody")
"""

NOSY = """
from plugins import on_command

@on_command("nosy")
async def nosy(ctx, text):
    ctx.state["seen"] = 1
    yield ctx.reply("no")
"""

SLOW = """
import asyncio
from plugins import on_command

@on_command("slow")
async def slow(ctx, text):
    await asyncio.sleep(float(text))
    yield ctx.reply(text)
"""


@asynccontextmanager
async def working(stack: Stack, **settings: Any) -> AsyncIterator[Worker]:
    worker = Worker(stack.settings(**settings))
    try:
        await worker.start()
        await asyncio.wait_for(worker.assigned.wait(), 15)
        yield worker
    finally:
        await worker.stop(0.2)


async def test_a_run_that_raises_leaves_a_dead_letter_and_the_others_answer(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "broken", BROKEN)
    write_plugin(stack.folder / "p", "chatty", BROKEN.replace("raise", "#"), priority=200)
    sent = record(message("/break glass"))
    odd = Record(sent.key, sent.value, [*sent.headers, ("x-odd", b"\xff\xfe")])
    async with working(stack, plugins=str(stack.folder / "p")):
        await stack.produce([odd])
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
        runs = await stack.wait_for_records(stack.runs, 2)
    assert texts(actions) == ["never sent"]
    assert [action.instance for action in actions] == ["chatty"]
    assert (dead.key, dead.value) == (sent.key, sent.value)
    assert ("x-odd", b"\xff\xfe") in dead.headers
    (came,) = await stack.read(stack.inbound)
    told = {name: value.decode(errors="replace") for name, value in dead.headers}
    assert told["x-origin-topic"] == stack.inbound
    assert told["x-origin-partition"] == str(came.partition)
    assert told["x-origin-offset"] == str(came.offset)
    assert told["x-origin-timestamp"] == str(came.timestamp)
    assert base64.b64decode(told["x-origin-key-b64"]) == sent.key
    assert told["x-error-type"] == "ZeroDivisionError"
    assert "cannot do glass" in told["x-error-message"]
    assert "ZeroDivisionError" in told["x-error-stack"]
    assert len(told["x-error-fingerprint"]) == 16
    assert (told["x-plugin"], told["x-plugin-version"]) == ("broken", "1.0.0")
    assert (told["x-instance"], told["x-attempt"]) == ("broken", "1")
    assert told["x-event-id"] == told["ce_id"] == message("/break glass").event_id
    assert int(told["x-first-failed-ms"]) > 0
    outcomes = {}
    for entry in runs:
        run = decode(entry.headers, entry.value)
        assert isinstance(run, PluginRun)
        outcomes[run.instance] = run.outcome
    assert outcomes == {"broken": "failed", "chatty": "answered"}


async def test_undecodable_bytes_go_to_poison_untouched_and_hold_nobody_up(stack: Stack) -> None:
    good = record(message("/echo after", chat="c1", seq=9))
    bad = [
        Record(b"\x00\xffkey", b"\x80not json", [("ce_type", b"\xff\xfe"), ("x-a", b"\xff")]),
        Record(good.key, b"{}", list(good.headers)),
        Record(None, b"no key", []),
        Record(good.key, None, list(good.headers)),
    ]
    async with working(stack):
        await stack.produce([*bad, good])
        poisoned = await stack.wait_for_records(stack.poison, len(bad))
        await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert sorted((r.key or b"", r.value or b"") for r in poisoned) == sorted(
        (r.key or b"", r.value or b"") for r in bad
    )
    for entry in poisoned:
        assert header(entry.headers, "x-origin-topic") == stack.inbound
        assert header(entry.headers, "x-error-message")
    (first,) = [r for r in poisoned if r.key == b"\x00\xffkey"]
    assert first.headers[:2] == (("ce_type", b"\xff\xfe"), ("x-a", b"\xff"))


async def test_a_poison_record_too_large_to_be_copied_holds_nobody_up(stack: Stack) -> None:
    """Small on the wire, three megabytes unpacked: no broker takes it back as it is."""
    good = record(message("/echo after", chat="c1", seq=9))
    async with AIOKafkaProducer(
        bootstrap_servers=stack.bootstrap, compression_type="gzip", max_request_size=8 << 20
    ) as producer:
        await producer.send_and_wait(stack.inbound, b"x" * (3 << 20), key=good.key)
    async with working(stack):
        await stack.produce([good])
        (poisoned,) = await stack.wait_for_records(stack.poison, 1)
        await stack.wait_for_actions(lambda found: len(found) >= 1)

    assert poisoned.value == b""
    assert header(poisoned.headers, "x-value-dropped")
    assert header(poisoned.headers, "x-origin-offset") == "0"


async def test_a_turn_of_another_broker_at_the_same_offset_is_not_this_events(
    stack: Stack,
) -> None:
    """PostgreSQL outlives a broker; offsets begin again, and an old answer stood in for the new."""
    old = message("/count", seq=77)
    await migrate(stack.dsn)
    engine = open_engine(stack.dsn)
    store = TurnStore(engine)
    for partition in range(PARTITIONS):
        name = f"old-{partition}"
        turn = Turn(name, old.event_id, "counter", 0, stack.inbound, partition, 0, actions=())
        await store.commit(turn)
    await engine.dispose()
    async with working(stack):
        await stack.produce([record(message("/count", seq=1))])
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)

    assert texts(actions) == ["1"]


async def test_a_pure_plugin_that_says_two_things_is_stored_and_one_that_peeks_is_refused(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "twice", TWICE, pure=True)
    write_plugin(stack.folder / "p", "nosy", NOSY, pure=True)
    write_plugin(stack.folder / "p", "away", AWAY, capabilities=("chats:*:*:*",))
    async with working(stack, plugins=str(stack.folder / "p")) as worker:
        await stack.produce(
            record(message(text, seq=n))
            for n, text in enumerate(("/twice a", "/nosy", "/away x", "/echo e"))
        )
        actions = await stack.wait_for_actions(lambda found: len(found) >= 3)
        dead = await stack.wait_for_records(stack.dlq, 2)
        numbers = range(4)
        stored = [t for n in numbers for t in (await worker._unfinished(stack.inbound, n, 0)).turns]
    assert texts(actions) == ["a1", "a2", "e"]
    assert [turn.instance for turn in stored] == ["twice"]
    said = {
        header(r.headers, "x-instance"): str(header(r.headers, "x-error-message")) for r in dead
    }
    assert "ctx.state" in said["nosy"]
    assert "nobody" in said["away"]
    assert "does not exist" in said["away"]


ODD = """
from plugins import on_command
from plugins.draft import Draft

@on_command("surrogate")
async def surrogate(ctx, text):
    yield ctx.reply("half \\ud800")

@on_command("name")
async def name(ctx, text):
    yield ctx.send("c1", "x", account="Not A Slug")

@on_command("state")
async def state(ctx, text):
    ctx.state["it"] = object()
    yield ctx.reply("x")

@on_command("nul")
async def nul(ctx, text):
    ctx.state["it"] = "a\\x00b"
    yield ctx.reply("a\\x00b")

@on_command("huge")
async def huge(ctx, text):
    yield ctx.reply("x" * 600_000)

@on_command("message")
async def message(ctx, text):
    raise ValueError("half \\ud800" + "x" * 3_000_000)
    yield
"""


async def test_what_cannot_be_sent_or_stored_is_a_dead_letter_and_no_dead_worker(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "odd", ODD, capabilities=("chats:*:*:*",))
    said = ("/surrogate", "/name", "/state", "/huge", "/message", "/nul", "/echo on")
    async with working(stack, plugins=str(stack.folder / "p")):
        await stack.produce(record(message(text, seq=n)) for n, text in enumerate(said))
        dead = await stack.wait_for_records(stack.dlq, 5)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        await stack.wait_for_records(stack.runs, len(said))
    assert texts(actions) == ["a\x00b", "on"]
    assert len(dead) == 5
    for entry in dead:
        headers = dict(entry.headers)
        assert len(headers["x-error-message"]) <= 1024
        assert len(headers["x-error-stack"]) <= 8192


async def test_an_event_that_comes_twice_counts_once_and_has_the_same_actions(
    stack: Stack,
) -> None:
    first, second = record(message("/count", seq=1)), record(message("/count", seq=2))
    async with working(stack):
        await stack.produce([first, first, second, first])
        actions = await stack.wait_for_actions(lambda found: len(found) >= 4)
    assert texts(actions) == ["1", "2"]
    assert len({action.action_id for action in actions}) == 2


async def test_a_slow_chat_holds_nobody_and_what_is_behind_it_is_not_committed(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "slow", SLOW)
    async with working(stack, plugins=str(stack.folder / "p"), run_seconds=30):
        await stack.produce([record(message("/slow 20", chat="slow"))])
        await stack.produce(record(message(f"/echo {n}", chat=f"c{n}", seq=n)) for n in range(40))
        await stack.wait_for_actions(lambda found: len(found) >= 40)
        await asyncio.sleep(1.2)  # two commit intervals
        (slow,) = [r for r in await stack.read(stack.inbound) if r.key == b"wechat:default:slow"]
        offset = await committed(
            stack.bootstrap,
            f"{stack.prefix}-worker",
            TopicPartition(stack.inbound, slow.partition),
        )
        assert (offset or 0) <= slow.offset


async def test_a_run_over_its_time_is_tried_again_later(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "slow", SLOW)
    async with working(stack, plugins=str(stack.folder / "p"), run_seconds=0.2):
        await stack.produce([record(message("/slow 20"))])
        (waiting,) = await stack.wait_for_records(RETRIES[0].name(stack.prefix), 1)
    assert header(waiting.headers, "x-error-kind") == "retryable"
    assert "longer than 0.2 s" in str(header(waiting.headers, "x-error-message"))


@pytest.mark.parametrize("topic", ["due"])
async def test_a_due_event_is_for_its_instance_alone(stack: Stack, topic: str) -> None:
    async with working(stack):
        due = stack.inbound.replace("inbound", topic)
        await stack.produce([record(message("/echo no", seq=1), **{"x-instance": "counter"})], due)
        await stack.produce([record(message("/echo yes", seq=2), **{"x-instance": "echo"})], due)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["yes"]
