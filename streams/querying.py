"""Puts named queries for plugins: by grant, and through the breakers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from connectors.external_databases import ExternalDatabases
from plugins.context import Through
from plugins.grants import Warrant


class Querying:
    """`query` is what `ctx.db` asks by."""

    def __init__(
        self,
        databases: ExternalDatabases,
        *,
        through: Through,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        """`zone` says which day it is where people say `today`."""
        self._databases = databases
        self._through = through
        self._now = now
        self._zone = zone

    async def query(
        self, warrant: Warrant, name: str, said: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Rows, or what the query is about, for the journal.

        Raises:
            Denied: its database is not granted.
            BadRequest, DependencyDown, Retryable: as `ExternalDatabases.query`.

        """
        found = self._databases.find(name)
        warrant.may_query(found.database)
        if said is None:
            parameters = [
                {"name": key, **one.model_dump(mode="json", exclude_none=True)}
                for key, one in found.parameters.items()
            ]
            return {"about": found.about, "parameters": parameters}
        now = self._now().astimezone(self._zone)
        ask = partial(self._databases.query, name, said, now)
        told: dict[str, Any] = await self._through(f"database:{found.database}", ask)
        return told
