"""`/v1/schedules`: made once for a key, listed, cancelled, and refused where they make no sense."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.fakes.http_api import Clock, api_settings, client, is_problem, make_topics
from tests.fixtures.live_server import LiveBroker

TO = {"channel": "wechat", "account": "default", "chat_id": "c1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(
    broker: LiveBroker, database: str, topic_prefix: str, clock: Clock
) -> AsyncIterator[httpx.AsyncClient]:
    await make_topics(broker.bootstrap, topic_prefix)
    async with client(api_settings(broker.bootstrap, database, topic_prefix), clock) as opened:
        yield opened


async def test_a_schedule_is_made_once_for_its_key_listed_and_cancelled(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    body = {"cron": "0 9 * * 1-5", "to": TO, "instance": "reminder", "data": {"说": "早"}}
    key = {"Idempotency-Key": "k1"}
    answer = await http.post("/v1/schedules", json=body, headers=key)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/schedules/{made['id']}"
    assert made["next_due"] == "2026-11-26T01:00:00Z"  # nine in Shanghai, a Thursday
    assert (made["chat_id"], made["instance"], made["data"]) == ("c1", "reminder", {"说": "早"})
    clock.now += timedelta(days=3)
    again = await http.post("/v1/schedules", json=body, headers=key)
    assert again.json() == made
    other = await http.post("/v1/schedules", json={**body, "cron": "0 8 * * *"}, headers=key)
    is_problem(other, 422)
    assert (await http.get("/v1/schedules")).json()["items"] == [made]
    assert (await http.get("/v1/schedules?instance=other")).json()["items"] == []
    assert (await http.get(f"/v1/schedules/{made['id']}")).json() == made
    assert (await http.delete(f"/v1/schedules/{made['id']}")).status_code == 204
    assert (await http.get("/v1/schedules")).json()["items"] == []
    [over] = (await http.get("/v1/schedules?ended=true")).json()["items"]
    assert over["next_due"] is None
    assert over["ended_at"] is not None
    is_problem(await http.delete("/v1/schedules/nothing"), 404)
    is_problem(await http.get(f"/v1/schedules/{made['id'][:8]}"), 404)


async def test_a_moment_is_scheduled_once(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/schedules", json={"at": "2026-11-25T17:00:00+08:00"})
    made = answer.json()
    assert (made["next_due"], made["channel"], made["chat_id"]) == (
        "2026-11-25T09:00:00Z",
        "schedule",
        None,
    )


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({}, "either"),
    ({"cron": "0 9 * * *", "at": "2026-11-25T17:00:00Z"}, "either"),
    ({"cron": "0 9 * *"}, "cron"),
    ({"cron": "0 0 31 2 *"}, "cron"),
    ({"at": "2026-11-25T17:00:00"}, "offset"),
    ({"cron": "0 9 * * *", "tz": "Mars/Base"}, "time zone"),
    ({"cron": "0 9 * * *", "missed": "never"}, "missed"),
    ({"cron": "0 9 * * *", "data": {"a": "x" * 70_000}}, "bytes"),
    ({"cron": "0 9 * * *", "more": 1}, "more"),
]


async def test_what_makes_no_sense_is_refused_with_what_to_do(http: httpx.AsyncClient) -> None:
    for body, words in NONSENSE:
        problem = is_problem(await http.post("/v1/schedules", json=body), 422)
        assert words in problem["detail"], body


UNKEEPABLE = [
    '{"cron": "0 9 * * *", "data": {"a": "\\u0000"}}',
    '{"cron": "0 9 * * *", "data": {"a": "\\ud800"}}',
    '{"cron": "0 9 * * *", "data": {"a": 1e999}}',
    '{"cron": "0 9 * * *", "data": {"a": 123456789012345678901234567890}}',
    f'{{"cron": "0 9 * * *", "data": {{"a": {"[" * 300}{"]" * 300}}}}}',
    '{"at": "9999-12-31T23:59:59-10:00"}',
    '{"at": "0001-01-01T00:00:00+08:00"}',
    '{"at": "0001-01-01T00:00:00Z"}',
]


async def test_what_cannot_be_kept_as_it_was_given_is_refused_and_not_stored(
    http: httpx.AsyncClient,
) -> None:
    for body in UNKEEPABLE:
        answer = await http.post("/v1/schedules", content=body)
        problem = is_problem(answer, 422)
        assert "Idempotency-Key" not in problem["detail"], body[:80]
    assert (await http.get("/v1/schedules?ended=true")).json()["items"] == []
    is_problem(await http.get("/v1/schedules/a%00b"), 404)


async def test_nothing_is_told_without_a_key(http: httpx.AsyncClient) -> None:
    for path in ("/v1/schedules", "/v1/webhooks"):
        is_problem(await http.get(path, headers={"Authorization": ""}), 401)
