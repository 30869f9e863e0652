"""Gates between events and plugin instances: a chat waits in order behind an event that failed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar
from uuid import NAMESPACE_URL, uuid5

from loguru import logger
from prometheus_client import Counter, Gauge

from connectors.failpoint import reach
from connectors.gates import Entry, Gate, GateStore, Owner
from connectors.timers import Timer, Timers
from schemas.envelope import header
from schemas.failure import Expired, Failure
from schemas.topics import DUE, INBOUND
from streams.course import Course, closing, delivery_of, entry_of, first_failed, is_turn
from streams.dead_letter import described
from streams.delivery import Delivery
from streams.measures import OLDEST_GATE
from streams.outputs import Outputs
from streams.patience import Patience
from streams.retry_policy import TIERS, RetryPolicy, Wait, next_try
from streams.retry_record import number, retry_record

CLOSED = Gauge("hongyan_gates_closed", "Chats in which a plugin instance waits, of this worker")
PARKED = Counter("hongyan_events_parked", "Events that wait behind a failed one", ["instance"])
RETRIES = Counter("hongyan_retries", "Runs put off, by the kind of their failure", ["kind"])

_TOPICS = {tier.name: tier.topic for tier in TIERS}

_FORGOTTEN = max(tier.topic.retention or timedelta() for tier in TIERS) + timedelta(hours=1)
"""After this long no retry topic has a record any more."""
_MOST_RETRIED = 20_000

T = TypeVar("T")


class Runner(Protocol):
    """What can be done with a course; both are the responder's."""

    async def run(self, course: Course) -> Failure | None:
        """Run, store and produce; what it failed with."""

    async def bury(
        self, course: Course, failure: Failure, attempt: int, group: tuple[str, int] | None
    ) -> None:
        """Write its dead letter; `group` names the gate it waited at and its place in line."""

    def course(self, delivery: Delivery, instance: str) -> Course:
        """The course of a record that waited."""

    def knows(self, instance: str) -> bool:
        """Whether there is such an instance here."""


