"""Open questions of a worker's partitions: which one a message answers, and how each ends."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final, NamedTuple

from prometheus_client import Counter, Gauge

from connectors.failpoint import reach
from connectors.gates import Entry
from connectors.questions import (
    Ending,
    Question,
    QuestionStore,
    Seen,
    State,
    time_out,
)
from connectors.timers import Timer
from connectors.turns import Turn
from plugins.context import Asking
from schemas.content import Recalled, SystemLine, Text
from schemas.envelope import header
from schemas.event import Event, MessageReceived
from schemas.topics import DUE, INBOUND
from streams.delivery import Delivery
from streams.patience import Patience

OPEN = Gauge(
    "hongyan_questions_open", "Questions of plugins that wait for a person, of this worker"
)
ENDED = Counter("hongyan_questions_ended", "Questions that ended, by how", ["how"])

_OF_ITS_WAY: Final = frozenset(
    {
        "x-wait",
        "x-not-before-ms",
        "x-redrive-id",
        "x-attempt",
        "x-first-failed-ms",
        "x-last-failed-ms",
        "x-skip",
    }
)
"""What a record's former waits left on it: the run that goes on begins without."""
_MOST_SEEN: Final = 20_000  # chats


class Resumed(NamedTuple):
    """A record that was for a question; `question` is None where nothing follows from it."""

    question: Question | None


