"""Posts a webhook once, and says what the answer means for it."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import httpx

from connectors.webhooks.guard import Lookup, Network, Target, judged
from connectors.webhooks.resolver import Resolver
from schemas.failure import BadRequest, DependencyDown

Outcome = Literal["delivered", "again", "refused", "gone"]
MOST_WAIT: Final = timedelta(hours=24)
_HOPELESS: Final = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431, 501, 505})
"""The receiver refuses this very request; others may be its trouble of the moment, 404 too: a
receiver is deployed, or set up later.
"""


@dataclass(frozen=True)
class Answer:
    """`reason` is a stable code, `detail` a sentence; neither repeats the URL or the answer."""

    outcome: Outcome
    reason: str
    detail: str
    wait: timedelta | None = None


class Poster:
    """One client for all endpoints; redirects are not followed, no proxy is asked."""

    def __init__(
        self,
        allowed: Sequence[Network],
        *,
        seconds: float,
        lookup: Lookup | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`seconds` bounds a whole request, its connecting included. `trust`: whose certificates
        count; None: those that the system's browsers trust.
        """
        self._trust = trust
        self._allowed = allowed
        self._seconds = seconds
        self._lookup = lookup or Resolver()
        self._client: httpx.AsyncClient | None = None

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], now: datetime
    ) -> Answer:
        """Post it; every way to fail is an answer."""
        try:
            async with asyncio.timeout(self._seconds):
                target = await judged(url, self._allowed, self._lookup)
                return await self._posted(target, content, headers, now)
        except BadRequest as error:
            return Answer("refused", "forbidden_address", str(error))
        except DependencyDown as error:
            return Answer("again", "no_address", str(error))
        except TimeoutError:
            return Answer("again", "timeout", f"no answer within {self._seconds:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer("again", "unreachable", f"it cannot be reached: {type(error).__name__}")

    async def _posted(
        self, target: Target, content: bytes, headers: Mapping[str, str], now: datetime
    ) -> Answer:
        client = self._opened()
        request = client.build_request(
            "POST",
            target.url,
            content=content,
            headers={**headers, "host": target.authority},
            # The certificate is checked against the name, though an address is connected to.
            extensions={"sni_hostname": target.host} if target.tls else {},
        )
        answer = await client.send(request, stream=True, follow_redirects=False)
        try:
            return meaning_of(answer.status_code, answer.headers, now)
        finally:
            await answer.aclose()  # what it says besides is of no account

    async def close(self) -> None:
        """Close its connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            # No connection is kept: its address was judged for one request alone.
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
            self._client = httpx.AsyncClient(
                limits=limits,
                trust_env=False,
                timeout=self._seconds,
                verify=self._trust or httpx.create_ssl_context(trust_env=False),
            )
        return self._client


def meaning_of(status: int, headers: Mapping[str, str], now: datetime) -> Answer:
    """What a status means for a webhook (Standard Webhooks 1.0.0): 2xx alone is success. Pure."""
    if 200 <= status < 300:
        return Answer("delivered", "delivered", f"answered {status}")
    reason, detail = f"http_{status}", f"answered {status}"
    if status == 410:
        return Answer("gone", "gone", "answered 410: it wants no more")
    if status in _HOPELESS:
        return Answer("refused", reason, detail)
    return Answer("again", reason, detail, _asked_wait(headers, now))


def _asked_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After`: seconds, or until an HTTP date; at most a day."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(MOST_WAIT, timedelta(seconds=int(text)))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(MOST_WAIT, max(timedelta(), until - now))
