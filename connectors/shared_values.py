"""Values that all chats of a plugin instance share, in PostgreSQL, written by compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, storable
from connectors.run_tables import SHARED_VALUES


@dataclass(frozen=True)
class SharedWrite:
    """A new value, valid only if the stored version is still the one that was read."""

    prefix: str
    instance: str
    name: str
    read: int
    value: Any

    @property
    def row(self) -> tuple[str, str, str]:
        """Which one it writes."""
        return self.prefix, self.instance, self.name


# A version that was read but is gone again matches nothing either: version 0 alone may insert.
_WRITE = text("""
    INSERT INTO shared_values AS stored (prefix, instance, name, version, value, updated_at)
    SELECT w.prefix, w.instance, w.name, w.read + 1, w.value, now() FROM unnest(
      CAST(:prefix AS text[]), CAST(:instance AS text[]), CAST(:name AS text[]),
      CAST(:read AS bigint[]), CAST(:value AS jsonb[])) AS w (prefix, instance, name, read, value)
    WHERE w.read = 0 OR EXISTS (SELECT 1 FROM shared_values AS s WHERE s.prefix = w.prefix
      AND s.instance = w.instance AND s.name = w.name AND s.version = w.read)
    ON CONFLICT (prefix, instance, name) DO UPDATE
      SET version = excluded.version, value = excluded.value, updated_at = excluded.updated_at
      WHERE stored.version = excluded.version - 1
    RETURNING prefix, instance, name""")


async def write_shared(
    connection: AsyncConnection, writes: Sequence[SharedWrite]
) -> list[SharedWrite]:
    """Write within the caller's transaction; those whose version is no longer the stored one, for
    which the caller is to undo the whole. No row may come twice.
    """
    if not writes:
        return []
    ordered = sorted(writes, key=lambda write: write.row)
    rows = await connection.execute(
        _WRITE,
        {
            "prefix": [write.prefix for write in ordered],
            "instance": [write.instance for write in ordered],
            "name": [storable(write.name) for write in ordered],
            "read": [write.read for write in ordered],
            "value": [orjson.dumps(storable(write.value)).decode() for write in ordered],
        },
    )
    written = {(row.prefix, row.instance, row.name) for row in rows}
    return [w for w in ordered if (w.prefix, w.instance, storable(w.name)) not in written]


class SharedStore:
    """Raises DependencyDown or Retryable while PostgreSQL is away; call again."""

    def __init__(self, engine: AsyncEngine, prefix: str) -> None:
        """The engine's owner disposes of it; `prefix` is the topics'."""
        self._engine = engine
        self.prefix = prefix

    async def read(self, instance: str, name: str) -> tuple[int, Any]:
        """Version and value; version 0: there is none."""
        columns = SHARED_VALUES.c
        asked = select(columns.version, columns.value).where(
            columns.prefix == self.prefix,
            columns.instance == instance,
            columns.name == storable(name),
        )
        with meaning():
            async with self._engine.connect() as connection:
                row = (await connection.execute(asked)).first()
        return (0, None) if row is None else (int(row.version), row.value)
