"""What the API stands on: the database, the broker, its settings, clock and chance."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from loguru import logger
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.key import register
from connectors.api.outlet import Outlet
from connectors.api.problem import away
from connectors.database import migrate_patiently
from connectors.media.store import MediaStore
from connectors.settings import ApiSettings
from schemas.failure import Retryable

_PATIENCE = 0.5  # seconds between tries while the database is away
_PREPARING = 3.0  # seconds a request waits for the tables at start


@dataclass
class Footing:
    """One for each app."""

    settings: ApiSettings
    engine: AsyncEngine
    outlet: Outlet
    clock: Callable[[], datetime]
    fresh_id: Callable[[], str]
    store: MediaStore
    prepared: asyncio.Event = field(default_factory=asyncio.Event)

    async def prepare(self) -> None:
        """Make the tables and register the first key, however long the database is away."""
        await migrate_patiently(self.settings.postgres.get_secret_value())
        while True:
            try:
                await register(self.engine, self.settings.api_key)
            except Retryable as error:
                logger.warning("the first API key is not registered yet: {}", error)
                await asyncio.sleep(_PATIENCE)
            else:
                break
        self.prepared.set()

    async def until_prepared(self) -> None:
        """Wait a little for `prepare`. Raises a 503 problem."""
        try:
            async with asyncio.timeout(_PREPARING):
                await self.prepared.wait()
        except TimeoutError as error:
            raise away("The database is away; try again shortly.") from error


def _footing(request: Request) -> Footing:
    footing: Footing = request.app.state.footing
    return footing


OnFooting = Annotated[Footing, Depends(_footing)]
"""A route's argument."""
