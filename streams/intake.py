"""From the agents into the lanes and back: every record gets a ticket, and its ack in order."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from prometheus_client import Counter

from connectors.failpoint import reach
from streams.acks import MOST_UNACKED, Acks, Partition, Ticket
from streams.delivery import Delivery
from streams.lanes import Lanes
from streams.measures import HELD, LANES_BUSY, RECORDS_WAITING
from streams.recall import Recall

DONE = Counter("hongyan_events_done", "Records of bot.inbound and bot.due brought to their end")

_ON_THE_WAY = 2_000
"""Records that may still come after a partition is held: one fetch and a full queue."""

_Job = tuple[Delivery, Ticket]


class Tap(Protocol):
    """Stops and restarts fetching one partition."""

    def hold(self, tp: Any) -> None:
        """Fetch no more of it."""

    def let_go(self, tp: Any) -> None:
        """Fetch it again."""


class Intake:
    """Puts records into the lanes of their chats, with back-pressure in two steps: with every lane
    busy the agents wait; with too many unacked records of one partition that partition waits.
    """

    def __init__(
        self,
        acks: Acks,
        recall: Recall,
        respond: Callable[[Delivery], Awaitable[None]],
        failed: Callable[[BaseException], None],
        *,
        lanes: int,
    ) -> None:
        """`failed` hears of our own bugs; a plugin's never get here."""
        self._acks = acks
        self._recall = recall
        self._respond = respond
        self._lanes = Lanes[_Job](self._work, failed, most=lanes)
        self._held: dict[Partition, Any] = {}
        LANES_BUSY.set_function(lambda: self._lanes.busy)
        RECORDS_WAITING.set_function(lambda: self._lanes.waiting)
        HELD.set_function(lambda: len(self._held))
        self._epoch = 0
        self._closed = False
        self.tap: Tap | None = None

    @property
    def busy(self) -> bool:
        """Whether any record is being worked on."""
        return self._lanes.busy > 0

    async def take(self, message: Any) -> None:
        """Take the next record of its partition; a Faust message, in the order of its offsets."""
        if not self._lanes.has_space():
            epoch = self._epoch
            await self._lanes.space()
            if epoch != self._epoch:
                return  # its assignment is over, it will come again
        if self._closed:
            return
        tp, offset = message.tp, message.offset
        self._recall.begin(tp, offset)
        ticket = self._acks.take(tp, offset)
        self._maybe_hold(tp)
        delivery = Delivery(
            message.topic,
            message.partition,
            offset,
            int((message.timestamp or 0) * 1000),
            message.key,
            message.value,
            message.headers or (),
        )
        self._lanes.put(delivery.lane, (delivery, ticket))

    async def hand_back(self, patience: float) -> None:
        """Give running records `patience` seconds, then leave them to the next owner.

        What ended may be committed afterwards; the rest is unacked.
        """
        self._epoch += 1
        await self._lanes.empty(patience)
        self._recall.forget()
        self._held.clear()

    async def close(self, patience: float) -> None:
        """`hand_back`, and take nothing more."""
        self._closed = True
        await self.hand_back(patience)

    async def _work(self, job: _Job) -> None:
        delivery, ticket = job
        await self._respond(delivery)
        self._acks.finish(ticket)
        DONE.inc()
        reach("worker.acked")
        if self._held and self.tap is not None:
            self._maybe_let_go(delivery.place)

    def _maybe_hold(self, tp: Any) -> None:
        many = self._acks.unacked(tp) >= MOST_UNACKED - _ON_THE_WAY
        if many and self.tap is not None and tp not in self._held:
            self._held[tp] = tp
            self.tap.hold(tp)

    def _maybe_let_go(self, place: Partition) -> None:
        tp = self._held.get(place)
        if tp is not None and self.tap is not None and self._acks.unacked(tp) < MOST_UNACKED // 2:
            del self._held[place]
            self.tap.let_go(tp)
