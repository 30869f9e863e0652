"""What becomes of events that fail: tried again, in order, without holding anybody else."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from connectors.ending import end
from connectors.kafka import Broker
from schemas.envelope import Record, header
from schemas.topics import DUE, RETRIES
from streams.respond import utc_now
from streams.retry_policy import RetryPolicy
from streams.retry_scheduler import RetryScheduler
from streams.worker import Worker
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record

QUICK = RetryPolicy(lane_tries=1)


@asynccontextmanager
async def working(
    stack: Stack, policy: RetryPolicy = QUICK, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Worker]:
    worker = Worker(stack.settings(plugins=str(stack.folder / "p")), policy=policy, now=now)
    try:
        await worker.start()
        await asyncio.wait_for(worker.assigned.wait(), 15)
        yield worker
    finally:
        await worker.stop(0.2)


@asynccontextmanager
async def hastening(
    stack: Stack, clock: Callable[[], float] = lambda: time.time() + 7200
) -> AsyncIterator[None]:
    """A retry scheduler by whose clock every delay is over, unless another is given."""
    scheduler = RetryScheduler(Broker(stack.bootstrap), stack.prefix, member="relay-0", clock=clock)
    task = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        await end({task})


async def _say(stack: Stack, chat: str, *said: str, first: int = 1) -> None:
    await stack.produce(
        record(message(text, chat=chat, seq=first + n)) for n, text in enumerate(said)
    )


async def _until(ask: Any, what: str, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not await ask():
        assert time.monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(0.05)


async def _parked(stack: Stack, worker: Worker, count: int) -> None:
    """Until so many stand in line."""
    store = worker._parking._store

    async def enough() -> bool:
        places = list(worker._parking._gates)
        return sum([len(await store.line(place)) for place in places]) >= count

    await _until(enough, f"{count} in line")


async def _retries(stack: Stack) -> list[ConsumerRecord]:
    found = []
    for topic in RETRIES:
        found += await stack.read(topic.name(stack.prefix))
    return found


async def test_a_failing_event_holds_its_own_chat_and_plugin_alone_and_order_stands(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient")
    async with working(stack) as worker:
        await _say(stack, "c1", "/work bad", "/work two", "/echo meanwhile", "/work three")
        await _say(stack, "c2", "/work other")
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
        assert sorted(texts(actions)) == ["meanwhile", "other"]
        await _parked(stack, worker, 3)
        plugin.wrong()
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 5)
        await _until(lambda: _true(not worker._parking._gates), "the open gate")
    own = [a for a in actions if a.chat_id == "c1" and a.instance == "work"]
    assert texts(own) == ["bad", "two", "three"]
    assert await stack.read(stack.dlq) == []
    assert plugin.runs.count("two") == 1


async def _true(value: bool) -> bool:  # what `_until` asks for
    return value


async def test_an_event_whose_attempts_are_spent_is_dead_and_the_next_ones_go_on(
    stack: Stack,
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient")
    async with working(stack), hastening(stack):
        await _say(stack, "c1", "/work bad", "/work two")
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["two"]
    assert plugin.runs.count("bad") == 6
    told = {name: value.decode() for name, value in dead.headers}
    assert (told["x-attempt"], told["x-instance"]) == ("6", "work")
    assert (told["x-error-kind"], told["x-origin-topic"]) == ("retryable", stack.inbound)
    assert "x-wait" not in told
    (came, _) = await stack.read(stack.inbound)
    assert told["x-origin-offset"] == str(came.offset)
    assert int(told["x-first-failed-ms"]) < int(told["x-last-failed-ms"])
    assert (dead.key, dead.value) == (came.key, came.value)
    waits = [header(r.headers, "x-attempt") for r in await _retries(stack)]
    assert waits == ["2", "3", "4", "5", "6"]


async def test_a_dependency_that_is_away_spends_no_attempt(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="away")
    async with working(stack), hastening(stack):
        await _say(stack, "c1", "/work bad")
        await _until(lambda: _true(plugin.runs.count("bad") >= 9), "nine runs")
        plugin.wrong()
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["bad"]
    assert await stack.read(stack.dlq) == []


async def test_patience_that_is_asked_for_is_kept(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="patience", short="soon")
    async with working(stack, RetryPolicy()):
        await _say(stack, "c1", "/work bad")
        await _say(stack, "c2", "/work short")
        (waiting,) = await stack.wait_for_records(RETRIES[1].name(stack.prefix), 1)
        await _until(lambda: _true(plugin.runs.count("short") == 3), "three tries in the lane")
    asked = int(header(waiting.headers, "x-not-before-ms") or 0) - waiting.timestamp
    assert 39_000 < asked <= 40_000
    assert plugin.runs.count("bad") == 1
    assert header(waiting.headers, "x-attempt") == "1"


async def test_a_transient_failure_is_tried_again_in_its_lane_first(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient")
    async with working(stack, RetryPolicy()):
        await _say(stack, "c1", "/work bad", "/work two")
        await _until(lambda: _true(len(plugin.runs) >= 1), "a first run")
        plugin.wrong()
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert texts(actions) == ["bad", "two"]
    assert await _retries(stack) == []


async def test_a_plugin_without_order_lets_later_events_pass(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", ordering="none")
    plugin.wrong(bad="transient", worse="transient")
    async with working(stack):
        await _say(stack, "c1", "/work bad", "/work two", "/work worse")
        assert texts(await stack.wait_for_actions(lambda found: len(found) >= 1)) == ["two"]
        plugin.wrong(worse="transient")
        async with hastening(stack):
            actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
            (dead,) = await stack.wait_for_records(stack.dlq, 1)
    assert texts(actions) == ["two", "bad"]
    assert header(dead.headers, "x-attempt") == "6"
    assert plugin.runs.count("worse") == 6


async def test_a_held_chat_waits_for_a_person_and_goes_on_after_the_redrive(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p", on_dead="hold")
    plugin.wrong(bad="never")
    async with working(stack) as worker:
        await _say(stack, "c1", "/work bad", "/work two")
        (dead,) = await stack.wait_for_records(stack.dlq, 1)
        await _parked(stack, worker, 2)
        plugin.wrong()
        again = Record(dead.key, dead.value, [*dead.headers, ("x-redrive-id", b"r1")])
        await stack.produce([again], DUE.name(stack.prefix))
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert texts(actions) == ["bad", "two"]


@pytest.mark.parametrize("bound", ["count", "age"])
async def test_a_line_too_long_or_too_old_becomes_one_group_of_dead_letters_in_order(
    stack: Stack, bound: str
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="away")
    policy = RetryPolicy(lane_tries=1, most_parked=3)
    if bound == "age":
        policy = RetryPolicy(lane_tries=1, most_age=timedelta(seconds=1))
    said = ["/work bad", *(f"/work n{n}" for n in range(3))]
    async with working(stack, policy) as worker:
        await _say(stack, "c1", *said[:-1])
        await _parked(stack, worker, 3)  # from now on its age counts
        await asyncio.sleep(1.1 if bound == "age" else 0)
        await _say(stack, "c1", said[-1], first=4)
        dead = await stack.wait_for_records(stack.dlq, 4)
        plugin.wrong()
        await _say(stack, "c1", "/work after", first=9)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    assert texts(actions) == ["after"]
    groups = {header(r.headers, "x-group-id") for r in dead}
    assert len(groups) == 1
    assert [header(r.headers, "x-group-index") for r in dead] == ["0", "1", "2", "3"]
    assert [r.value for r in dead] == [
        r.value for r in await stack.read(stack.inbound) if b"after" not in r.value
    ]


async def test_what_comes_back_after_its_gate_opened_is_dropped(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient")
    async with working(stack):
        await _say(stack, "c1", "/work bad")
        (waiting,) = await stack.wait_for_records(RETRIES[0].name(stack.prefix), 1)
        plugin.wrong()
        twice = Record(waiting.key, waiting.value, list(waiting.headers))
        await stack.produce([twice, twice, twice], DUE.name(stack.prefix))
        await stack.wait_for_actions(lambda found: len(found) >= 1)
        await _say(stack, "c1", "/echo end", first=2)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 2)
    assert texts(actions) == ["bad", "end"]
    assert plugin.runs == ["bad", "bad"]


async def test_events_of_a_plugin_that_is_gone_become_dead_letters_in_order(stack: Stack) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient")
    async with working(stack) as worker:
        await _say(stack, "c1", "/work bad", "/work two")
        await _parked(stack, worker, 2)
    for file in plugin.home.iterdir():
        if file.is_file():
            file.unlink()
    async with working(stack), hastening(stack):
        dead = await stack.wait_for_records(stack.dlq, 2)
    assert [b"bad" in dead[0].value, b"two" in dead[1].value] == [True, True]
    assert [header(one.headers, "x-error-kind") for one in dead] == ["plugin_gone"] * 2
