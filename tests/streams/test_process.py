"""The worker's exit codes, and what it says when it cannot go on."""

import asyncio

from faust.types import TP

from connectors.kafka import Broker
from connectors.topic_setup import ensure_topics, wanted_topics
from streams.delivery import Delivery
from streams.worker import Stuck, Worker
from tests.fakes.plugin_folder import BROKEN, write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.live_server import LiveBroker, free_port


async def test_topics_that_differ_end_it_with_a_sentence(
    broker: LiveBroker, stack: Stack, topic_prefix: str
) -> None:
    other = Stack(stack.bootstrap, stack.dsn, f"{topic_prefix}x", stack.folder)
    wanted = wanted_topics(other.prefix, 7, (("wechat", "default"),))
    await ensure_topics(Broker(broker.bootstrap), wanted)
    worker = other.worker()
    worker.start()
    try:
        assert await worker.ended(30) == 1
    finally:
        await other.stop()
    assert "has 7 partitions" in worker.tail()
    assert "Traceback" not in worker.tail()


async def test_it_stops_on_sigterm_while_it_waits_for_its_broker(stack: Stack) -> None:
    worker = stack.worker(kafka=f"127.0.0.1:{free_port()}")
    worker.start()
    async with asyncio.timeout(15):
        while "waits" not in worker.tail():  # noqa: ASYNC110  # a process
            await asyncio.sleep(0.05)
    assert await worker.stop() == 0


async def test_after_a_plugin_raised_it_still_answers_and_stops_in_time(stack: Stack) -> None:
    """faust #527, #315 and the hang after an exception: none of them reaches Faust."""
    write_plugin(stack.folder / "p", "broken", BROKEN)
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    said = ("/echo 1", "/break it", "/echo 2")
    await stack.produce(record(message(text, seq=n)) for n, text in enumerate(said))
    assert texts(await stack.wait_for_actions(lambda found: len(found) >= 2)) == ["1", "2"]
    assert len(await stack.read(stack.dlq)) == 1
    assert await worker.stop() == 0


async def test_a_bug_of_ours_ends_the_worker_and_its_event_comes_again(stack: Stack) -> None:
    async def bug(delivery: Delivery) -> None:
        raise LookupError(delivery.offset)

    worker = Worker(stack.settings())
    worker._intake._respond = bug
    try:
        await worker.start()
        await stack.produce([record(message("/echo still here"))])
        error = await asyncio.wait_for(worker.broken(), 10)
    finally:
        await worker.stop(0)
    assert isinstance(error, LookupError)
    again = Worker(stack.settings())
    try:
        await again.start()
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    finally:
        await again.stop()
    assert texts(actions) == ["still here"]


async def test_a_worker_that_stands_still_before_waiting_records_ends_itself(
    stack: Stack,
) -> None:
    """faust #523, #175: a consumer may stop fetching without a word."""
    worker = Worker(stack.settings(), stuck_after=1)
    try:
        await worker.start()
        await asyncio.wait_for(worker.assigned.wait(), 10)
        await stack.produce([record(message("/echo 1", seq=1))])
        await stack.wait_for_actions(lambda found: len(found) >= 1)
        consumer = worker.app.consumer
        for tp in consumer.assignment():
            consumer.hold(TP(tp.topic, tp.partition))
        await stack.produce([record(message("/echo 2", seq=n)) for n in range(2, 2002)])
        error = await asyncio.wait_for(worker.broken(), 15)
    finally:
        await worker.stop(0)
    assert isinstance(error, Stuck)
    assert stack.inbound in str(error)
