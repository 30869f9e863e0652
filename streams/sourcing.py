"""Puts together what runs read outside: models, databases of others, what was said, the store."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.chat_history import ChatHistory
from connectors.external_databases import ExternalDatabases
from connectors.kafka import Producer
from connectors.media.store import MediaStore
from connectors.model_budget import ModelBudget
from connectors.model_endpoint import ModelEndpoints
from connectors.settings import WorkerSettings
from plugins.context import Through
from plugins.sources import Sources
from streams.patience import Patience
from streams.querying import Querying
from streams.thinking import Thinking

if TYPE_CHECKING:
    from streams.operating import Operating


class Sourcing:
    """`sources` is what contexts are given; `close` ends their connections."""

    def __init__(
        self,
        settings: WorkerSettings,
        engine: AsyncEngine,
        store: MediaStore,
        producer: Producer,
        *,
        through: Through,
        patience: Patience,
        now: Callable[[], datetime],
    ) -> None:
        """Nothing is connected yet. The engine and the producer are their owner's."""
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
        self._operating = partial(_operating, engine, producer, settings.topic_prefix, now)
        self.sources = Sources(
            thinking.think, querying.query, history.recall, self._keep, self._operate
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoints.close()
        await self._databases.close()

    async def _operate(self, name: str, said: dict[str, Any]) -> Any:
        return await self._operating().operate(name, said)

    async def _keep(self, data: bytes, mime: str, name: str | None) -> dict[str, Any]:
        media = await self._store.put(data, mime=mime, name=name)
        return media.model_dump(mode="json")


def _operating(
    engine: AsyncEngine, producer: Producer, prefix: str, now: Callable[[], datetime]
) -> "Operating":
    # Few workers need it, and with it the language of filters.
    from streams.operating import Operating

    return Operating(engine, producer, prefix, now)
