"""One chat in order, all chats at once."""

import asyncio
import random
from collections import defaultdict

from streams.lanes import Lanes


async def test_each_key_keeps_its_order_and_a_slow_one_holds_nobody() -> None:
    chance = random.Random(7)
    done: dict[bytes, list[int]] = defaultdict(list)
    gate, passed = asyncio.Event(), asyncio.Event()

    async def work(job: tuple[bytes, int]) -> None:
        key, number = job
        if key == b"slow":
            await gate.wait()
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(0)
        done[key].append(number)
        if sum(len(numbers) for key, numbers in done.items() if key != b"slow") == 200:
            passed.set()

    lanes = Lanes[tuple[bytes, int]](work, _fail, most=4)
    for number in range(50):
        for key in (b"slow", b"a", b"b", b"c", b"d"):
            lanes.put(key, (key, number))
    await asyncio.wait_for(passed.wait(), 5)
    assert not done[b"slow"]
    gate.set()
    async with asyncio.timeout(5):
        while lanes.waiting:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
    assert all(numbers == list(range(50)) for numbers in done.values())


async def test_no_more_lanes_than_the_cap_run_at_once() -> None:
    running = most = 0

    async def work(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    lanes = Lanes[int](work, _fail, most=3)
    for number in range(100):
        lanes.put(str(number % 20).encode(), number)
    async with asyncio.timeout(5):
        while lanes.waiting:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
    assert most == 3


async def test_emptying_waits_for_the_patient_and_cancels_the_rest() -> None:
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(0.05 if name == "quick" else 60)
            ended.append(name)
        except asyncio.CancelledError:
            ended.append(f"{name} cancelled")
            raise

    lanes = Lanes[str](work, _fail, most=4)
    for name in ("quick", "slow"):
        lanes.put(name.encode(), name)
        lanes.put(name.encode(), "never")
    await asyncio.sleep(0)
    await lanes.empty(0.3)
    assert ended == ["quick", "slow cancelled"]
    lanes.put(b"quick", "quick")
    async with asyncio.timeout(5):
        while lanes.waiting:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)
    assert ended[-1] == "quick"


async def test_a_full_house_makes_the_next_wait_until_there_is_space() -> None:
    gate = asyncio.Event()

    async def work(_: int) -> None:
        await gate.wait()

    lanes = Lanes[int](work, _fail, most=1)
    for number in range(8):
        lanes.put(b"k", number)
    assert not lanes.has_space()
    waiting = asyncio.create_task(lanes.space())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    await asyncio.wait_for(waiting, 5)


async def test_a_bug_in_the_work_is_told_and_not_swallowed() -> None:
    told: list[BaseException] = []

    async def work(_: int) -> None:
        raise LookupError("bug")

    lanes = Lanes[int](work, told.append, most=1)
    lanes.put(b"k", 1)
    async with asyncio.timeout(5):
        while not told:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
    assert isinstance(told[0], LookupError)


def _fail(error: BaseException) -> None:
    raise AssertionError from error


async def test_a_hand_over_before_the_lanes_began_is_no_fault() -> None:
    """The agent puts and the revocation empties in one turn of the loop."""
    faults: list[BaseException] = []
    done: list[int] = []

    async def work(job: int) -> None:
        done.append(job)

    lanes = Lanes[int](work, faults.append, most=4)
    for number in range(8):
        lanes.put(str(number).encode(), number)
    await lanes.empty(0.1)

    assert (faults, done, lanes.waiting) == ([], [], 0)
