"""Circuit breakers: what is away is left alone, tried by one, and eased back in."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from schemas.failure import BadRequest, CircuitOpen, DependencyDown
from schemas.topics import RETRIES
from streams.breakers import Breakers, Easing
from streams.lanes import Lanes
from streams.retry_policy import RetryPolicy, waits_in_lane
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack
from tests.fixtures.live_server import free_port
from tests.streams.test_flush import BUY
from tests.streams.test_parking import _say, working

EASING = Easing(threshold=3, rest_s=30, rate=2, eased_s=60, patience_s=0)


class Shop:
    """A dependency and the breakers before it; time stands still unless told."""

    def __init__(self) -> None:
        self.time = 100.0
        self.calls = 0
        self.raises: BaseException | None = None
        self.breakers = Breakers(lambda: self.time, EASING)

    async def buy(self) -> str:
        async def call() -> str:
            self.calls += 1
            if self.raises is not None:
                raise self.raises
            return "bread"

        return await self.breakers.through("shop", call)

    async def fail(self, times: int, kind: Callable[[str], BaseException] = DependencyDown) -> None:
        self.raises = kind("closed today")
        for _ in range(times):
            with pytest.raises(type(self.raises)):
                await self.buy()
        self.raises = None


async def test_failures_in_a_row_open_the_circuit_and_it_is_asked_no_more() -> None:
    shop = Shop()
    await shop.fail(2)
    assert await shop.buy() == "bread"
    await shop.fail(3)
    assert shop.calls == 6
    with pytest.raises(CircuitOpen, match="shop") as refused:
        await shop.buy()
    assert refused.value.dependency == "shop"
    assert shop.calls == 6
    assert not waits_in_lane(refused.value, RetryPolicy())


async def test_one_call_tries_it_after_its_rest_and_others_wait_for_the_outcome() -> None:
    shop = Shop()
    await shop.fail(3)
    shop.time += 31
    go = asyncio.Event()

    async def slowly() -> str:
        await go.wait()
        return "bread"

    trial = asyncio.create_task(shop.breakers.through("shop", slowly))
    await asyncio.sleep(0)
    with pytest.raises(CircuitOpen):
        await shop.buy()
    go.set()
    assert await trial == "bread"
    assert await shop.buy() == "bread"


async def test_a_trial_that_fails_leaves_it_open_for_another_rest() -> None:
    shop = Shop()
    await shop.fail(3)
    shop.time += 31
    await shop.fail(1)
    shop.time += 29
    with pytest.raises(CircuitOpen):
        await shop.buy()
    shop.time += 2
    assert await shop.buy() == "bread"


async def test_what_is_back_is_asked_at_a_limited_rate_for_a_while() -> None:
    shop = Shop()
    await shop.fail(3)
    shop.time += 31
    assert await shop.buy() == "bread"
    outcomes = [await _outcome(shop.buy) for _ in range(5)]
    assert outcomes == ["bread", "bread", "refused", "refused", "refused"]
    shop.time += 61
    assert [await _outcome(shop.buy) for _ in range(5)] == ["bread"] * 5


async def _outcome(buy: Callable[[], Awaitable[str]]) -> str:
    try:
        return await buy()
    except CircuitOpen:
        return "refused"


async def test_a_bad_request_says_nothing_against_the_other_side() -> None:
    shop = Shop()
    await shop.fail(9, BadRequest)
    assert await shop.buy() == "bread"
    await shop.fail(2, TimeoutError)
    await shop.fail(1)
    with pytest.raises(CircuitOpen):
        await shop.buy()


async def test_a_librarys_own_errors_count_as_what_they_are() -> None:
    shop = Shop()
    await shop.fail(3, httpx.ConnectError)
    with pytest.raises(CircuitOpen):
        await shop.buy()


async def test_a_trial_that_says_nothing_of_the_other_side_leaves_it_open() -> None:
    shop = Shop()
    await shop.fail(3)
    shop.time += 31
    await shop.fail(1, ZeroDivisionError)  # the plugin's own
    with pytest.raises(CircuitOpen):
        await shop.buy()
    shop.time += 31
    await shop.fail(1, BadRequest)  # somebody is there to refuse
    assert await shop.buy() == "bread"


async def test_calls_that_a_hand_over_cuts_short_side_by_side_say_nothing_against_their_host() -> (
    None
):
    shop, calls, four = Shop(), list[int](), asyncio.Event()

    async def never() -> str:
        calls.append(1)
        if len(calls) == 4:
            four.set()
        await asyncio.Event().wait()
        return "never"

    async def work(_job: int) -> None:
        both = (shop.breakers.through("shop", never) for _ in range(4))
        await asyncio.gather(*both)

    lanes: Lanes[int] = Lanes(work, lambda error: None, most=1)
    lanes.put(b"c1", 1)
    await four.wait()
    await lanes.empty(0)
    assert await shop.buy() == "bread"


async def test_what_was_not_asked_for_longest_is_forgotten_and_what_is_away_is_not() -> None:
    breakers = Breakers(lambda: 100.0, EASING, most=3)

    async def raising() -> None:
        raise DependencyDown("closed")

    async def well() -> None:
        """It answers."""

    for _ in range(3):
        with pytest.raises(DependencyDown):
            await breakers.through("away", raising)
    for number in range(50):
        await breakers.through(f"host-{number}", well)
    assert len(breakers._circuits) == 3
    with pytest.raises(CircuitOpen):
        await breakers.through("away", well)


async def test_chats_wait_without_asking_a_host_that_is_away_and_name_it(stack: Stack) -> None:
    write_plugin(stack.folder / "p", "buy", BUY, capabilities=("http",))
    nobody = f"127.0.0.1:{free_port()}"
    waiting = RETRIES[0].name(stack.prefix)
    async with working(stack, RetryPolicy(lane_tries=1)):
        for chat in range(6):
            await _say(stack, f"c{chat}", f"/buy http://{nobody}")
            retries = await stack.wait_for_records(waiting, chat + 1)
    told = sorted((dict(r.headers) for r in retries), key=lambda h: int(h["x-last-failed-ms"]))
    assert {headers["x-error-dependency"].decode() for headers in told} == {nobody}
    assert {headers["x-attempt"] for headers in told} == {b"1"}
    types = [headers["x-error-type"].decode() for headers in told]
    assert types[:5].count("CircuitOpen") == 0
    assert types[5] == "CircuitOpen"
