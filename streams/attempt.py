"""One plugin instance on one event: run, store, produce; behind what was stored of it before."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import orjson
from loguru import logger

from connectors.failpoint import reach
from connectors.gates import LostPartition
from connectors.turns import Snapshot, StateConflict, StateWrite, Turn
from plugins.chat_state import ChatState
from plugins.context import Asking, Context, Outside
from plugins.draft import Draft
from plugins.journal import Journal, stale
from plugins.plugin import Match
from plugins.scheduling import Agenda
from plugins.shared import SharedDraft
from schemas.action import Action
from schemas.event import Event
from schemas.failure import Bug, Failure, Permanent, Retryable
from schemas.identity import turn_id
from schemas.run import Call
from streams.delivery import Delivery
from streams.desk import MOST_PARTS, Before, Desk, before
from streams.lane_retry import again_in_lane
from streams.lanes import hand_back
from streams.outputs import Addressed
from streams.patience import backoff
from streams.run import log_of
from streams.scheduling import carrying
from streams.turn import Whole, make_turn, must_store

MOST_AGAIN: Final = 20
_STATE: Final = "state"


class AskOutdated(Permanent):
    """A run that goes on by a person's answer no longer comes to the question."""

    kind = "ask_outdated"


class _Overtaken(StateConflict):
    """Another run of this event stored a part first: this one goes on behind what stands."""