class Questioning:
    """Knows the open questions of the partitions it was asked about.

    A message ends the newest open question of its writer in its chat, once; a message that comes
    again after a crash finds what it ended.
    """

    def __init__(
        self,
        prefix: str,
        store: QuestionStore,
        *,
        patience: Patience,
        now: Callable[[], datetime],
        end: Callable[[str, int], Awaitable[int]],
    ) -> None:
        """`prefix` is the topics'; `end` gives where the next record of a partition will stand."""
        self._topic = INBOUND.name(prefix)
        self._due = DUE.name(prefix)
        self._store = store
        self._patience = patience
        self._now = now
        self._end_of = end
        self._reading: set[str] = set()
        self._loads: dict[int, asyncio.Task[None]] = {}
        self._open: dict[str, list[Question]] = {}
        self._ended: OrderedDict[str, str] = OrderedDict()
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    async def ready(self, partition: int) -> None:
        """Load a partition's questions at its first record under an assignment."""
        load = self._loads.get(partition)
        if load is None:
            load = asyncio.create_task(self._load(partition), name="questions")
            self._loads[partition] = load
        if not load.done():
            await asyncio.shield(load)

    def forget(self) -> None:
        """The assignment is over."""
        for load in self._loads.values():
            load.cancel()
        self._loads.clear()
        self._open.clear()
        self._ended.clear()
        self._seen.clear()
        self._reading.clear()
        OPEN.set(0)

    async def asked(
        self, turn: Turn, delivery: Delivery, event: Event, asking: Asking
    ) -> tuple[Question, Timer]:
        """The question that a run's part ends with, and its time-out."""
        now = self._now()
        headers = [pair for pair in delivery.headers if pair[0] not in _OF_ITS_WAY]
        lane = event.key.decode()
        question = Question(
            turn_id=turn.turn_id,
            instance=turn.instance,
            event_id=turn.event_id,
            lane=lane,
            topic=self._topic,
            partition=delivery.partition,
            place=asking.place,
            person=_person(event),
            cancel=asking.cancel,
            after=await self._before(lane, delivery.partition),
            asking=Entry(turn.event_id, *delivery[:6], headers),
            asked_at=now,
            until=now + asking.within,
        )
        return question, time_out(question, self._due)

    async def _before(self, lane: str, partition: int) -> Seen:
        """What cannot answer a question that is asked now: what was read of the chat, where the
        run is for what was read last; else whatever is written by now. A retry may come before
        messages that are read again after a hand-over, and they were said before it asks.
        """
        if lane in self._reading and (seen := self._seen.get(lane)) is not None:
            return seen
        end = await self._patience.wait_for(
            "a question", lambda: self._end_of(self._topic, partition)
        )
        return Seen(end - 1)

    def opened(self, question: Question) -> None:
        """It is stored: from now on messages may answer it."""
        there = self._open.setdefault(question.lane, [])
        if all(other.turn_id != question.turn_id for other in there):
            there.append(question)
            OPEN.inc()

    async def of_run(self, instance: str, event_id: str) -> list[Question]:
        """What one run asked so far."""
        return await self._patience.wait_for(
            "a re-run", lambda: self._store.of_run(instance, event_id)
        )

    async def resumed(
        self,
        delivery: Delivery,
        event: Event,
        instances: Collection[str],
        known: str | None,
        *,
        may: Callable[[Question, MessageReceived], bool] = lambda _question, _message: True,
    ) -> Resumed | None:
        """Whether a record is for a question, and which run goes on by it; None: for none.

        `known`: the question that this very message ended before a crash. `may`: whether a message
        that would answer a question counts.
        """
        lane = event.key.decode()
        self._reading.discard(lane)
        if (timed_out := header(delivery.headers, "x-ask")) is not None:
            return Resumed(await self._timed_out(timed_out))
        if not isinstance(event, MessageReceived) or event.historical:
            return None
        if header(delivery.headers, "x-instance") is not None or delivery.topic != self._topic:
            return None
        self._note(lane, delivery, event)
        name = self._ended.get(event.event_id, known)
        if name is None:
            found = self._match(delivery, event, instances)
            if found is None or not may(found, event):
                return None
            name = found.turn_id
            state: State = "cancelled" if _cancels(found, event) else "answered"
        else:
            state = "answered"  # as it ended is stored
        return await self._answered(name, state, delivery, event)

    async def _answered(
        self, name: str, state: State, delivery: Delivery, event: MessageReceived
    ) -> Resumed | None:
        told = event.model_dump(mode="json")
        ending = Ending(state, self._now(), event.event_id, told, delivery.offset)
        stands = await self._end(name, ending)
        if stands is None or stands.answer_event_id != event.event_id:
            return None  # it was over before
        self._ended[event.event_id] = name
        if len(self._ended) > _MOST_SEEN:
            self._ended.popitem(last=False)
        return Resumed(stands)

    async def _timed_out(self, name: str) -> Question | None:
        stands = await self._end(name, Ending("timeout", self._now()))
        return stands if stands is not None and stands.state == "timeout" else None

    async def _end(self, name: str, ending: Ending) -> Question | None:
        stands = await self._patience.wait_for("an answer", lambda: self._store.end(name, ending))
        reach("ask.ended")
        if stands is not None and self._closed(stands):
            ENDED.labels(how=stands.state).inc()
        return stands

    def _closed(self, question: Question) -> bool:
        there = self._open.get(question.lane, [])
        left = [other for other in there if other.turn_id != question.turn_id]
        if len(left) == len(there):
            return False
        OPEN.dec()
        if left:
            self._open[question.lane] = left
        else:
            del self._open[question.lane]
        return True

    def _match(
        self, delivery: Delivery, event: MessageReceived, instances: Collection[str]
    ) -> Question | None:
        for question in reversed(self._open.get(event.key.decode(), [])):
            if question.instance in instances and is_answer(question, delivery.offset, event):
                return question
        return None

    def _note(self, lane: str, delivery: Delivery, event: MessageReceived) -> None:
        self._reading.add(lane)
        before = self._seen.get(lane, Seen())
        later = event.seq if event.epoch != before.epoch else max(event.seq, before.seq)
        self._seen[lane] = Seen(max(before.offset, delivery.offset), event.epoch, later)
        self._seen.move_to_end(lane)
        if len(self._seen) > _MOST_SEEN:
            gone, _ = self._seen.popitem(last=False)
            self._reading.discard(gone)

    async def _load(self, partition: int) -> None:
        found = await self._patience.wait_for(
            "a partition", lambda: self._store.standing(self._topic, partition)
        )
        for question in found:
            self.opened(question)


def _person(event: Event) -> str | None:
    """Whose next message answers; None: anybody's."""
    if isinstance(event, MessageReceived) and event.chat.kind == "group":
        return event.sender.id or event.sender.name
    return None


def is_answer(question: Question, offset: int, event: MessageReceived) -> bool:
    """Whether a message may be the answer: a person's, that person's, and later than the question.
    Pure.
    """
    if event.event_id == question.event_id or isinstance(event.content, SystemLine | Recalled):
        return False
    if question.person is not None and question.person != (event.sender.id or event.sender.name):
        return False
    after = question.after
    if event.seq and event.epoch == after.epoch:
        return event.seq > after.seq
    return offset > after.offset


def _cancels(question: Question, event: MessageReceived) -> bool:
    content = event.content
    words = {word.casefold() for word in question.cancel}
    return isinstance(content, Text) and content.text.strip().casefold() in words
