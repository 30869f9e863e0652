"""Produces what the spool owes: events in order per chat, then the tails that stand over them."""

import asyncio
import contextlib
from collections import defaultdict

from connectors.failpoint import reach
from connectors.kafka import Producer
from device_agent.letterhead import Letterhead
from device_agent.spool import Spool
from device_agent.stored import unpack
from schemas.envelope import Record
from schemas.failure import DependencyDown
from schemas.ledger import Tail
from schemas.phone import KnownChat

_BATCH = 200
_MARGIN = 0.01  # seconds; a timer may ring a little early
PATIENCE = 3.0
"""Seconds the phone waits for the broker before it goes on with what needs none."""


class Shipping:
    """Runs beside the phone: a broker that is away stops nothing but itself."""

    def __init__(self, spool: Spool, producer: Producer, head: Letterhead) -> None:
        """`producer` waits for the broker without end."""
        self._spool = spool
        self._producer = producer
        self._head = head
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something new in the spool."""
        self._wake.set()

    async def run(self) -> None:
        """Ship until cancelled. Order: events of a chat one by one, chats at once."""
        self._wake.set()
        while True:
            await self._news()
            self._wake.clear()
            while await self._ship():
                pass

    async def _news(self) -> None:
        """Until something is new in the spool, or an event that was held comes free."""
        now = self._head.clock().timestamp()
        until = self._spool.held_until(now)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if until is None else until - now + _MARGIN):
                await self._wake.wait()

    async def _ship(self) -> bool:
        waiting = self._spool.waiting_events(_BATCH, self._head.clock().timestamp())
        chats: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for number, chat_id, packed in waiting:
            chats[chat_id].append((number, packed))
        await asyncio.gather(*(self._ship_chat(entries) for entries in chats.values()))
        if waiting:
            self._spool.events_produced([number for number, _, _ in waiting])
        tails = self._spool.owed_tails()
        await asyncio.gather(*(self._ship_tail(chat, body) for chat, body in tails.items()))
        return len(waiting) == _BATCH

    async def _ship_chat(self, entries: list[tuple[int, bytes]]) -> None:
        for _, packed in entries:
            topic, record = unpack(packed)
            await self._producer.send(topic, record)
            reach("agent.produced")

    async def _ship_tail(self, chat_id: str, body: str) -> None:
        topic, record = self._head.tail(Tail.model_validate_json(body))
        await self._producer.send(topic, record)
        self._spool.tail_produced(chat_id, body)
        reach("agent.tail_written")

    async def announce(self, chat: KnownChat, tail: Tail) -> None:
        """Tell the topics of a chat before it is first opened.

        Raises:
            DependencyDown: the broker is away.

        """
        await self.send_soon(*self._head.chat(chat))
        await self.send_soon(*self._head.tail(tail))

    async def send_soon(self, topic: str, record: Record) -> None:
        """Produce and await the ack, for a short while.

        Raises:
            DependencyDown: no ack; the record may have been written all the same.

        """
        try:
            await asyncio.wait_for(self._producer.send(topic, record), PATIENCE)
        except TimeoutError as error:
            raise DependencyDown("the broker does not answer") from error