class Parking:
    """Decides what becomes of failed runs, and keeps later events of that chat behind them.

    All of a lane's calls come one after another. An event that `take` returned from has a turn, a
    place in line, a retry record or a dead letter; cancelled before, it comes again and finds its
    place. Every stored change is fenced by the epoch of its partition.

    Raises:
        LostPartition: another worker has it; this process is to end.

    """

    def __init__(
        self,
        prefix: str,
        store: GateStore,
        outputs: Outputs,
        timers: Timers,
        *,
        patience: Patience,
        now: Callable[[], datetime],
        policy: RetryPolicy,
    ) -> None:
        """`prefix` is the topics'."""
        self._topic = INBOUND.name(prefix)
        self._prefix = prefix
        self._store = store
        self._outputs = outputs
        self._patience = patience
        self._now = now
        self._policy = policy
        self._timers = timers
        self._claims: dict[int, asyncio.Task[None]] = {}
        self._owners: dict[int, Owner] = {}
        self._retried: OrderedDict[tuple[str, str, int, int], None] = OrderedDict()
        self._gates: dict[tuple[str, str], Gate] = {}
        self._found: set[tuple[str, str]] = set()
        OLDEST_GATE.set_function(self._oldest)

    def owner(self, partition: int) -> Owner | None:
        """The claim on a partition, of this worker."""
        return self._owners.get(partition)

    async def ready(self, partition: int, runner: Runner) -> None:
        """Claim a partition at its first record under an assignment, and wait for its gates."""
        claim = self._claims.get(partition)
        if claim is None:
            claim = asyncio.create_task(self._claim(partition, runner), name="claim")
            self._claims[partition] = claim
        if not claim.done():
            await asyncio.shield(claim)

    def forget(self) -> None:
        """The assignment is over."""
        for claim in self._claims.values():
            claim.cancel()
        self._claims.clear()
        self._owners.clear()
        self._retried.clear()
        self._gates.clear()
        self._found.clear()
        CLOSED.set(0)

    def found_closed(self, course: Course) -> bool:
        """Whether a gate stood there when the partition was claimed: an event that comes again may
        have been answered from the line, before its own record came.
        """
        return bool(self._found) and course.place in self._found

    async def take(self, course: Course, runner: Runner) -> None:
        """Bring an event to its end at an instance, or to a place where it waits durably."""
        gate = self._gates.get(course.place) if self._gates else None
        if gate is None:
            await self._pass(course, runner)
        elif course.event_id == gate.head and is_turn(course, gate):
            done = course.answered or course.skipped
            if course.redriven and not done:
                gate = await self._afresh(gate, course)
            failure = None if done else await runner.run(course)
            await self._go_on(gate, course, failure, runner)
        else:
            # What it began before a crash has moved the line on, and nobody else will go on there.
            if course.wait is None and not (course.answered or course.skipped):
                await self._line_up(gate, course, runner)
            await self._remind(course.place, runner)

    async def _pass(self, course: Course, runner: Runner) -> None:
        """The gate is open."""
        if course.answered or course.skipped or course.wait is not None:
            return  # done before, or a retry of what was settled otherwise since
        if self._came_twice(course):
            return
        failure = await runner.run(course)
        if failure is None:
            return
        now = self._now()
        attempt = 1 if course.redriven else number(course.delivery, "x-attempt") or 1
        first = first_failed(course, now)
        wait = next_try(failure, attempt, first, now, self._policy)
        if wait is None:
            await runner.bury(course, failure, attempt, None)
            if course.in_order and course.holds:
                held = closing(course, failure, Wait(TIERS[0], attempt), first, now)
                await self._close(replace(held, state="held"), course)
            return
        gate = closing(course, failure, wait, first, now)
        if not course.in_order:  # nothing waits behind it, so nothing tells its waits apart
            await self._send(replace(gate, wait=0), course.delivery)
            return
        await self._close(gate, course)
        if await self._send(gate, course.delivery):
            await self._put(replace(gate, sent=True))
        else:
            await self._go_on(gate, course, None, runner)

    def _came_twice(self, course: Course) -> bool:
        """Whether this very retry was run already: nothing else tells apart the two that a crash
        between a retry record and the ack leaves, where nothing waits behind an event. A retry
        that asked a person goes on under its own number.
        """
        hop = number(course.delivery, "x-hop")
        if course.in_order or course.redriven or course.resumed or hop is None:
            return False
        life = number(course.delivery, "x-redrive-count") or 0
        named = course.instance, course.event_id, life, hop
        if named in self._retried:
            return True
        self._retried[named] = None
        if len(self._retried) > _MOST_RETRIED:
            self._retried.popitem(last=False)
        return False

    async def _go_on(
        self, gate: Gate, course: Course, failure: Failure | None, runner: Runner
    ) -> None:
        """After the head's run: wait again, or go through the line as far as it goes."""
        while True:
            if failure is not None and await self._stays(gate, course, failure, runner):
                return
            following = await self._advance(gate, course.event_id)
            reach("parking.advanced")
            if following is None:
                return
            gate, entry = following
            course = runner.course(delivery_of(entry), gate.instance)
            failure = await runner.run(course)

    async def _stays(self, gate: Gate, course: Course, failure: Failure, runner: Runner) -> bool:
        """Settle a head that failed; whether the gate stays closed."""
        now = self._now()
        first = gate.first_failed_at if gate.state != "draining" else now
        wait = next_try(failure, gate.attempt, first, now, self._policy)
        if wait is None:
            await runner.bury(course, failure, gate.attempt, None)
            reach("parking.buried")
            if not course.holds:
                return False
            await self._put(replace(gate, state="held", error=described(failure)))
            return True
        if now - gate.closed_at >= self._policy.most_age:
            await self._dissolve(gate, runner)
            return True
        waiting = replace(
            gate,
            state="waiting",
            attempt=wait.attempt,
            wait=gate.wait + 1,
            tier=wait.tier.name,
            not_before=wait.not_before,
            sent=False,
            first_failed_at=first,
            error=described(failure),
        )
        await self._put(waiting)
        reach("parking.waiting")
        if not await self._send(waiting, course.delivery):
            return False
        await self._put(replace(waiting, sent=True))
        return True

    async def _afresh(self, gate: Gate, course: Course) -> Gate:
        """A person sent the head back, perhaps edited: it begins anew, as what it is now."""
        anew = replace(gate, attempt=1, first_failed_at=self._now())
        owner, entry = self._owner(gate), entry_of(course)
        await self._stored("a gate", lambda: self._store.put(owner, anew, entry))
        self._gates[gate.place] = anew
        return anew

    async def _remind(self, place: tuple[str, str], runner: Runner) -> None:
        """A record that came again after a crash: what it left undone is done now."""
        gate = self._gates.get(place)
        if gate is None or gate.state == "held" or (gate.state == "waiting" and gate.sent):
            return
        entry = await self._stored("a gate", lambda: self._store.head(gate.place))
        if entry is None:  # it cannot be: the head stands in line until it is done
            raise RuntimeError(f"a gate without a head: {gate.place}")
        course = runner.course(delivery_of(entry), gate.instance)
        if gate.state == "draining":
            await self._go_on(gate, course, await runner.run(course), runner)
        elif await self._send(gate, course.delivery):
            await self._put(replace(gate, sent=True))
        else:
            await self._go_on(gate, course, None, runner)

    async def _line_up(self, gate: Gate, course: Course, runner: Runner) -> None:
        """An event behind the head, unless it is the head."""
        if course.event_id == gate.head:
            return
        owner, entry = self._owner(gate), entry_of(course)
        count = await self._stored("a gate", lambda: self._store.append(owner, gate.place, entry))
        PARKED.labels(instance=gate.instance).inc()
        reach("parking.lined_up")
        old = self._now() - gate.closed_at >= self._policy.most_age
        if count > self._policy.most_parked or old:
            await self._dissolve(gate, runner)

    async def _dissolve(self, gate: Gate, runner: Runner) -> None:
        """Too many wait, or for too long: each becomes a dead letter, in one group."""
        entries = await self._stored("a gate", lambda: self._store.line(gate.place))
        said = gate.error.get("x-error-message", "")
        logger.error(
            "{} gives up {} events in {}: {}", gate.instance, len(entries), gate.lane, said
        )
        group = str(uuid5(NAMESPACE_URL, "|".join((*gate.place, gate.closed_at.isoformat()))))
        for index, entry in enumerate(entries):
            if gate.state == "held" and entry.event_id == gate.head:
                continue  # it has its dead letter
            waited = runner.course(delivery_of(entry), gate.instance)
            failure = Expired(f"it waited behind {gate.head}, which goes on failing: {said}")
            attempt = gate.attempt if entry.event_id == gate.head else 1
            await runner.bury(waited, failure, attempt, (group, index))
        reach("parking.dissolving")
        owner = self._owner(gate)
        await self._stored("a gate", lambda: self._store.dissolve(owner, gate.place))
        self._opened(gate)

    def _oldest(self) -> float:
        """For `/metrics`, asked from another thread."""
        closed = [gate.closed_at for gate in tuple(self._gates.values())]
        return max(0.0, (self._now() - min(closed)).total_seconds()) if closed else 0.0

    async def _close(self, gate: Gate, course: Course) -> None:
        owner, entry = self._owner(gate), entry_of(course)
        await self._stored("a gate", lambda: self._store.close(owner, gate, entry))
        self._gates[gate.place] = gate
        CLOSED.set(len(self._gates))
        reach("parking.closed")
        logger.warning("{} waits in {}: {}", *gate.place, gate.error.get("x-error-message"))

    async def _advance(self, gate: Gate, done: str) -> tuple[Gate, Entry] | None:
        owner, now = self._owner(gate), self._now()
        following = await self._stored(
            "a gate", lambda: self._store.advance(owner, gate, done, now)
        )
        if following is None:
            self._opened(gate)
            logger.info("{} goes on in {}", *gate.place)
        else:
            self._gates[gate.place] = following[0]
        return following

    def _opened(self, gate: Gate) -> None:
        self._gates.pop(gate.place, None)
        CLOSED.set(len(self._gates))

    async def _put(self, gate: Gate) -> None:
        owner = self._owner(gate)
        await self._stored("a gate", lambda: self._store.put(owner, gate))
        self._gates[gate.place] = gate

    async def _send(self, gate: Gate, delivery: Delivery) -> bool:
        """The head's retry record, acked; False: it cannot be, and is a dead letter now."""
        RETRIES.labels(kind=gate.error.get("x-error-kind", "")).inc()
        if gate.not_before is not None and gate.not_before - self._now() > TIERS[-1].delay:
            await self._set_timer(gate, delivery, gate.not_before)
            return True
        topic = _TOPICS[gate.tier or TIERS[0].name].name(self._prefix)
        record = retry_record(delivery, gate, self._now())
        sent = await self._outputs.put_off(topic, delivery, record)
        reach("parking.sent")
        return sent

    async def _set_timer(self, gate: Gate, delivery: Delivery, due_at: datetime) -> None:
        """A wait longer than any tier's."""
        due = DUE.name(self._prefix)
        record = retry_record(delivery, gate, self._now())
        # Another wait, another timer: the relay may not have forgotten the one that rang yet.
        wait = header(record.headers, "x-hop") or str(gate.wait)
        name = "/".join((due, *gate.place, gate.head, wait, str(gate.attempt)))
        partition = delivery.partition if record.key is None else None
        timer = Timer(str(uuid5(NAMESPACE_URL, name)), due_at, due, record, partition)
        await self._stored("a retry", lambda: self._timers.set(timer))
        reach("parking.sent")

    async def _claim(self, partition: int, runner: Runner) -> None:
        owner, gates = await self._stored(
            "a partition", lambda: self._store.claim(self._topic, partition)
        )
        self._gates.update({gate.place: gate for gate in gates})
        self._found.update(gate.place for gate in gates)
        CLOSED.set(len(self._gates))
        self._owners[partition] = owner
        await self._sweep(owner, gates, runner)

    async def _sweep(self, owner: Owner, gates: list[Gate], runner: Runner) -> None:
        """What nothing else would ever move: retries that their topic forgot, and chats held for a
        plugin that is gone.
        """
        long_ago = self._now() - _FORGOTTEN
        for gate in await self._stored("a gate", lambda: self._store.overdue(owner, long_ago)):
            entry = await self._stored("a gate", partial(self._store.head, gate.place))
            if entry is None:
                continue
            if await self._send(gate, delivery_of(entry)):
                await self._put(replace(gate, sent=True))
            else:
                await self._go_on(
                    gate, runner.course(delivery_of(entry), gate.instance), None, runner
                )
        for gate in gates:
            if gate.state == "held" and not runner.knows(gate.instance):
                await self._dissolve(gate, runner)

    def _owner(self, gate: Gate) -> Owner:
        return self._owners[gate.partition]

    async def _stored(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        return await self._patience.wait_for(what, call)
