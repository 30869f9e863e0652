"""Puts together what runs read outside: models, databases of others, what was said, the store."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.chat_history import ChatHistory
from connectors.external_databases import ExternalDatabases
from connectors.media.store import MediaStore
from connectors.model_budget import ModelBudget
from connectors.model_endpoint import ModelEndpoints
from connectors.settings import WorkerSettings
from plugins.context import Through
from plugins.sources import Sources
from streams.patience import Patience
from streams.querying import Querying
from streams.thinking import Thinking


class Sourcing:
    """`sources` is what contexts are given; `close` ends their connections."""

    def __init__(
        self,
        settings: WorkerSettings,
        engine: AsyncEngine,
        store: MediaStore,
        *,
        through: Through,
        patience: Patience,
        now: Callable[[], datetime],
    ) -> None:
        """Nothing is connected yet. The engine is its owner's."""
        zone = ZoneInfo(settings.zone)
        self._endpoints = ModelEndpoints(settings.llm)
        self._databases = ExternalDatabases(settings.databases, settings.queries)
        self._store = store
        budget = ModelBudget(engine, settings.topic_prefix)
        thinking = Thinking(
            self._endpoints, budget, through=through, patience=patience, now=now, zone=zone
        )
        querying = Querying(self._databases, through=through, now=now, zone=zone)
        history = ChatHistory(engine)
        self.sources = Sources(thinking.think, querying.query, history.recall, self._keep)

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoints.close()
        await self._databases.close()

    async def _keep(self, data: bytes, mime: str, name: str | None) -> dict[str, Any]:
        media = await self._store.put(data, mime=mime, name=name)
        return media.model_dump(mode="json")
