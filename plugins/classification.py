"""What an exception out of a plugin means for its event: the error decides the route. Pure.

Libraries are known by the names of their classes and by what their errors carry, so that none of
them is imported for it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from schemas.failure import BadRequest, Bug, DependencyDown, Failure, Retryable, Throttled

_LONGEST: Final = timedelta(hours=24)
_AWAY: Final = frozenset(
    {
        ("httpx", "ConnectError"),
        ("httpx", "ConnectTimeout"),
        ("httpx", "PoolTimeout"),
        ("httpcore", "ConnectError"),
        ("aiohttp", "ClientConnectorError"),
        ("openai", "APIConnectionError"),
        ("anthropic", "APIConnectionError"),
        ("asyncpg", "ConnectionDoesNotExistError"),
        ("asyncpg", "CannotConnectNowError"),
        ("asyncpg", "TooManyConnectionsError"),
        ("redis", "ConnectionError"),
    }
)
_TRANSIENT: Final = frozenset(
    {
        ("httpx", "TransportError"),
        ("httpcore", "NetworkError"),
        ("httpcore", "TimeoutException"),
        ("aiohttp", "ClientConnectionError"),
        ("aiohttp", "ServerTimeoutError"),
        ("openai", "APITimeoutError"),
        ("anthropic", "APITimeoutError"),
        ("redis", "TimeoutError"),
    }
)
_OWN_FAULT: Final = frozenset({("httpx", "UnsupportedProtocol"), ("httpx", "LocalProtocolError")})
_ASKS_AGAIN: Final = frozenset({408, 409, 425, 500})
SERVER_AWAY: Final = frozenset({502, 503, 504, 529})


def classified(name: str, raised: BaseException, now: datetime) -> Failure:
    """The failure that an exception out of plugin `name` is; its cause is kept by the caller.

    What is known to be no fault of the plugin may go well another time; everything else is its bug.
    """
    if isinstance(raised, Failure):
        return raised
    said = f"{name}: {type(raised).__name__}: {raised}"
    status, headers = _answered(raised)
    if status is not None:
        return by_status(status, headers, said, now)
    if (state := getattr(raised, "sqlstate", None)) is not None:
        return _by_sqlstate(str(state), said)
    return _by_name(name, raised, said)


def _by_name(name: str, raised: BaseException, said: str) -> Failure:
    known = {(base.__module__.split(".")[0], base.__name__) for base in type(raised).__mro__}
    if not known & _OWN_FAULT:
        if known & _AWAY or isinstance(raised, ConnectionError):
            return DependencyDown(said)
        if known & _TRANSIENT or isinstance(raised, TimeoutError):
            return Retryable(said)
    return Bug(f"{name} raised {type(raised).__name__}: {raised}")


def by_status(status: int, headers: Mapping[str, str], said: str, now: datetime) -> Failure:
    """What an HTTP status of another side means (RFC 9110; 529 is what overloaded LLMs say)."""
    wait = retry_after(headers, now)
    if status == 429 or (status == 503 and wait is not None):
        return Throttled(said, wait if wait is not None else timedelta(seconds=30))
    if status in SERVER_AWAY:
        return DependencyDown(said)
    if status in _ASKS_AGAIN or status > 500:
        return Retryable(said)
    return BadRequest(said)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long `Retry-After` asks to wait: seconds, or until an HTTP date; at most a day."""
    text = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(_LONGEST, timedelta(seconds=int(text)))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(_LONGEST, max(timedelta(), until - now))


def _answered(raised: BaseException) -> tuple[int | None, Mapping[str, str]]:
    """The status and headers of the answer that an error carries, as HTTP libraries and SDKs do."""
    response = getattr(raised, "response", None)
    for holder in (raised, response):
        for attribute in ("status_code", "status"):
            status = getattr(holder, attribute, None)
            if isinstance(status, int) and 400 <= status < 600:
                headers = getattr(response if response is not None else raised, "headers", None)
                return status, _texts(headers)
    return None, {}


def _texts(headers: Any) -> dict[str, str]:
    try:
        return {str(name): str(value) for name, value in dict(headers or {}).items()}
    except (TypeError, ValueError):
        return {}


def _by_sqlstate(state: str, said: str) -> Failure:
    """PostgreSQL, appendix A: 08 connection, 53 resources, 57P shutdown; 40 and 55P03 try again."""
    if state.startswith(("08", "53", "57P")):
        return DependencyDown(said)
    if state.startswith("40") or state in {"55P03", "57014"}:
        return Retryable(said)
    return Bug(said)
