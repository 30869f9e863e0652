"""PostgreSQL forgets what nobody can ask for again, and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.gates import Entry
from connectors.questions import Ending, Question, QuestionStore, Seen, open_questions
from connectors.retention import TURNS_KEPT, purge
from connectors.tables import TURNS
from connectors.timers import Timer
from schemas.envelope import Record
from schemas.topics import DLQ

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database, size=1)
    yield engine
    await engine.dispose()


async def test_what_a_run_said_is_kept_while_its_question_is(engine: AsyncEngine) -> None:
    long_ago = NOW - TURNS_KEPT * 2
    turn = {
        "turn_id": "t1",
        "event_id": "e1",
        "instance": "order",
        "part": 0,
        "topic": "bot.inbound.v1",
        "partition": 0,
        "offset": 1,
    }
    asking = Entry("e1", "bot.inbound.v1", 0, 1, 0, b"k", b"{}", ())
    place = ("k", "bot.inbound.v1", 0, 1)
    asked = Question(
        "t1", "order", "e1", *place, "Alice", (), Seen(), asking, long_ago, NOW + timedelta(days=1)
    )
    timer = Timer("ask/t1", asked.until, "bot.due.v1", Record(b"k", b"{}", []))
    async with engine.begin() as connection:
        written = {"actions": [], "journal": [], "final": False, "created_at": long_ago}
        await connection.execute(insert(TURNS).values(**turn, **written))
        await open_questions(connection, [(asked, timer)])
    assert await purge(engine, NOW) == (0, 0, 0)
    await QuestionStore(engine).end("t1", Ending("timeout", NOW))
    assert await purge(engine, NOW) == (0, 0, 0), "its run may just be going on"
    later = NOW + TURNS_KEPT * 2
    await purge(engine, later)
    assert await purge(engine, later) == (1, 0, 0)


async def test_a_turn_is_kept_as_long_as_its_event_may_come_again(engine: AsyncEngine) -> None:
    ages = {
        "young": timedelta(days=1),
        "old": TURNS_KEPT - timedelta(hours=1),
        "gone": TURNS_KEPT * 2,
    }
    async with engine.begin() as connection:
        for name, age in ages.items():
            await connection.execute(
                insert(TURNS).values(
                    turn_id=name,
                    event_id=name,
                    instance="echo",
                    part=0,
                    topic="bot.inbound.v1",
                    partition=0,
                    offset=1,
                    actions=[],
                    journal=[],
                    produced=True,
                    created_at=NOW - age,
                )
            )

    assert await purge(engine, NOW) == (1, 0, 0)

    async with engine.connect() as connection:
        left = (await connection.execute(select(func.array_agg(TURNS.c.turn_id)))).scalar_one()
    assert sorted(left) == ["old", "young"]


def test_turns_outlive_the_dead_letters_that_may_be_redriven() -> None:
    assert DLQ.retention is not None
    assert DLQ.retention < TURNS_KEPT
