"""The real API in this process, over real HTTP or ASGI, against real servers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.api.app import build
from connectors.kafka import Broker, read_whole
from connectors.settings import ApiSettings
from connectors.topic_setup import ensure_topics, wanted_topics

KEY = "hy_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PARTITIONS = 2

TO = {"channel": "wechat", "account": "default", "chat_id": "c1"}
HELLO = {"to": TO, "content": {"kind": "text", "text": "你好 🐦"}}


def api_settings(bootstrap: str, dsn: str, prefix: str, **more: Any) -> ApiSettings:
    return ApiSettings(
        kafka=bootstrap,
        postgres=SecretStr(dsn),
        topic_prefix=prefix,
        chat_partitions=PARTITIONS,
        api_key=SecretStr(KEY),
        hook_secrets={"shop": SecretStr(HOOK_SECRET)},
        **more,
    )


async def make_topics(bootstrap: str, prefix: str, *accounts: str) -> None:
    pairs = tuple(("wechat", account) for account in accounts or ("default",))
    await ensure_topics(Broker(bootstrap), wanted_topics(prefix, PARTITIONS, pairs))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def client(
    settings: ApiSettings, clock: Clock | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a valid key, of an app that has started."""
    app = build(settings, clock=clock or Clock())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://api",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=20,
        ) as opened,
    ):
        yield opened


def is_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body


async def records(bootstrap: str, topic: str) -> list[Any]:
    return [record async for record in read_whole(Broker(bootstrap), topic)]


async def eventually(
    condition: Callable[[], Awaitable[Any]], seconds: float = 15, pause: float = 0.1
) -> Any:
    """Wait until `condition` is truthy and return what it gave; fail at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = await condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(pause)
