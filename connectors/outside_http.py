"""HTTP to the outside for plugins: one client, errors mapped, answers bounded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from schemas.failure import BadRequest, DependencyDown, Retryable

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_REDIRECTS: Final = 20
_LIMITS: Final = httpx.Limits(max_connections=200, max_keepalive_connections=50)


class OutsideHttp:
    """Asks other sides; redirects are followed, proxies are those of the environment."""

    def __init__(self, *, trust_env: bool = True) -> None:
        """Nothing is opened yet."""
        self._trust_env = trust_env
        self._client: httpx.AsyncClient | None = None

    async def fetch(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
        *,
        passes: Callable[[str], None] = lambda url: None,
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body of an answer, whatever its status. `passes` is asked before
        each redirect is followed, and raises where it must not be.

        Raises:
            DependencyDown: nobody is there.
            Retryable: the connection broke, or no answer came within `seconds`.
            BadRequest: there is no such URL, or the answer is over 4 MiB.

        """
        try:
            request = self._opened().build_request(
                method, url, headers=dict(headers), content=body, timeout=seconds
            )
            answer = await self._followed(request, passes)
            try:
                whole = await _bounded(answer)
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise DependencyDown(f"{_host(url)} cannot be reached: {_said(error)}") from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            # Neither its words nor itself as the cause: they quote headers and passwords.
            what = f"{type(error).__name__}: no such URL, or a header that is none"
            raise BadRequest(f"{_host(url)}: {what}") from None
        except httpx.TooManyRedirects as error:
            raise BadRequest(f"{_host(url)} redirects in a circle") from error
        except httpx.HTTPError as error:
            raise Retryable(f"{_host(url)} did not answer: {_said(error)}") from error
        named = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status_code, named, whole

    async def _followed(
        self, request: httpx.Request, passes: Callable[[str], None]
    ) -> httpx.Response:
        """The answer at the end of its redirects."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._opened().send(request, stream=True)
            if answer.next_request is None:
                return answer
            await answer.aclose()
            passes(str(answer.next_request.url))
            request = answer.next_request
        raise httpx.TooManyRedirects("too many redirects", request=request)

    async def close(self) -> None:
        """Close its connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(limits=_LIMITS, trust_env=self._trust_env)
        return self._client


async def _bounded(answer: httpx.Response) -> bytes:
    whole = bytearray()
    async for chunk in answer.aiter_bytes():
        whole += chunk
        if len(whole) > MOST_BYTES:
            raise BadRequest(f"the answer is over {MOST_BYTES} bytes")
    return bytes(whole)


def _host(url: str) -> str:
    """The host alone: what follows may hold secrets."""
    try:
        return httpx.URL(url).host or "the URL"
    except (httpx.InvalidURL, TypeError):
        return "the URL"


def _said(error: Any) -> str:
    return f"{type(error).__name__} {error}".strip()
