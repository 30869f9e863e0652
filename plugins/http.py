"""`ctx.http`: requests whose answers are journaled, secrets left out."""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from plugins.classification import SERVER_AWAY, by_status
from plugins.secret_path import STARS, starred_path
from schemas.failure import BadRequest, DependencyDown, Retryable

_SECRET_WORDS: Final = (
    "key", "token", "secret", "password", "passwd", "sign", "auth", "cookie", "session",
)  # fmt: skip
_SECRET_ENDS: Final = (
    "secret", "token", "password", "passwd", "api_key", "apikey", "access_key", "private_key",
)  # fmt: skip
_FORM_SECRET: Final = re.compile(
    rf"((?:^|&)[^=&\s]*(?:{'|'.join(_SECRET_ENDS)})=)[^&\s]*", re.IGNORECASE
)
DEFAULT_SECONDS: Final = 30.0


@dataclass(frozen=True)
class HttpRequest:
    """What is asked; `body` is bytes or nothing. `passes` raises where a redirect must not lead."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = DEFAULT_SECONDS
    passes: Callable[[str], None] = field(default=lambda url: None, compare=False, repr=False)

    @property
    def host(self) -> str:
        """Whom it asks, with the port where one is named; empty where the URL has no host."""
        try:
            return urlsplit(self.url).netloc.rpartition("@")[2].lower()
        except ValueError:
            return ""

    def redacted(self) -> dict[str, Any]:
        """For the journal: secrets in headers, in the URL and in named fields are stars."""
        told: dict[str, Any] = {
            "method": self.method,
            "url": redacted_url(self.url),
            "headers": redacted_headers(self.headers),
        }
        if self.body is not None:
            told["body"] = _redacted_body(_text_or_base64(self.body))
        return told


@dataclass(frozen=True)
class HttpAnswer:
    """What came back, whatever its status; header names are small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body's JSON.

        Raises:
            BadRequest: it is none.

        """
        try:
            return orjson.loads(self.body)
        except ValueError as error:
            raise BadRequest(f"the answer is no JSON: {self.text[:200]!r}") from error

    def or_raise(self) -> "HttpAnswer":
        """The answer, if its status says that it went well.

        Raises:
            Throttled: 429, or 503 with Retry-After.
            DependencyDown: 502, 503, 504, 529.
            Retryable: 408, 409, 425 and the other 5xx.
            BadRequest: the other 4xx.

        """
        if self.status < 400:
            return self
        said = f"HTTP {self.status}: {self.text[:200]}"
        raise by_status(self.status, self.headers, said, datetime.now(UTC))

    @property
    def tells_of_trouble(self) -> bool:
        """Whether the other side cannot answer anybody just now."""
        return self.status == 429 or self.status in SERVER_AWAY

    def told(self) -> dict[str, Any]:
        """For the journal."""
        headers = _without_cookies(self.headers)
        return {"status": self.status, "headers": headers, "body": _text_or_base64(self.body)}


class Troubled(Retryable):
    """An answer that speaks against the whole host, on its way past the host's breaker."""

    def __init__(self, answer: HttpAnswer) -> None:
        """The plugin gets the answer all the same."""
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


Fetch = Callable[[HttpRequest], Awaitable[HttpAnswer]]
"""Carries out a request. Raises Retryable or DependencyDown where no answer came."""

Journaled = Callable[[str, Any, Callable[[], Awaitable[Any]], bool], Awaitable[Any]]


class Http:
    """Requests to other sides. A retry of the run is told the answers that came before."""

    def __init__(self, fetch: Fetch, journaled: Journaled, passes: Callable[[str], None]) -> None:
        """Made by the context; `passes` raises Denied for a URL that is not granted."""
        self._fetch = fetch
        self._journaled = journaled
        self._passes = passes

    async def get(self, url: str, **options: Any) -> HttpAnswer:
        """`request("GET", …)`."""
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> HttpAnswer:
        """`request("POST", …)`; a retry may repeat it unless `durable=True`."""
        return await self.request("POST", url, **options)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        seconds: float = DEFAULT_SECONDS,
        check: bool = True,
        durable: bool = False,
    ) -> HttpAnswer:
        """Ask, and journal the answer. `durable`: it is stored before the run goes on, so that even
        a crash right after it does not ask twice. `check`: a status that tells of failure is one,
        and a retry of the run asks again; without it the answer stands, whatever its status.

        Raises:
            Retryable, DependencyDown: no answer came.
            BadRequest: an answer over 4 MiB, or no such URL.
            Denied: the owner did not grant this host, or one that it redirects to.
            Failure: with `check`, what `HttpAnswer.or_raise` raises.

        """
        named = dict(headers or {})
        if json is not None:
            body = orjson.dumps(json)
            named.setdefault("content-type", "application/json")
        if params:
            url += ("&" if "?" in url else "?") + urlencode(params)
        self._passes(url)
        asked = HttpRequest(method.upper(), url, named, body, seconds, self._passes)

        async def ask() -> dict[str, Any]:
            answer = await self._fetch(asked)
            try:
                return (answer.or_raise() if check else answer).told()
            except DependencyDown as failure:
                failure.dependency = asked.host
                raise

        told = await self._journaled("http", asked.redacted(), ask, durable)
        return HttpAnswer(told["status"], told["headers"], _bytes(told["body"]))


def redacted_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers in small letters, stars for those that sound like secrets."""
    return {name.lower(): STARS if _is_secret(name) else value for name, value in headers.items()}


def _without_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """An answer's headers; a plugin reads them, so no others are touched."""
    return {
        name.lower(): STARS if name.lower() == "set-cookie" else value
        for name, value in headers.items()
    }


def redacted_url(url: str) -> str:
    """A URL without its password, with stars for parameters that sound like secrets and for what
    is known to be one in a path.

    Raises:
        BadRequest: it is no URL; nothing quotes it, for it may hold a secret all the same.

    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadRequest("no such URL: its host cannot be read") from None
    host = parts.netloc.rpartition("@")[2]
    query = parse_qsl(parts.query, keep_blank_values=True)
    if any(_is_secret(name) for name, _ in query):
        starred = [(name, STARS if _is_secret(name) else value) for name, value in query]
        parts = parts._replace(query=urlencode(starred, safe="*"))
    return urlunsplit(parts._replace(netloc=host, path=starred_path(parts.path)))


def _redacted_body(body: Any) -> Any:
    """JSON or a form with stars for fields that are secrets; anything else as it is."""
    if not isinstance(body, str):
        return body
    try:
        return orjson.dumps(_redacted(orjson.loads(body))).decode()
    except ValueError:
        return _FORM_SECRET.sub(rf"\1{STARS}", body)


def _redacted(value: Any) -> Any:
    if isinstance(value, list):
        return [_redacted(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        name: STARS
        if name.lower().endswith(_SECRET_ENDS) and not isinstance(inner, bool | None)
        else _redacted(inner)
        for name, inner in value.items()
    }


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)


def _text_or_base64(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\x00"
    # PostgreSQL cannot hold NUL: a re-run would be told something else.
    return {"base64": base64.b64encode(body).decode()} if "\x00" in text else text


def _bytes(told: Any) -> bytes:
    return base64.b64decode(told["base64"]) if isinstance(told, dict) else str(told).encode()
