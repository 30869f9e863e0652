"""The error decides the route, whichever library it came from."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.classification import by_status, classified, retry_after
from schemas.failure import (
    BadRequest,
    Bug,
    DependencyDown,
    Failure,
    Permanent,
    Retryable,
    Throttled,
)

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ASKED = httpx.Request("GET", "http://127.0.0.1/")


def _answer(status: int, **headers: str) -> httpx.HTTPStatusError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, headers=named, request=ASKED)
    return httpx.HTTPStatusError("no", request=ASKED, response=response)


class RateLimitError(Exception):
    """As the SDKs of LLM providers raise it."""

    def __init__(self) -> None:
        super().__init__("slow down")
        self.status_code = 429
        self.response = httpx.Response(429, headers={"retry-after": "7"}, request=ASKED)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ConnectError("refused"), DependencyDown),
        (httpx.ConnectTimeout("late"), DependencyDown),
        (httpx.ReadTimeout("late"), Retryable),
        (httpx.RemoteProtocolError("cut"), Retryable),
        (httpx.UnsupportedProtocol("ftp"), Bug),
        (_answer(400), BadRequest),
        (_answer(404), BadRequest),
        (_answer(408), Retryable),
        (_answer(429), Throttled),
        (_answer(500), Retryable),
        (_answer(503), DependencyDown),
        (_answer(503, retry_after="5"), Throttled),
        (RateLimitError(), Throttled),
        (asyncpg.ConnectionDoesNotExistError("gone"), DependencyDown),
        (asyncpg.DeadlockDetectedError("deadlock"), Retryable),
        (asyncpg.QueryCanceledError("statement timeout"), Retryable),
        (asyncpg.UniqueViolationError("twice"), Bug),
        (asyncpg.UndefinedTableError("no table"), Bug),
        (TimeoutError(), Retryable),
        (ConnectionRefusedError(), DependencyDown),
        (FileNotFoundError("x"), Bug),
        (ValueError("x"), Bug),
        (KeyError("x"), Bug),
        (Permanent("x"), Permanent),
    ],
)
def test_each_error_has_its_route(raised: BaseException, kind: type[Failure]) -> None:
    assert type(classified("weather", raised, NOW)) is kind


def test_the_time_that_a_server_asks_for_is_kept() -> None:
    failure = classified("x", RateLimitError(), NOW)
    assert isinstance(failure, Throttled)
    assert failure.retry_after == timedelta(seconds=7)


@given(st.integers(0, 10**9 - 1))
def test_seconds_and_dates_are_both_read(seconds: int) -> None:
    asked = min(timedelta(seconds=seconds), timedelta(hours=24))
    assert retry_after({"Retry-After": f" {seconds} "}, NOW) == asked
    date = format_datetime(NOW + asked, usegmt=True)
    assert retry_after({"RETRY-AFTER": date}, NOW) == asked


@given(st.text(max_size=30), st.integers(400, 599))
def test_no_header_and_no_status_does_more_than_decide(text: str, status: int) -> None:
    failure = by_status(status, {"retry-after": text}, "x", NOW)
    assert isinstance(failure, Failure)
    if isinstance(failure, Throttled):
        assert timedelta() <= failure.retry_after <= timedelta(hours=24)


def test_odd_attributes_of_an_error_do_no_harm() -> None:
    class Odd(Exception):
        status_code = "many"
        response = 7
        headers = object()

    assert type(classified("x", Odd("x"), NOW)) is Bug
