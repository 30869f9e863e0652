"""How an agent comes to have a phone: connected, its lease held, and only then what others know.

The ledger is read after the lease is had: until then another agent may be writing it, under ids
that this one would not know. The outbox is not read before either: a second member of the account's
group would take the first one's records away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from device_agent.health import Health
from device_agent.layout import PACKAGE, code_of, layout_for, version_of
from device_agent.lease import LANDING_SECONDS, RENEW_SECONDS, Lease, LeaseLost
from device_agent.pilot import Pilot
from schemas.failure import Retryable


@dataclass
class Takeover:
    """Of one phone. `rested` waits so many seconds and says whether the agent is to stop meanwhile;
    `tapped`: whether there is a tap whose outcome is not known; `ready`: whether what the topics
    know is not needed, or read; `layouts`: the folder of layout files beside the shipped ones.
    """

    pilot: Pilot
    lease: Lease
    health: Health
    rested: Callable[[float], Awaitable[bool]]
    tapped: Callable[[], bool]
    ready: Callable[[], bool]
    monotonic: Callable[[], float]
    layouts: Path | None = None
    leased: asyncio.Event = field(default_factory=asyncio.Event)
    """The lease was had once: from now on the topics may be read."""

    async def take(self) -> None:
        """Connect, hold the lease, and wait for what the topics know, if this machine is new.

        Raises:
            Retryable, DependencyDown: not yet.
            LeaseLost: another agent had the phone meanwhile; what we know is out of date.

        """
        phone = self.pilot.phone
        await phone.connect()
        self.health.serial = phone.serial
        told = await phone.shell(f"dumpsys package {PACKAGE}")
        version = version_of(told)
        self.pilot.layout = layout_for(version, code=code_of(told), folder=self.layouts)
        self.health.version, self.health.layout = version, self.pilot.layout.name
        while (wait := await self.lease.acquire()) > 0:
            self.health.say("waiting", "another agent holds the phone's lease", trouble="lease")
            if await self.rested(min(wait, 1.0)):
                raise Retryable("stopped while waiting for the lease")
        if self.lease.foreign and self.leased.is_set():
            raise LeaseLost("another agent had the phone meanwhile")
        self.leased.set()
        if self.lease.inherited and self.tapped() and await self.rested(LANDING_SECONDS):
            raise Retryable("stopped while a tap may still land")
        await self._learned()

    async def outdated(self) -> bool:
        """Whether WeChat has another version than when the phone was taken.

        Raises:
            Retryable, DependencyDown: the phone does not tell.

        """
        told = await self.pilot.phone.shell(f"dumpsys package {PACKAGE}")
        return version_of(told) not in {None, self.health.version}

    async def _learned(self) -> None:
        renewed = self.monotonic()
        while not self.ready():
            needed = "the broker is away: a new machine needs its ledger"
            self.health.say("waiting", needed, trouble="broker_away")
            if await self.rested(0.05):
                raise Retryable("stopped while waiting for the ledger")
            if self.monotonic() - renewed >= RENEW_SECONDS:
                renewed = self.monotonic()
                if not self.lease.renewed(await self.pilot.phone.shell(self.lease.renewal())):
                    await self.lease.acquire()
