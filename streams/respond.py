"""One event from its lane to its end: match, run, turn, commit, produce."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from loguru import logger

from connectors.failpoint import reach
from connectors.turns import Snapshot, StateConflict, StateWrite, Turn, TurnStore
from plugins.context import ChatState, Context, Draft
from plugins.plugin import Instance, Match, matches
from schemas.envelope import decode, header
from schemas.event import EVENTS, Event
from schemas.failure import Failure, Permanent, Poison
from schemas.identity import turn_id
from streams.dead_letter import dead_letter
from streams.delivery import Delivery
from streams.limits import Limits
from streams.outputs import Addressed, Outputs
from streams.patience import Patience
from streams.ran import Run
from streams.recall import Recall
from streams.remembered import States
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

    When `respond` returns, each matched instance has a produced turn or a dead letter, acked by
    the broker, or the record is in the poison topic; then its offset may be committed. Cancelled
    before that, nothing is lost: the record comes again and finds the turns that were stored.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        *,
        store: TurnStore,
        outputs: Outputs,
        recall: Recall,
        states: States,
        patience: Patience,
        clocks: Clocks,
        limits: Limits,
        run_seconds: float,
    ) -> None:
        """`instances` are in the order in which they see an event."""
        self._instances = tuple(instances)
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
        # Offsets begin again on another broker: a turn is this event's only if it says so.
        recalled = await self._recall.stored(delivery)
        stored = [turn for turn in recalled if turn.event_id == event.event_id]
        for turn in stored:
            await self._produce_stored(delivery, event, turn)
        answered = {turn.instance for turn in stored}
        only = header(delivery.headers, "x-instance")
        for match in matches(self._instances, event):
            name = match.instance.name
            if name not in answered and (only is None or only == name):
                await self._answer(delivery, event, match)

    async def _answer(self, delivery: Delivery, event: Event, match: Match) -> None:
        started, began = self._clocks.now(), self._clocks.ticks()
        failure: Failure | None = None
        turn: Turn | None = None
        try:
            turn = await self._turn(delivery, event, match, started)
        except Failure as error:
            failure = error
            await self._bury(delivery, event, match.instance.name, error)
        took = (self._clocks.ticks() - began) * 1000
        self._outputs.ran(Run(event, match.instance, started, took, turn, failure))

    async def _turn(
        self, delivery: Delivery, event: Event, match: Match, started: datetime
    ) -> Turn:
        """Run, store, produce; raises what the run failed with."""
        trace = header(delivery.headers, "traceparent")
        while True:
            state, snapshot = await self._state(event, match.instance)
            drafts = await self._run(event, match, state, started)
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
            await self._bury(delivery, event, turn.instance, failure)

    async def _bury(
        self, delivery: Delivery, event: Event, instance: str, failure: Failure
    ) -> None:
        # One line: the stack is in the dead letter.
        said = str(failure)[:500]
        logger.error("{} failed on {}: {}", instance, event.event_id, said)
        manifests = {i.name: i.plugin.manifest for i in self._instances}
        now_ms = int(self._clocks.now().timestamp() * 1000)
        manifest = manifests.get(instance)
        await self._outputs.bury(
            dead_letter(delivery, event.event_id, instance, manifest, failure, now_ms=now_ms)
        )


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
