"""Deletes what PostgreSQL and the media store need not remember any longer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from loguru import logger
from sqlalchemy import ColumnElement, Table, delete, exists
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning
from connectors.media.store import MediaStore
from connectors.run_tables import QUESTIONS
from connectors.schedule_tables import SCHEDULES
from connectors.tables import DEAD_LETTERS, IDEMPOTENCY_KEYS, JOURNALS, RUNS, TURNS
from connectors.webhook_tables import WEBHOOK_DELIVERIES
from schemas.failure import Retryable
from schemas.topics import DLQ, DUE, INBOUND
from schemas.topics import RUNS as RUNS_TOPIC

TURNS_KEPT: Final = max(
    topic.retention or timedelta() for topic in (INBOUND, DUE, DLQ)
) + timedelta(days=10)
"""A stored turn keeps its event from being answered twice, so it outlives every topic from which
that event may come again."""
LETTERS_KEPT: Final = DLQ.retention or timedelta()
"""As long as the topic has them."""
RUNS_KEPT: Final = RUNS_TOPIC.retention or timedelta()
KEYS_KEPT: Final = timedelta(days=2)
"""An Idempotency-Key is honoured for 24 h."""
MEDIA_KEPT: Final = TURNS_KEPT
"""A blob outlives every record, dead letter and journal that may name it."""
EVERY: Final = timedelta(hours=1)


async def purge(engine: AsyncEngine, now: datetime) -> tuple[int, int, int]:
    """Delete turns, idempotency keys and dead letters that are too old; how many of each. May run
    many times at once.

    Raises:
        Retryable: the database is away.

    """
    with meaning():
        async with engine.begin() as connection:
            turns = await connection.execute(
                delete(TURNS).where(TURNS.c.created_at < now - TURNS_KEPT, ~_asks(TURNS))
            )
            keys = await connection.execute(
                delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.created_at < now - KEYS_KEPT)
            )
            letters = await connection.execute(
                delete(DEAD_LETTERS).where(DEAD_LETTERS.c.died_at < now - LETTERS_KEPT)
            )
            await connection.execute(
                delete(JOURNALS).where(JOURNALS.c.updated_at < now - TURNS_KEPT, ~_asks(JOURNALS))
            )
            await connection.execute(
                delete(QUESTIONS).where(QUESTIONS.c.ended_at < now - TURNS_KEPT)
            )
            for over in (SCHEDULES.c.ended_at, WEBHOOK_DELIVERIES.c.ended_at):
                await connection.execute(delete(over.table).where(over < now - TURNS_KEPT))
            await connection.execute(delete(RUNS).where(RUNS.c.started_at < now - RUNS_KEPT))
    return turns.rowcount, keys.rowcount, letters.rowcount


def _asks(table: Table) -> ColumnElement[bool]:
    """Whether the event asked a person something that is remembered: its run may yet go on."""
    return exists().where(QUESTIONS.c.event_id == table.c.event_id)


async def purge_hourly(
    engine: AsyncEngine,
    now: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Purge every hour until cancelled; a database that is away is asked again in an hour."""
    while True:
        try:
            turns, keys, letters = await purge(engine, now())
        except (Retryable, DBAPIError) as error:
            logger.warning("nothing purged this hour: {}", error)
        else:
            if turns or keys or letters:
                logger.info(
                    "purged {} turns, {} idempotency keys, {} dead letters", turns, keys, letters
                )
        await pause(EVERY.total_seconds())


async def sweep_media_hourly(
    store: MediaStore,
    now: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Sweep the media store every hour until cancelled; one that is away is asked again then."""
    while True:
        try:
            gone = await store.sweep(now() - MEDIA_KEPT)
        except Retryable as error:
            logger.warning("no media swept this hour: {}", error)
        else:
            if gone:
                logger.info("swept {} blobs from the media store", gone)
        await pause(EVERY.total_seconds())
