"""Keeps the phones' scripts in step with their clocks."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from device_agent.sim.phone import Phone

if TYPE_CHECKING:
    from device_agent.sim.fleet import Fleet


async def follow(fleet: "Fleet") -> None:
    """Do every step when it is due by its phone's clock, until cancelled."""
    changed = asyncio.Event()
    fleet.on_script = changed.set
    while True:
        changed.clear()
        delays = [_follow(phone) for phone in list(fleet.phones.values())]
        waits = [delay for delay in delays if delay is not None]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), min(waits) if waits else None)


def _follow(phone: Phone) -> float | None:
    """Do what is due; how many real seconds the next step is away, None if nothing brings it."""
    if phone.script.run_due():
        phone.keep()
    due, speed = phone.script.next_due, phone.clock.speed
    if due is None or speed <= 0:
        return None
    return max(0.0, due - phone.clock.seconds()) / speed
