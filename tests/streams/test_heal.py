"""Servers that go away and workers that come and go: nothing lost, nothing twice, order kept."""

import asyncio
import signal
import time

import pytest
from aiokafka.partitioner import DefaultPartitioner

from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import PARTITIONS, Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.live_server import LiveBroker, LivePostgres
from tests.streams.test_respond import SLOW

pytestmark = pytest.mark.slow

CHATS = 6


def _distinct(count: int):  # type: ignore[no-untyped-def]
    return lambda actions: len({action.action_id for action in actions}) >= count


async def _count(stack: Stack, start: int, rounds: int) -> None:
    await stack.produce(
        record(message("/count", chat=f"c{chat}", seq=start + n))
        for n in range(rounds)
        for chat in range(CHATS)
    )


async def _counted_in_order(stack: Stack, rounds: int, within: float = 30) -> None:
    actions = await stack.wait_for_actions(_distinct(rounds * CHATS), within)
    for chat in range(CHATS):
        said = texts(action for action in actions if action.chat_id == f"c{chat}")
        assert said == [str(n + 1) for n in range(rounds)]


def _key(chat: str) -> bytes:
    return f"wechat:default:{chat}".encode()


def _beside(partition: int) -> str:
    """A chat of the same partition that is none of those that count."""
    numbers = range(PARTITIONS)
    return next(
        name
        for name in (f"other{n}" for n in range(100))
        if DefaultPartitioner()(_key(name), numbers, ()) == partition
    )


async def _kept_alive(worker, alive: asyncio.Event) -> None:  # type: ignore[no-untyped-def]
    """What `hongyan up` does: start it again when it ends."""
    while not alive.is_set():
        if worker.exit_code is not None:
            worker.start()
        await asyncio.sleep(0.2)


async def test_a_broker_killed_under_load_and_started_again_loses_nothing(
    stack: Stack, broker: LiveBroker
) -> None:
    worker, over = stack.worker(), asyncio.Event()
    worker.start()
    keeper = asyncio.create_task(_kept_alive(worker, over))
    await _count(stack, 0, 20)
    producing = asyncio.create_task(_count(stack, 20, 100))
    await stack.wait_for_actions(_distinct(60))
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    await producing
    await _counted_in_order(stack, 120)
    over.set()
    await keeper
    assert await worker.stop() == 0


async def test_postgres_killed_and_started_again_holds_the_lanes_and_loses_nothing(
    stack: Stack, postgres: LivePostgres
) -> None:
    worker = stack.worker()
    worker.start()
    await _count(stack, 0, 10)
    await _counted_in_order(stack, 10)
    await asyncio.to_thread(postgres.kill)
    try:
        await _count(stack, 10, 10)
        # A pure plugin goes on in a chat that nobody waits in.
        (place,) = {r.partition for r in await stack.read(stack.inbound) if r.key == _key("c0")}
        await stack.produce([record(message("/echo meanwhile", chat=_beside(place), seq=1))])
        await stack.wait_for_actions(_distinct(10 * CHATS + 1))
    finally:
        await asyncio.to_thread(postgres.start)
    actions = await stack.wait_for_actions(_distinct(20 * CHATS + 1))
    for chat in range(CHATS):
        said = texts(action for action in actions if action.chat_id == f"c{chat}")
        assert said == [str(n + 1) for n in range(20)]
    assert worker.exit_code is None, "it healed without a restart"
    assert await worker.stop() == 0


async def test_a_worker_that_starts_before_its_broker_waits_for_it(
    stack: Stack, broker: LiveBroker
) -> None:
    await asyncio.to_thread(broker.stop)
    worker = stack.worker()
    worker.start()
    try:
        async with asyncio.timeout(10):
            while "waits" not in worker.tail():  # noqa: ASYNC110  # a process
                await asyncio.sleep(0.1)
    finally:
        await asyncio.to_thread(broker.start)
    await _count(stack, 0, 3)
    await _counted_in_order(stack, 3)
    assert await worker.stop() == 0


async def test_a_second_worker_joins_and_the_first_is_killed_nothing_is_lost(
    stack: Stack,
) -> None:
    first, second = stack.worker("worker-0"), stack.worker("worker-1")
    first.start()
    producing = asyncio.create_task(_count(stack, 0, 150))
    await stack.wait_for_actions(_distinct(50))
    second.start()
    async with asyncio.timeout(20):
        while "the worker consumes" not in second.tail():  # noqa: ASYNC110  # a process
            await asyncio.sleep(0.1)
    await producing
    first.kill()
    await _count(stack, 150, 10)
    await _counted_in_order(stack, 160)
    assert await second.stop() == 0


async def test_a_stop_ends_in_time_and_leaves_a_long_run_to_the_next_owner(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "slow", SLOW)
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    await stack.produce(
        record(message(f"/slow {n}", chat=chat)) for n, chat in ((2, "a"), (6, "b"))
    )
    await stack.wait_for_actions(lambda _: "consumes" in worker.tail())
    await asyncio.sleep(0.5)
    began = time.monotonic()
    assert await worker.stop() == 0
    assert time.monotonic() - began < 8
    assert texts(await stack.actions()) == ["2"]
    worker.start()
    assert texts(await stack.wait_for_actions(_distinct(2))) == ["2", "6"]
    assert worker.exit_code is None
    worker.kill()


async def test_a_worker_stopped_for_long_finds_its_place_taken_and_writes_nothing_twice(
    stack: Stack,
) -> None:
    first, second = stack.worker("worker-0"), stack.worker("worker-1")
    first.start()
    await _count(stack, 0, 10)
    await _counted_in_order(stack, 10)
    assert first._process is not None
    first._process.send_signal(signal.SIGSTOP)
    second.start()
    await _count(stack, 10, 10)
    await _counted_in_order(stack, 20, within=40)
    first._process.send_signal(signal.SIGCONT)
    await _count(stack, 20, 10)
    await _counted_in_order(stack, 30)
