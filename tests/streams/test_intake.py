"""Back-pressure: a partition with too much unfinished waits, and goes on when it is worked off."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from streams.acks import MOST_UNACKED, Acks
from streams.delivery import Delivery
from streams.intake import Intake
from streams.recall import Left, Recall

PLACE = ("t", 0)


@dataclass
class Message:
    offset: int
    tp: tuple[str, int] = PLACE
    topic: str = "t"
    partition: int = 0
    timestamp: float | None = 1.5
    key: bytes | None = b"one chat"
    value: bytes | None = b"v"
    headers: tuple[tuple[str, bytes], ...] | None = None


@dataclass
class Tap:
    told: list[str] = field(default_factory=list)

    def hold(self, tp: Any) -> None:
        self.told.append(f"hold {tp}")

    def let_go(self, tp: Any) -> None:
        self.told.append(f"let go {tp}")


async def _nothing(topic: str, partition: int, offset: int) -> Left:
    return Left([], set(), {})


def _fail(error: BaseException) -> None:
    raise AssertionError from error


def _intake(acks: Acks, respond: Any, lanes: int = 2) -> tuple[Intake, Tap]:
    intake, tap = Intake(acks, Recall(_nothing), respond, _fail, lanes=lanes), Tap()
    intake.tap = tap
    return intake, tap


async def test_a_partition_with_too_much_unfinished_is_held_and_let_go() -> None:
    gate = asyncio.Event()

    async def respond(delivery: Delivery) -> None:
        await gate.wait()

    acks = Acks()
    intake, tap = _intake(acks, respond)
    taken = 0
    while not tap.told:
        await intake.take(Message(taken))
        taken += 1
    assert taken < MOST_UNACKED
    for offset in range(taken, taken + 10):  # what was on its way still comes
        await intake.take(Message(offset))
    assert tap.told == [f"hold {PLACE}"]
    assert acks.committable(PLACE) == 0
    gate.set()
    async with asyncio.timeout(20):
        while acks.unacked(PLACE):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
    assert tap.told == [f"hold {PLACE}", f"let go {PLACE}"]
    assert acks.committable(PLACE) == taken + 10


async def test_a_record_that_waited_through_a_hand_over_is_dropped() -> None:
    gate = asyncio.Event()

    async def respond(delivery: Delivery) -> None:
        await gate.wait()

    acks = Acks()
    intake, _ = _intake(acks, respond, lanes=1)
    for offset in range(8):
        await intake.take(Message(offset))
    late = asyncio.create_task(intake.take(Message(8)))
    await asyncio.sleep(0)
    assert not late.done()
    handing = asyncio.create_task(intake.hand_back(0.05))
    await handing
    await late
    acks.forget()
    assert acks.committable(PLACE) is None
    gate.set()
    await intake.take(Message(0))  # the next assignment begins at what is committed
    async with asyncio.timeout(5):
        while acks.unacked(PLACE):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0)
    assert acks.committable(PLACE) == 1


async def test_after_a_close_nothing_is_taken() -> None:
    async def respond(delivery: Delivery) -> None:
        raise AssertionError(delivery)

    acks = Acks()
    intake, _ = _intake(acks, respond)
    await intake.close(0)
    await intake.take(Message(0))
    assert acks.committable(PLACE) is None
    assert not intake.busy
