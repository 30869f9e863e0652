"""The lease on the phone, and what the sending tap compares before it taps."""

from collections.abc import Iterator

import pytest

from device_agent.lease import FILE, SECONDS, TAP_SECONDS, Lease
from device_agent.phone import Phone
from device_agent.sim.harness import Simulator


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


class Holder:
    """A lease of one process, its monotonic clock that of the test."""

    def __init__(self, phone: Phone, holder: str, token: str, clock: list[float]) -> None:
        self.phone = phone
        self.lease = Lease(phone, holder=holder, token=token, monotonic=lambda: clock[0])

    async def tap(self) -> str:
        return (await self.phone.shell(self.lease.tap(5, 5))).strip()


async def test_a_tap_is_refused_when_the_lease_is_anothers_or_nearly_over(sim: Simulator) -> None:
    phone, clock = Phone(sim.adb, sim.serial), [0.0]
    first = Holder(phone, "one", "t1", clock)
    other = Holder(phone, "two", "t2", clock)
    await phone.connect()
    try:
        assert await first.lease.acquire() == 0.0
        assert await other.lease.acquire() > 0.0
        assert await first.tap() == "tapped"
        sim.advance(SECONDS - TAP_SECONDS + 1)
        assert await first.tap() == "refused", "it might land after the lease"
        clock[0] += SECONDS - TAP_SECONDS + 1
        assert first.lease.renewed(await phone.shell(first.lease.renewal()))
        assert await first.tap() == "tapped"
        sim.advance(SECONDS + 1)
        assert await other.lease.acquire() == 0.0
        assert await first.tap() == "refused"
        assert await other.tap() == "tapped"
        assert len(sim.truth()["taps"]) == 3
    finally:
        await phone.close()


async def test_a_phone_whose_clock_jumps_is_leased_anew(sim: Simulator) -> None:
    phone, clock = Phone(sim.adb, sim.serial), [0.0]
    first = Holder(phone, "one", "t1", clock)
    await phone.connect()
    try:
        await first.lease.acquire()
        sim.advance(3600)
        assert await first.tap() == "refused"
        assert not first.lease.renewed(await phone.shell(first.lease.renewal()))
        assert await first.lease.acquire() == 0.0
        assert await first.tap() == "tapped"
    finally:
        await phone.close()


async def test_only_a_lease_of_our_own_dead_process_is_inherited(sim: Simulator) -> None:
    phone, clock = Phone(sim.adb, sim.serial), [0.0]
    await phone.connect()
    try:
        first = Holder(phone, "one", "t1", clock)
        await first.lease.acquire()
        assert not first.lease.inherited
        again = Holder(phone, "one", "t2", clock)
        await again.lease.acquire()
        assert again.lease.inherited
        await again.lease.acquire()
        assert not again.lease.inherited
        sim.advance(SECONDS + 1)
        later = Holder(phone, "two", "t3", clock)
        await later.lease.acquire()
        assert not later.lease.inherited
        await phone.shell(f"rm {FILE}")
        await again.lease.acquire()
        assert not again.lease.inherited
    finally:
        await phone.close()
