"""The FastAPI application, put together from its routes."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI

from connectors.api import (
    chat,
    contact,
    health,
    hook,
    media,
    message,
    schedule,
    unbuilt,
    webhook,
)
from connectors.api.body_limit import BodyLimit
from connectors.api.footing import Footing
from connectors.api.outlet import Outlet
from connectors.api.problem import answer_with_problems
from connectors.api.signature import require_secret
from connectors.api.traffic import Traffic
from connectors.database import open_engine
from connectors.ending import end
from connectors.kafka import Broker
from connectors.media.address import open_store
from connectors.settings import ApiSettings

_DATABASE_LIMIT = 4.0  # seconds for one statement: a request is answered, whatever hangs
_START_UNDER_WAY = 0.2  # seconds for connections that are being made
_FAREWELL = 1.5  # seconds for each connection to close


def build(
    settings: ApiSettings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    fresh_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> FastAPI:
    """The application. It serves at once; the database and the broker may come later.

    Raises:
        Permanent: a webhook's name or secret in the settings is unusable.

    """
    for name, secret in settings.hook_secrets.items():
        require_secret(name, secret)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        dsn = settings.postgres.get_secret_value()
        engine = open_engine(dsn, size=8, limit=_DATABASE_LIMIT)
        outlet = Outlet(Broker(settings.kafka))
        footing = Footing(settings, engine, outlet, clock, fresh_id, open_store(settings))
        app.state.footing = footing
        tasks = [asyncio.create_task(work) for work in (footing.prepare(), outlet.start())]
        try:
            yield
        finally:
            # A Kafka client cancelled amid its first handshake leaves that connection open.
            await asyncio.wait(tasks, timeout=_START_UNDER_WAY)
            await end(tasks)
            for closing in (outlet.stop(), engine.dispose()):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await closing

    app = FastAPI(
        title="Hongyan",
        summary="Send and follow messages of a real WeChat account.",
        version=version("hongyan"),
        lifespan=lifespan,
        # The documentation pages load their scripts from a CDN; /openapi.json is enough.
        docs_url=None,
        redoc_url=None,
    )
    for room in (message, media, chat, contact, schedule, webhook, hook, health, unbuilt):
        app.include_router(room.router)
    answer_with_problems(app)
    app.add_middleware(BodyLimit, wide={media.PATH: settings.send_bytes})
    app.add_middleware(Traffic)
    return app
