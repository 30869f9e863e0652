"""What owners say of plugin instances while they run, and what workers report, in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, singly, storable
from connectors.plugin_tables import PLUGIN_CONTROLS, PLUGIN_REPORTS


@dataclass(frozen=True)
class ControlRow:
    """Of one instance; `enabled` None: as instances.toml says."""

    instance: str
    enabled: bool | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    quarantined_at: datetime | None = None
    quarantined_for: str | None = None
    revision: int = 0


@dataclass(frozen=True)
class Report:
    """What a worker runs, since when it says so, and up to which revision it has heard."""

    worker: str
    revision: int
    body: Mapping[str, Any]
    seconds_old: float


_NEXT = text("SELECT coalesce(max(revision), 0) + 1 FROM plugin_controls WHERE prefix = :prefix")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('plugin_controls ' || :prefix))")
_PUT = text("""
    INSERT INTO plugin_controls AS stored (prefix, instance, enabled, config, quarantined_at,
      quarantined_for, revision, changed_by, changed_at)
    VALUES (:prefix, :instance, :enabled, CAST(:config AS jsonb), :at, :why, :revision, :by, now())
    ON CONFLICT (prefix, instance) DO UPDATE SET enabled = excluded.enabled,
      config = excluded.config, quarantined_at = excluded.quarantined_at,
      quarantined_for = excluded.quarantined_for, revision = excluded.revision,
      changed_by = excluded.changed_by, changed_at = excluded.changed_at""")
_QUARANTINE = text("""
    INSERT INTO plugin_controls AS stored (prefix, instance, quarantined_at, quarantined_for,
      revision, changed_by, changed_at)
    VALUES (:prefix, :instance, :at, :why, :revision, :by, now())
    ON CONFLICT (prefix, instance) DO UPDATE SET quarantined_at = excluded.quarantined_at,
      quarantined_for = excluded.quarantined_for, revision = excluded.revision,
      changed_by = excluded.changed_by, changed_at = excluded.changed_at
      WHERE stored.quarantined_at IS NULL
    RETURNING instance""")
_REPORT = text("""
    INSERT INTO plugin_reports (prefix, worker, revision, body, reported_at)
    VALUES (:prefix, :worker, :revision, CAST(:body AS jsonb), now())
    ON CONFLICT (prefix, worker) DO UPDATE SET revision = excluded.revision,
      body = excluded.body, reported_at = excluded.reported_at""")
_FORGET = text("""
    DELETE FROM plugin_reports
    WHERE prefix = :prefix AND reported_at < now() - interval '1 day'""")


class PluginControls:
    """Raises DependencyDown or Retryable while PostgreSQL is away; call again."""

    def __init__(self, engine: AsyncEngine, prefix: str) -> None:
        """The engine's owner disposes of it; `prefix` is the topics'."""
        self._engine = engine
        self._prefix = prefix

    async def read(self) -> list[ControlRow]:
        """All rows, by instance; the highest revision among them tells whether any changed."""
        columns = PLUGIN_CONTROLS.c
        asked = select(PLUGIN_CONTROLS).where(columns.prefix == self._prefix)
        async with singly(self._engine) as connection:
            rows = await connection.execute(asked.order_by(columns.instance))
            return [
                ControlRow(
                    row.instance,
                    row.enabled,
                    row.config,
                    row.quarantined_at,
                    row.quarantined_for,
                    row.revision,
                )
                for row in rows
            ]

    async def put(self, row: ControlRow, by: str) -> int:
        """Write all of it, and the revision under which workers will have heard of it."""
        with meaning():
            async with self._engine.begin() as connection:
                revision = await self._next(connection)
                await connection.execute(
                    _PUT,
                    {
                        "prefix": self._prefix,
                        "instance": row.instance,
                        "enabled": row.enabled,
                        "config": orjson.dumps(storable(dict(row.config))).decode(),
                        "at": row.quarantined_at,
                        "why": row.quarantined_for,
                        "revision": revision,
                        "by": by,
                    },
                )
        return revision

    async def quarantine(self, instance: str, why: str, by: str, at: datetime) -> bool:
        """Put it in quarantine; False: it was already."""
        with meaning():
            async with self._engine.begin() as connection:
                row = {
                    "prefix": self._prefix,
                    "instance": instance,
                    "at": at,
                    "why": storable(why),
                    "revision": await self._next(connection),
                    "by": by,
                }
                return (await connection.execute(_QUARANTINE, row)).first() is not None

    async def report(self, worker: str, revision: int, body: Mapping[str, Any]) -> None:
        """What a worker runs; reports that are a day old are forgotten."""
        told = {
            "prefix": self._prefix,
            "worker": worker,
            "revision": revision,
            "body": orjson.dumps(storable(dict(body)), default=str).decode(),
        }
        async with singly(self._engine) as connection:
            await connection.execute(_REPORT, told)
            await connection.execute(_FORGET, {"prefix": self._prefix})

    async def reports(self) -> list[Report]:
        """What all workers reported last, by worker."""
        columns = PLUGIN_REPORTS.c
        age = func.extract("epoch", func.now() - columns.reported_at)
        asked = select(columns.worker, columns.revision, columns.body, age.label("age")).where(
            columns.prefix == self._prefix
        )
        async with singly(self._engine) as connection:
            rows = await connection.execute(asked.order_by(columns.worker))
            return [Report(row.worker, row.revision, row.body, float(row.age)) for row in rows]

    async def _next(self, connection: AsyncConnection) -> int:
        await connection.execute(_LOCK, {"prefix": self._prefix})
        found = await connection.scalar(_NEXT, {"prefix": self._prefix})
        return int(found or 1)
