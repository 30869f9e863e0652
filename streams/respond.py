"""One event from its lane to its end: match, run, turn, commit, produce."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from loguru import logger

from connectors.failpoint import reach
from connectors.questions import Question
from connectors.turns import Turn
from plugins.plugin import Match, matches
from schemas.envelope import decode, header
from schemas.event import EVENTS, Event, MessageReceived
from schemas.failure import Denied, Failure, Permanent, Poison, Retryable
from streams import measures
from streams.attempt import Attempt
from streams.course import Course, delivery_of
from streams.dead_letter import dead_letter
from streams.delivery import Delivery
from streams.desk import Before, Desk, before
from streams.parking import Parking
from streams.quarantine import Quarantine
from streams.ran import Run
from streams.recall import Recall
from streams.roster import Roster
from streams.run import seconds_of
from streams.turn import must_store


class PluginGone(Permanent):
    """An event came back to a plugin instance that does not run any more."""

    kind = "plugin_gone"


class NoMatch(Permanent):
    """An event came back to a plugin instance that does not answer it any more."""

    kind = "no_match"


class Responder:
    """Carries one delivered record to its end.

    When `respond` returns, each matched instance has a produced turn, a place at its gate, a retry
    record or a dead letter, acked, or the record is in the poison topic; then its offset may be
    committed. Cancelled before that, nothing is lost: the record comes again and finds the turns
    that were stored.
    """

    def __init__(
        self,
        roster: Roster,
        quarantine: Quarantine,
        desk: Desk,
        *,
        recall: Recall,
        parking: Parking,
    ) -> None:
        """`roster` says at each event who answers."""
        self._roster = roster
        self._quarantine = quarantine
        self._desk = desk
        self._recall = recall
        self._parking = parking

    async def respond(self, delivery: Delivery) -> None:
        """Do all that an event asks for."""
        reach("worker.received")
        try:
            event = _event(delivery)
        except Poison as failure:
            await self._desk.outputs.poison(delivery, failure)
            return
        await self._parking.ready(delivery.partition, self)
        await self._desk.questions.ready(delivery.partition)
        # Offsets begin again on another broker: a turn is this event's only if it says so.
        recalled = await self._recall.stored(delivery)
        stored = [turn for turn in recalled if turn.event_id == event.event_id]
        for turn in stored:
            await self._produce_stored(delivery, event, turn)
        if await self._resumed(delivery, event):
            return
        answered = {turn.instance for turn in stored if turn.final}
        partly = {turn.instance for turn in stored}
        only = header(delivery.headers, "x-instance")
        # What waited is not kept back by what its chat has come to since.
        states = await self._states(event) if only is None else None
        found: dict[str, Match | None] = {
            match.instance.name: match for match in matches(self._roster.instances, event, states)
        }
        for name in found if only is None else (only,):
            again = only is not None or name in partly
            again = again or self._recall.has_journal(delivery.place, name, event.event_id)
            course = Course(delivery, event, name, found.get(name), name in answered, again)
            if self._parking.found_closed(course):
                course = replace(course, again=True)
            await self._parking.take(course, self)

    async def _states(self, event: Event) -> dict[str, Mapping[str, Any]]:
        """What instances remember of the chat, where that says whether the event is for them."""
        read, lane = self._desk.states.read, event.key.decode()
        some = [one.name for one in self._roster.instances if one.remembers(event)]
        return {name: (await read(name, lane)).value for name in some}

    async def _resumed(self, delivery: Delivery, event: Event) -> bool:
        """Whether the record was for a question; the run that asked has gone on by it then."""
        ended = self._recall.ended_by(delivery.place, event.event_id)
        known, may = self._roster.manifests, self._may_answer
        resumed = await self._desk.questions.resumed(delivery, event, known, ended, may=may)
        if resumed is None:
            return False
        if (question := resumed.question) is not None:
            asking = self.course(delivery_of(question.asking), question.instance)
            await self._parking.take(replace(asking, resumed=True), self)
        return True

    def _may_answer(self, question: Question, message: MessageReceived) -> bool:
        """A run that needs a role does not go on by a message whose author is not proven."""
        if not message.gap_possible:
            return True
        match = self.course(delivery_of(question.asking), question.instance).match
        calls = match.calls if match is not None else ()
        return match is None or all(match.instance.permits(one, message) for one, _ in calls)

    async def run(self, course: Course) -> Failure | None:
        """Run one instance on one event, store and produce; what it failed with."""
        event, match = course.event, course.match
        left = Before()
        if course.again:
            left = await before(self._desk, course.instance, event.event_id)
        if left.parts and (left.parts[-1].final or match is None):
            await self._finish(course, left.parts)
            if left.parts[-1].final:
                return None
        if match is None:
            return self._nobody(course.instance)
        if (refusal := self._quarantine.refusal(course.instance)) is not None:
            return refusal
        trace = header(course.delivery.headers, "traceparent")
        attempt = Attempt(self._desk, course.delivery, event, match, trace=trace, before=left)
        began = self._desk.clocks.ticks()
        failure: Failure | None = None
        turn: Turn | None = None
        try:
            with match.instance.plugin.life or nullcontext():
                turn = await attempt.turn()
        except Failure as error:
            failure = error
            if isinstance(failure, Retryable):
                await attempt.keep()
        took = self._desk.clocks.ticks() - began
        self._note(event, match, attempt, turn=turn, failure=failure, took=took)
        return failure

    def _note(
        self,
        event: Event,
        match: Match,
        attempt: Attempt,
        *,
        turn: Turn | None,
        failure: Failure | None,
        took: float,
    ) -> None:
        """Tell of a run, count it, and judge by it whether its instance may go on."""
        instance, said = match.instance, attempt.said
        denied = attempt.denied or ((failure.sought,) if isinstance(failure, Denied) else ())
        ran = Run(
            event,
            instance,
            attempt.started,
            took * 1000,
            turn,
            failure,
            attempt.calls,
            said,
            denied,
        )
        self._desk.outputs.ran(ran)
        pure = turn is not None and not must_store(instance, event, turn)
        measures.ran(instance.name, ran.outcome(), took, committed=not pure)
        measures.denied(instance.name, denied)
        limit = seconds_of(instance, self._desk.run_seconds)
        count = len(said) + (len(turn.actions) if turn is not None else 0)
        self._quarantine.ran(instance, took, limit, failure, count)

    def _nobody(self, instance: str) -> Permanent:
        if self.knows(instance):
            return NoMatch(f"the plugin instance {instance!r} does not answer this event any more")
        return PluginGone(f"there is no plugin instance {instance!r} any more")

    async def _finish(self, course: Course, parts: Sequence[Turn]) -> None:
        """Nothing follows what is stored: produce what may not have been."""
        for turn in parts:
            if not turn.produced:
                await self._produce_stored(course.delivery, course.event, turn)

    async def bury(
        self, course: Course, failure: Failure, attempt: int, group: tuple[str, int] | None
    ) -> None:
        """Write the dead letter of an event that an instance gives up."""
        name, event_id = course.instance, course.event.event_id
        # One line: the stack is in the dead letter.
        logger.error("{} failed on {}: {}", name, event_id, str(failure)[:500])
        now_ms = int(self._desk.clocks.now().timestamp() * 1000)
        manifest = self._roster.manifests.get(name)
        await self._desk.outputs.bury(
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

    def knows(self, instance: str) -> bool:
        """Whether this worker has it."""
        return self._roster.knows(instance)

    def course(self, delivery: Delivery, instance: str) -> Course:
        """The course of a record that waited at a gate; it could be read when it came."""
        event = _event(delivery)
        found = (m for m in matches(self._roster.instances, event) if m.instance.name == instance)
        return Course(delivery, event, instance, next(found, None), again=True)

    async def _produce_stored(self, delivery: Delivery, event: Event, turn: Turn) -> None:
        trace = header(delivery.headers, "traceparent")
        try:
            records = await self._desk.patience.wait_for(
                "an answer", lambda: self._desk.outputs.address(turn, event, trace)
            )
            await self._desk.outputs.produce(records)
            self._desk.store.mark_produced(turn.turn_id)
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
