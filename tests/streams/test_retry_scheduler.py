"""Waiting work comes back when its delay is over: never early, in order, never lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import given
from hypothesis import strategies as st

from connectors.ending import end
from connectors.kafka import Broker
from schemas.topics import DUE, RETRIES
from streams.retry_scheduler import RetryScheduler, ripe
from tests.fakes.stack import Stack
from tests.fakes.wechat import message, record

FIVE = RETRIES[0]


class Clock:
    """The wall's seconds, set ahead or back by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@asynccontextmanager
async def scheduling(
    stack: Stack, clock: Callable[[], float], member: str = "relay-0"
) -> AsyncIterator[None]:
    scheduler = RetryScheduler(Broker(stack.bootstrap), stack.prefix, member=member, clock=clock)
    task = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        await end({task})


async def _put(
    stack: Stack, texts: list[str], *, aged: float = 0, topic: str = "", **headers: str
) -> None:
    """Into a retry topic, as if it had been done `aged` seconds ago."""
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap) as producer:
        for n, text in enumerate(texts):
            made = record(message(text, chat=text.split(":")[0], seq=n), **headers)
            await producer.send_and_wait(
                topic or FIVE.name(stack.prefix),
                made.value,
                key=made.key,
                headers=made.headers,
                timestamp_ms=int((time.time() - aged) * 1000),
            )


async def _due(stack: Stack, count: int, within: float = 15) -> list[tuple[bytes | None, bytes]]:
    found = await stack.wait_for_records(DUE.name(stack.prefix), count, within)
    return [(r.key, r.value or b"") for r in found]


@given(st.lists(st.floats(0, 1000), max_size=20), st.floats(0, 1000), st.floats(0.1, 100))
def test_only_the_front_that_is_due_is_ripe_and_no_wait_is_longer_than_the_delay(
    due_at: list[float], now: float, most: float
) -> None:
    count, rest = ripe(due_at, now, most)
    assert all(due <= now for due in due_at[:count])
    if rest is None:
        assert count == len(due_at)
    else:
        assert due_at[count] > now
        assert 0 < rest <= most


async def test_records_whose_delay_is_over_come_back_as_they_were_in_order(stack: Stack) -> None:
    texts = [f"c{n % 3}:{n}" for n in range(60)]
    await _put(stack, texts, aged=6, **{"x-instance": "echo", "x-attempt": "2"})
    async with scheduling(stack, time.time):
        await _due(stack, 60)
    found = await stack.read(DUE.name(stack.prefix))
    for chat in range(3):
        own = [r.value.decode() for r in found if r.key == f"wechat:default:c{chat}".encode()]
        order = [n for n in range(60) if n % 3 == chat]
        assert [f'"c{chat}:{n}"' in value for n, value in zip(order, own, strict=True)] == [
            True
        ] * 20
    headers = dict(found[0].headers)
    assert (headers["x-instance"], headers["x-attempt"]) == (b"echo", b"2")
    assert b"ce_id" in {name.encode() for name in headers}


async def test_a_record_waits_until_its_time_and_comes_then(stack: Stack) -> None:
    await _put(stack, ["c1:young"], aged=2)
    await _put(stack, ["c2:old"], aged=100, topic=RETRIES[1].name(stack.prefix))
    async with scheduling(stack, time.time):
        ((key, _),) = await _due(stack, 1)
        assert key == b"wechat:default:c2"
        await _due(stack, 2)
    (waited,) = await stack.read(FIVE.name(stack.prefix))
    (came,) = [r for r in await stack.read(DUE.name(stack.prefix)) if r.key == waited.key]
    late = came.timestamp - waited.timestamp - 5000
    assert 0 <= late < 1000


async def test_with_a_clock_that_is_an_hour_ahead_an_hour_is_over(stack: Stack) -> None:
    clock = Clock()
    clock.ahead = 3600
    await _put(stack, ["c1:x"], topic=RETRIES[-1].name(stack.prefix))
    async with scheduling(stack, clock):
        await _due(stack, 1)


async def test_a_clock_set_back_holds_nothing_longer_than_its_delay(stack: Stack) -> None:
    clock = Clock()
    clock.ahead = -3600
    began = time.monotonic()
    await _put(stack, ["c1:x"], aged=0)
    async with scheduling(stack, clock):
        await _due(stack, 1)
    assert time.monotonic() - began >= FIVE.delay.total_seconds()  # type: ignore[union-attr]


async def test_a_later_time_asked_for_goes_through_more_topics(stack: Stack) -> None:
    until = str(int((time.time() + 40) * 1000))
    await _put(stack, ["c1:x"], aged=6, **{"x-not-before-ms": until})
    async with scheduling(stack, time.time):
        (hopped,) = await stack.wait_for_records(RETRIES[1].name(stack.prefix), 1)
    assert dict(hopped.headers)["x-not-before-ms"] == until.encode()
    assert await stack.read(DUE.name(stack.prefix)) == []


async def test_a_second_member_joins_and_a_first_leaves_nothing_is_lost_or_early(
    stack: Stack,
) -> None:
    clock = Clock()
    await _put(stack, [f"c{n}:x" for n in range(20)], aged=0)
    first = scheduling(stack, clock, "relay-0")
    await first.__aenter__()
    await asyncio.sleep(1)
    async with scheduling(stack, clock, "relay-1"):
        await asyncio.sleep(1)
        assert await stack.read(DUE.name(stack.prefix)) == []
        await first.__aexit__(None, None, None)
        clock.ahead = 3600
        found = await _due(stack, 20, within=30)
    assert len({key for key, _ in found}) == 20


@pytest.mark.parametrize("number", ["", "abc", "-5", "١"])
async def test_a_not_before_that_is_no_number_holds_nothing_up(stack: Stack, number: str) -> None:
    await _put(stack, ["c1:x"], aged=6, **{"x-not-before-ms": number})
    async with scheduling(stack, time.time):
        await _due(stack, 1)
