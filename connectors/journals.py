"""Journals of runs that have not ended, in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, refuses_value, storable
from connectors.gates import Owner, fence
from connectors.tables import JOURNALS
from schemas.failure import Permanent


class JournalStore:
    """Raises DependencyDown or Retryable from every method; call again, it is idempotent."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def keep(
        self,
        instance: str,
        event_id: str,
        place: tuple[str, int, int],
        calls: Sequence[Any],
        owner: Owner | None = None,
    ) -> None:
        """Store what a run was told so far; `place` is its event's topic, partition, offset.

        Raises:
            LostPartition: `owner` has lost it; a newer owner's run is told what it heard itself.
            Permanent: PostgreSQL cannot hold so much.

        """
        values = {
            "topic": place[0],
            "partition": place[1],
            "offset": place[2],
            "calls": storable(list(calls)),
            "updated_at": func.now(),
        }
        stated = insert(JOURNALS).values(instance=instance, event_id=storable(event_id), **values)
        whole = stated.on_conflict_do_update(index_elements=["instance", "event_id"], set_=values)
        try:
            with meaning():
                async with self._engine.begin() as connection:
                    if owner is not None:
                        await fence(connection, owner)
                    await connection.execute(whole)
        except DBAPIError as error:
            if not refuses_value(error):
                raise
            raise Permanent(f"PostgreSQL cannot hold the journal: {error.orig}") from error

    async def told(self, instance: str, event_id: str) -> list[Any]:
        """What the last try was told; empty where there is nothing."""
        asked = select(JOURNALS.c.calls).where(
            JOURNALS.c.instance == instance, JOURNALS.c.event_id == storable(event_id)
        )
        with meaning():
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).first()
        return list(row[0]) if row is not None else []

    async def at_or_after(self, topic: str, partition: int, offset: int) -> set[tuple[str, str]]:
        """(instance, event id) of the journals of a partition's events from an offset on."""
        asked = select(JOURNALS.c.instance, JOURNALS.c.event_id).where(
            JOURNALS.c.topic == topic,
            JOURNALS.c.partition == partition,
            JOURNALS.c.offset >= offset,
        )
        with meaning():
            async with self._engine.connect() as connection:
                return {(row.instance, row.event_id) for row in await connection.execute(asked)}
