"""Open questions of plugins (`ctx.ask`) in PostgreSQL: who is asked, until when, what came of it.

A question is stored in the transaction of the part that its run ended with, together with the
timer of its time-out; it ends once, and whoever ends it first decides how.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, storable
from connectors.gates import Entry
from connectors.run_tables import QUESTIONS
from connectors.stored_record import packed, unpacked
from connectors.timers import Timer, cancel_timer, set_timers
from schemas.envelope import Record

State = Literal["open", "answered", "cancelled", "timeout"]
RECENT: Final = timedelta(hours=1)
"""A message that comes twice within this time ends no second question."""


class Seen(NamedTuple):
    """The last message of a chat that was seen before something: its offset in bot.inbound, and
    its place in the chat's own count, where it has one.
    """

    offset: int = -1
    epoch: str = ""
    seq: int = 0


@dataclass(frozen=True)
class Question:
    """A run that waits for a person's next message.

    `turn_id` is its last part's; `place` its call's in the run's journal; `person`: None is anybody
    in the chat; `after`: only what came later can answer; `asking` the record that the run was
    begun by, `partition` the lane's; `answer`: the message that ended it, as JSON.
    """

    turn_id: str
    instance: str
    event_id: str
    lane: str
    topic: str
    partition: int
    place: int
    person: str | None
    cancel: tuple[str, ...]
    after: Seen
    asking: Entry
    asked_at: datetime
    until: datetime
    state: State = "open"
    answer_event_id: str | None = None
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Ending:
    """How a question ends, and the message that ended it: its event and its place in its topic."""

    state: State
    at: datetime
    event_id: str | None = None
    event: Mapping[str, Any] | None = None
    offset: int | None = None


async def open_questions(
    connection: AsyncConnection, asked: Iterable[tuple[Question, Timer]]
) -> None:
    """Store questions and the timers of their time-outs, within the caller's transaction."""
    pairs = list(asked)
    if not pairs:
        return
    rows = [_row(question) for question, _ in pairs]
    await connection.execute(insert(QUESTIONS).values(rows).on_conflict_do_nothing())
    await set_timers(connection, [timer for _, timer in pairs])


def timer_id(turn_id: str) -> str:
    """The name of the timer that ends a question."""
    return f"ask/{turn_id}"


class QuestionStore:
    """Raises, from every method:
    DependencyDown, Retryable: PostgreSQL is away, or undid it; call again, it is idempotent.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def standing(self, topic: str, partition: int) -> list[Question]:
        """A partition's open questions, the oldest first."""
        return await self._found(
            QUESTIONS.c.topic == topic,
            QUESTIONS.c.partition == partition,
            QUESTIONS.c.state == "open",
        )

    async def ended_by(
        self, topic: str, partition: int, offset: int, now: datetime
    ) -> list[Question]:
        """Those that were ended by messages at or after an offset, or a short while ago: such a
        message may come again.
        """
        again = or_(QUESTIONS.c.answer_offset >= offset, QUESTIONS.c.ended_at >= now - RECENT)
        return await self._found(
            and_(QUESTIONS.c.topic == topic, QUESTIONS.c.partition == partition),
            QUESTIONS.c.answer_event_id.is_not(None),
            again,
        )

    async def of_run(self, instance: str, event_id: str) -> list[Question]:
        """What one run asked."""
        return await self._found(
            QUESTIONS.c.instance == instance, QUESTIONS.c.event_id == storable(event_id)
        )

    async def end(self, turn_id: str, ending: Ending) -> Question | None:
        """End a question, unless it ended before; how it stands. None: there is none."""
        named = QUESTIONS.c.turn_id == turn_id
        values = {
            "state": ending.state,
            "ended_at": ending.at,
            "answer_event_id": storable(ending.event_id),
            "answer": storable(ending.event),
            "answer_offset": ending.offset,
        }
        stated = update(QUESTIONS).where(named, QUESTIONS.c.state == "open").values(values)
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(stated)
                await cancel_timer(connection, timer_id(turn_id))
                row = (await connection.execute(select(QUESTIONS).where(named))).mappings().first()
        return None if row is None else _question(row)

    async def _found(self, *conditions: Any) -> list[Question]:
        asked = select(QUESTIONS).where(*conditions).order_by(QUESTIONS.c.asked_at)
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).mappings().all()
        return [_question(row) for row in rows]


def _row(question: Question) -> dict[str, Any]:
    asking = question.asking
    return {
        "turn_id": question.turn_id,
        "instance": question.instance,
        "event_id": storable(question.event_id),
        "lane": storable(question.lane),
        "topic": question.topic,
        "partition": question.partition,
        "place": question.place,
        "person": storable(question.person),
        "cancel": storable(list(question.cancel)),
        "after": storable(list(question.after)),
        "record_topic": asking.topic,
        "record_partition": asking.partition,
        "record_offset": asking.offset,
        "record_ms": asking.timestamp,
        "key": asking.key,
        "value": asking.value,
        "headers": packed(asking.headers),
        "asked_at": question.asked_at,
        "until": question.until,
        "state": question.state,
    }


def _question(row: Mapping[Any, Any]) -> Question:
    return Question(
        turn_id=row["turn_id"],
        instance=row["instance"],
        event_id=row["event_id"],
        lane=row["lane"],
        topic=row["topic"],
        partition=row["partition"],
        place=row["place"],
        person=row["person"],
        cancel=tuple(row["cancel"]),
        after=Seen(*row["after"]),
        asking=Entry(
            event_id=row["event_id"],
            topic=row["record_topic"],
            partition=row["record_partition"],
            offset=row["record_offset"],
            timestamp=row["record_ms"],
            key=row["key"],
            value=row["value"],
            headers=unpacked(row["headers"]),
        ),
        asked_at=row["asked_at"],
        until=row["until"],
        state=row["state"],
        answer_event_id=row["answer_event_id"],
        answer=row["answer"],
    )


def time_out(question: Question, due_topic: str, left_out: Sequence[str] = ()) -> Timer:
    """The timer that brings a question's run back when nobody answered in time. Pure."""
    asking = question.asking
    added = {
        "x-instance": question.instance,
        "x-event-id": question.event_id,
        "x-ask": question.turn_id,
    }
    headers = [pair for pair in asking.headers if pair[0] not in {*left_out, *added}]
    headers += [(name, text.encode(errors="replace")) for name, text in added.items()]
    partition = question.partition if asking.key is None else None
    record = Record(asking.key, asking.value, headers)
    return Timer(timer_id(question.turn_id), question.until, due_topic, record, partition)
