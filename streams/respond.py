"""One event from its lane to its end: match, run, turn, commit, produce."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from loguru import logger

from connectors.failpoint import reach
from connectors.turns import Snapshot, StateConflict, StateWrite, Turn, TurnStore
from plugins.context import ChatState, Context, Draft
from plugins.plugin import Instance, Match, matches
from schemas.envelope import decode, header
from schemas.event import EVENTS, Event
from schemas.failure import Failure, Permanent, Poison, Retryable
from schemas.identity import turn_id
from streams.dead_letter import dead_letter
from streams.delivery import Delivery
from streams.lane_retry import again_in_lane
from streams.limits import Limits
from streams.outputs import Addressed, Outputs
from streams.parking import Course, Parking
from streams.patience import Patience
from streams.ran import Run
from streams.recall import Recall
from streams.remembered import States
from streams.retry_policy import RetryPolicy
from streams.run import run
from streams.turn import Whole, make_turn, must_store


@dataclass(frozen=True)
class Clocks:
    """Time: `now` for people and records, `ticks` (seconds, monotonic) for durations."""

    now: Callable[[], datetime]
    ticks: Callable[[], float]


@dataclass(frozen=True)
class _Ended:
    """What a run came to: its turn and records, or its failure."""

    turn: Turn
    records: Addressed


class Responder:
    """Carries one delivered record to its end.

    When `respond` returns, each matched instance has a produced turn, a place at its gate, a retry
    record or a dead letter, acked, or the record is in the poison topic; then its offset may be
    committed. Cancelled before that, nothing is lost: the record comes again and finds the turns
    that were stored.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        *,
        store: TurnStore,
        outputs: Outputs,
        recall: Recall,
        parking: Parking,
        states: States,
        patience: Patience,
        clocks: Clocks,
        limits: Limits,
        run_seconds: float,
        policy: RetryPolicy,
    ) -> None:
        """`instances` are in the order in which they see an event."""
        self._instances = tuple(instances)
        self._manifests = {instance.name: instance.plugin.manifest for instance in instances}
        self._parking = parking
        self._policy = policy
        self._store = store
        self._outputs = outputs
        self._recall = recall
        self._states = states
        self._patience = patience
        self._clocks = clocks
        self._limits = limits
        self._run_seconds = run_seconds

    async def respond(self, delivery: Delivery) -> None:
        """Do all that an event asks for."""
        reach("worker.received")
        try:
            event = _event(delivery)
        except Poison as failure:
            await self._outputs.poison(delivery, failure)
            return
        await self._parking.ready(delivery.partition)
        # Offsets begin again on another broker: a turn is this event's only if it says so.
        recalled = await self._recall.stored(delivery)
        stored = [turn for turn in recalled if turn.event_id == event.event_id]
        for turn in stored:
            await self._produce_stored(delivery, event, turn)
        answered = {turn.instance for turn in stored}
        only = header(delivery.headers, "x-instance")
        found: dict[str, Match | None] = {
            match.instance.name: match for match in matches(self._instances, event)
        }
        for name in found if only is None else (only,):
            course = Course(delivery, event, name, found.get(name), name in answered)
            await self._parking.take(course, self)

    async def run(self, course: Course) -> Failure | None:
        """Run one instance on one event, store and produce; what it failed with."""
        event, match = course.event, course.match
        if match is None:
            return Permanent(f"no plugin instance {course.instance!r} answers this event any more")
        started, began = self._clocks.now(), self._clocks.ticks()
        failure: Failure | None = None
        turn: Turn | None = None
        try:
            turn = await self._turn(course.delivery, event, match, started)
        except Failure as error:
            failure = error
        took = (self._clocks.ticks() - began) * 1000
        self._outputs.ran(Run(event, match.instance, started, took, turn, failure))
        return failure

    async def bury(
        self, course: Course, failure: Failure, attempt: int, group: tuple[str, int] | None
    ) -> None:
        """Write the dead letter of an event that an instance gives up."""
        name, event_id = course.instance, course.event.event_id
        # One line: the stack is in the dead letter.
        logger.error("{} failed on {}: {}", name, event_id, str(failure)[:500])
        now_ms = int(self._clocks.now().timestamp() * 1000)
        manifest = self._manifests.get(name)
        await self._outputs.bury(
            dead_letter(
                course.delivery,
                event_id,
                name,
                manifest,
                failure,
                now_ms=now_ms,
                attempt=attempt,
                group=group,
            )
        )

    def course(self, delivery: Delivery, instance: str) -> Course:
        """The course of a record that waited at a gate; it could be read when it came."""
        event = _event(delivery)
        found = (m for m in matches(self._instances, event) if m.instance.name == instance)
        return Course(delivery, event, instance, next(found, None))

    async def _turn(
        self, delivery: Delivery, event: Event, match: Match, started: datetime
    ) -> Turn:
        """Run, store, produce; raises what the run failed with."""
        trace = header(delivery.headers, "traceparent")
        while True:
            drafts, state, snapshot = await self._tried(event, match, started)
            reach("worker.ran")
            with Whole(match.instance.name):
                turn = make_turn(delivery, event, match.instance, drafts, started)
            records = await self._records(turn, event, trace)
            if not must_store(match.instance, event, turn):
                await self._outputs.produce(records)
                reach("worker.produced")
                return turn
            try:
                ended = await self._commit(_Ended(turn, records), event, trace, state, snapshot)
            except StateConflict as conflict:
                logger.warning("re-run of {}: {}", match.instance.name, conflict)
                self._states.drop(match.instance.name, _lane(event))
                continue
            reach("worker.committed")
            await self._produce(ended)
            return ended.turn

    async def _tried(
        self, event: Event, match: Match, started: datetime
    ) -> tuple[list[Draft], ChatState | None, Snapshot | None]:
        """Level 0: a transient failure is tried again in the lane, which waits for some seconds."""

        async def attempt() -> tuple[list[Draft], ChatState | None, Snapshot | None]:
            state, snapshot = await self._state(event, match.instance)
            return await self._run(event, match, state, started), state, snapshot

        try:
            return await attempt()
        except Retryable as failure:
            if self._clocks.now() - started >= timedelta(seconds=self._policy.lane_seconds):
                raise  # it had its time
            return await again_in_lane(attempt, failure, self._policy, self._patience.chance)

    async def _run(
        self, event: Event, match: Match, state: ChatState | None, started: datetime
    ) -> list[Draft]:
        name = match.instance.name

        def log():  # type: ignore[no-untyped-def]  # loguru's Logger type exists in stubs alone
            return logger.bind(plugin=name, event_id=event.event_id)

        if state is None:
            ctx = Context(event, log)
        else:
            seed = turn_id(event.event_id, name)
            ctx = Context(event, log, state=state, now=started, seed=seed)
        return await run(match, ctx, self._limits, self._run_seconds)

    async def _state(
        self, event: Event, instance: Instance
    ) -> tuple[ChatState | None, Snapshot | None]:
        if instance.plugin.manifest.pure:
            return None, None
        snapshot = await self._states.read(instance.name, _lane(event))
        return ChatState(snapshot.value), snapshot

    async def _commit(
        self,
        ended: _Ended,
        event: Event,
        trace: str | None,
        state: ChatState | None,
        snapshot: Snapshot | None,
    ) -> _Ended:
        """Store; what was stored earlier under this id takes the place of what just ran."""
        turn = ended.turn
        writes: tuple[StateWrite, ...] = ()
        if state is not None and snapshot is not None and state.changed:
            with Whole(turn.instance):
                value = orjson.loads(orjson.dumps(dict(state)))
            writes = (StateWrite(turn.instance, _lane(event), snapshot.version, value),)
        stored, ours = await self._patience.wait_for(
            "a commit", lambda: self._store.commit(turn, writes)
        )
        if ours:
            self._states.wrote(writes)
            return ended
        self._states.drop(turn.instance, _lane(event))
        return _Ended(stored, await self._records(stored, event, trace))

    async def _records(self, turn: Turn, event: Event, trace: str | None) -> Addressed:
        return await self._patience.wait_for(
            "an answer", lambda: self._outputs.address(turn, event, trace)
        )

    async def _produce(self, ended: _Ended) -> None:
        await self._outputs.produce(ended.records)
        reach("worker.produced")
        self._store.mark_produced(ended.turn.turn_id)
        reach("worker.marked")

    async def _produce_stored(self, delivery: Delivery, event: Event, turn: Turn) -> None:
        trace = header(delivery.headers, "traceparent")
        try:
            records = await self._records(turn, event, trace)
            await self._produce(_Ended(turn, records))
        except Permanent as failure:
            course = Course(delivery, event, turn.instance, None)
            await self.bury(course, failure, 1, None)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def _event(delivery: Delivery) -> Event:
    model = decode(delivery.headers, delivery.value)
    if not isinstance(model, EVENTS):
        raise Poison(f"a {model.TYPE} is no event")
    return model


def _lane(event: Event) -> str:
    return event.key.decode()