class Attempt:
    """A run with its tries in the lane. `turn` gives its last part, produced.

    What was flushed is stored and produced once, whatever follows; a re-run is told from the
    journal what it asked before, and goes on behind the last stored part.
    """

    def __init__(
        self,
        desk: Desk,
        delivery: Delivery,
        event: Event,
        match: Match,
        *,
        trace: str | None,
        before: Before,
    ) -> None:
        """Nothing has run yet."""
        self._desk = desk
        self._delivery = delivery
        self._event = event
        self._match = match
        self._trace = trace
        self._name = match.instance.name
        self._lane = event.key.decode()
        self._pure = match.instance.plugin.manifest.pure
        self.started = desk.clocks.now()
        self._parts = list(before.parts)
        self._told = before.told
        self._before = before
        self._task: asyncio.Task[Any] | None = None
        self._suspended = False
        self._strayed = False
        self._journal = Journal()
        self._shared = SharedDraft()
        self._agenda = Agenda()
        self._again_count = 0
        self._drafts: list[Draft] = []
        self._flushed = 0
        self._state: ChatState | None = None
        self._snapshot = Snapshot(0, {})
        self._version = 0
        self._conflicts: list[StateConflict] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """What the last try was told from outside, its state among it."""
        state = self._state
        calls = self._journal.calls
        if state is None or not state.touched:
            return calls
        began = Call(index=len(calls), name=_STATE, response=state.began)
        return (*calls, began)

    @property
    def denied(self) -> tuple[str, ...]:
        """What the last try sought and was not granted."""
        return tuple(self._journal.denied)

    @property
    def said(self) -> tuple[Action, ...]:
        """The actions of the parts that the last try flushed, or found stored."""
        return tuple(a for part in self._parts[: self._flushed] for a in part.actions)

    async def turn(self) -> Turn:
        """Run, store, produce; not the last part where the run waits for a person.

        Raises:
            Failure: the run's; `keep` then keeps what it was told.

        """
        self._task = asyncio.current_task()
        while not self._ended():
            await self._tried()
            if self._ended() or self._suspended:
                break
            reach("worker.ran")
            if self._flushed < len(self._parts):
                self._behind()
            turn, records = await self._made(self._flushed, final=True)
            if self._flushed == 0 and not must_store(self._match.instance, self._event, turn):
                await self._desk.outputs.produce(records)
                reach("worker.produced")
                return turn
            try:
                return await self._stored(turn, records)
            except StateConflict as conflict:
                await self._again(conflict)
        self._flushed = len(self._parts) - 1  # the last one is what it gives
        for stored in () if self._suspended else self._parts:
            if not stored.produced:
                await self._produce(stored, await self._records(stored))
        return self._parts[-1]

    def _ended(self) -> bool:
        """Whether its last part is stored."""
        return bool(self._parts) and self._parts[-1].final

    async def keep(self) -> None:
        """Store what a failed run was told, for its next try."""
        calls = self._kept()
        if self._pure or not (calls or self._parts):
            return
        try:
            await self._checkpoint(calls)
        except Permanent as refused:
            logger.warning("what {} was told is not kept, it asks again: {}", self._name, refused)

    async def _tried(self) -> None:
        """Level 0: a transient failure is tried again in the lane, which waits for some seconds."""
        try:
            await self._once()
        except Retryable as failure:
            waited = self._desk.clocks.now() - self.started
            if waited >= timedelta(seconds=self._desk.policy.lane_seconds):
                raise  # it had its time
            policy, chance = self._desk.policy, self._desk.patience.chance
            await again_in_lane(self._once, failure, policy, chance)

    async def _once(self) -> None:
        """Run to the end; a conflict in a flush begins again, whatever the plugin made of it."""
        while not self._ended():
            self._drafts, self._flushed, self._conflicts = [], 0, []
            self._strayed = False
            self._shared = SharedDraft(self._read_shared)
            self._agenda = Agenda()
            self._journal = self._heard()
            ctx = await self._context()
            try:
                await self._desk.run(self._match, ctx, self._drafts)
            except Failure as failure:
                if not self._conflicts:
                    self._told = self._kept()
                    raise self._outdated() or failure from failure.__cause__
            if not self._conflicts:
                self._suspended = ctx.suspended
                if (outdated := self._outdated()) is not None:
                    raise outdated
                return
            await self._again(self._conflicts[0])

    def _heard(self) -> Journal:
        told = [call for call in self._told if call.name != _STATE]
        return Journal(told, settled=self._settled(), bound=self._before.bound)

    def _settled(self) -> int:
        """How many calls led to parts that are stored."""
        journal = self._parts[-1].journal if self._parts else ()
        return sum(call["name"] != _STATE for call in journal)

    async def _read_shared(self, name: str) -> tuple[int, Any]:
        desk = self._desk
        return await desk.patience.wait_for("a run", lambda: desk.shared.read(self._name, name))

    def _outdated(self) -> AskOutdated | None:
        """Whether it ended without a word that a person said to it."""
        before = self._before
        if len(self._journal.calls) >= before.bound and not self._strayed:
            return None
        return AskOutdated(
            f"{self._name} asked a question in an earlier version, or before its surroundings "
            "changed, and does not come to it again: the question is closed"
        )

    async def _context(self) -> Context:
        name, event, instance = self._name, self._event, self._match.instance
        log, config = log_of(name, event.event_id), instance.config
        made = partial(Context, event, log, config=config, warrant=instance.warrant)
        if self._pure:
            return made()
        self._snapshot = snapshot = await self._desk.states.read(name, self._lane)
        began = next((call.response for call in self._told if call.name == _STATE), None)
        # Before the parts that are stored, the state was what it was before them.
        self._state = ChatState(began if self._parts and began is not None else snapshot.value)
        self._version = snapshot.version
        outside = Outside(
            self._journal,
            self._desk.fetch,
            self._flush,
            self._checkpoint,
            self._asked,
            self._shared,
            self._desk.through,
            self._agenda,
            sources=self._desk.sources.offering(lambda: self._match.tools(event)),
            offers=lambda: self._match.offers(event),
        )
        seed = turn_id(event.event_id, name)
        return made(state=self._state, now=self.started, seed=seed, outside=outside)

    async def _asked(self, asking: Asking, answered: bool) -> None:  # a callback's
        """A question ends a part; one that is not answered yet ends the run."""
        number = self._flushed
        if number == len(self._parts) and not answered:
            await self._flush(asking)
            return
        known = self._before.question(number) if number < len(self._parts) else None
        if known is None or (known.state != "open") != answered:
            self._strayed = True
            raise AskOutdated(f"{self._name} did not ask here before")
        await self._flush()
        if not answered:
            self._desk.questions.opened(known)

    async def _flush(self, asking: Asking | None = None) -> None:
        """Store and produce what was yielded since the last flush, unless it is already."""
        number = self._flushed
        if number >= MOST_PARTS - 1:
            raise Bug(f"{self._name} flushes more than {MOST_PARTS - 1} times")
        if number < len(self._parts):
            stored = self._parts[number]
            if not stored.produced:
                await self._produce(stored, await self._records(stored))
            if number == len(self._parts) - 1:
                self._behind()
            self._drafts.clear()
        else:
            turn, records = await self._made(number, final=False)
            if asking is not None:
                asks = await self._desk.questions.asked(turn, self._delivery, self._event, asking)
                turn = replace(turn, asks=asks)
            try:
                self._parts.append(await self._stored(turn, records))
            except StateConflict as conflict:
                self._conflicts.append(conflict)
                raise
            self._drafts.clear()
        self._flushed = number + 1
        self._shared.settle()
        self._agenda.settle()

    def _behind(self) -> None:
        """From here on it is behind what was stored earlier."""
        self._drafts.clear()
        self._shared.settle()
        self._agenda.settle()
        self._flushed = len(self._parts)
        if self._state is not None:
            self._state.go_on(self._snapshot.value)

    async def _checkpoint(self, calls: Sequence[Call] | None = None) -> None:
        desk, place, task = self._desk, self._delivery.first_place, self._task
        owner = desk.owner(self._delivery.partition)
        told = await self._journaled(self._kept() if calls is None else calls)
        try:
            await desk.patience.wait_for(
                "a checkpoint",
                lambda: desk.journals.keep(self._name, self._event.event_id, place, told, owner),
            )
        except LostPartition:  # no failure of the run: it is another worker's from now on
            if task is not None:
                hand_back(task)
            raise asyncio.CancelledError from None
        reach("worker.checkpointed")

    async def _journaled(self, calls: Sequence[Call]) -> list[Any]:
        desk = self._desk
        slim = await desk.patience.wait_for("a checkpoint", lambda: desk.shelf.shelved(calls))
        return [call.model_dump(mode="json") for call in slim]

    def _kept(self) -> tuple[Call, ...]:
        kept = self._journal.kept
        state = self._state
        if not self._parts or state is None:
            return kept
        return (*kept, Call(index=len(kept), name=_STATE, response=state.began))

    async def _made(self, part: int, *, final: bool) -> tuple[Turn, Addressed]:
        journal: tuple[Any, ...] = ()
        if not final:
            journal = tuple(await self._journaled(self.calls))
        with Whole(self._name):
            turn = make_turn(
                self._delivery,
                self._event,
                self._match.instance,
                self._match.passed(self._event, self._drafts),
                self.started,
                part=part,
                journal=journal,
                final=final,
            )
        return turn, await self._records(turn)

    async def _stored(self, turn: Turn, records: Addressed) -> Turn:
        """Store; what was stored earlier under this id takes the place of what just ran."""
        desk = self._desk
        writes = self._writes()
        beside = self._shared, self._agenda
        turn = carrying(turn, desk.shared.prefix, *beside, event=self._event, now=self.started)
        stored, ours = await desk.patience.wait_for(
            "a commit", lambda: desk.store.commit(turn, writes)
        )
        reach("worker.committed")
        if ours:
            desk.states.wrote(writes)
            self._version += len(writes)
            if self._state is not None:
                self._state.stored()
            if turn.asks is not None:
                desk.questions.opened(turn.asks[0])
        else:
            desk.states.drop(self._name, self._lane)
            if not (turn.final and stored.final):
                raise _Overtaken(f"part {turn.part} of {turn.turn_id} is another run's")
            records = await self._records(stored)
        await self._produce(stored, records)
        return stored

    def _writes(self) -> tuple[StateWrite, ...]:
        if self._state is None or not self._state.changed:
            return ()
        with Whole(self._name):
            value = orjson.loads(orjson.dumps(dict(self._state)))
        return (StateWrite(self._name, self._lane, self._version, value),)

    async def _again(self, conflict: StateConflict) -> None:
        """Somebody wrote the state or a part meanwhile: the next try reads it anew.

        Raises:
            Retryable: this has gone on for too long.

        """
        self._again_count += 1
        if self._again_count > MOST_AGAIN:
            raise Retryable(f"{self._name} is overtaken again and again: {conflict}")
        logger.warning("re-run of {}: {}", self._name, conflict)
        if self._again_count > 1:  # others want the same: not all at once
            await asyncio.sleep(backoff(self._again_count, self._desk.patience.chance))
        self._desk.states.drop(self._name, self._lane)
        self._told = stale(self._kept(), self._settled())
        if isinstance(conflict, _Overtaken):
            found = await before(self._desk, self._name, self._event.event_id)
            self._parts, self._told, self._before = list(found.parts), found.told, found

    async def _records(self, turn: Turn) -> Addressed:
        desk = self._desk
        return await desk.patience.wait_for(
            "an answer", lambda: desk.outputs.address(turn, self._event, self._trace)
        )

    async def _produce(self, turn: Turn, records: Addressed) -> None:
        await self._desk.outputs.produce(records)
        reach("worker.produced")
        self._desk.store.mark_produced(turn.turn_id)
        reach("worker.marked")
