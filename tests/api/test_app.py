"""The API as a whole: keys, limits, problems, health, webhooks, and its process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from standardwebhooks import Webhook

from connectors.api.key import find_key, new_key, register
from connectors.api.unbuilt import OFFICES, RESOURCES
from connectors.database import open_engine
from connectors.tables import API_KEYS
from schemas.envelope import decode, header
from schemas.event import WebhookReceived
from schemas.identity import office_event_id
from schemas.topics import INBOUND, OUTBOX
from tests.fakes.http_api import (
    HELLO,
    HOOK_SECRET,
    KEY,
    Clock,
    api_settings,
    client,
    eventually,
    is_problem,
    make_topics,
    records,
)
from tests.fixtures.live_server import LiveBroker, LivePostgres, free_port

CLOCK = Clock()


@pytest.fixture
async def alone(topic_prefix: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API without a broker or a database: for what it must answer all the same."""
    nowhere = f"127.0.0.1:{free_port()}"
    settings = api_settings(nowhere, f"postgresql://x@{nowhere}/x", topic_prefix)
    async with client(settings) as opened:
        yield opened


@pytest.fixture
async def http(
    broker: LiveBroker, database: str, topic_prefix: str
) -> AsyncIterator[httpx.AsyncClient]:
    await make_topics(broker.bootstrap, topic_prefix)
    async with client(api_settings(broker.bootstrap, database, topic_prefix)) as opened:
        yield opened


def signed(body: bytes, identifier: str = "msg_1", seconds: int = 0) -> dict[str, str]:
    at = CLOCK() + timedelta(seconds=seconds)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(HOOK_SECRET).sign(identifier, at, body.decode()),
    }


async def test_without_a_valid_key_nothing_is_told(http: httpx.AsyncClient) -> None:
    for authorization in ("", "Bearer hy_wrong", f"Basic {KEY}", "Bearer", f"Bearer {KEY}x"):
        answer = await http.get("/v1/chats", headers={"Authorization": authorization})
        problem = is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert KEY not in str(problem)


async def test_a_replaced_first_key_is_revoked(http: httpx.AsyncClient, database: str) -> None:
    assert (await http.get("/v1/chats")).status_code == 200
    engine = open_engine(database)
    other = new_key()
    await register(engine, SecretStr(other))
    is_problem(await http.get("/v1/chats"), 401)
    assert await find_key(engine, other) is not None
    await register(engine, SecretStr(KEY))
    assert (await http.get("/v1/chats")).status_code == 200
    async with engine.connect() as connection:
        stored = str((await connection.execute(select(API_KEYS))).all())
    assert KEY not in stored
    assert other not in stored
    await engine.dispose()


async def test_what_is_not_built_says_so(alone: httpx.AsyncClient) -> None:
    for path in (*(f"/v1/{name}" for name in RESOURCES), "/v1/keys/17/rotate"):
        is_problem(await alone.get(path), 501)
        is_problem(await alone.post(path, json={}), 501)
    for office in OFFICES:
        is_problem(await alone.post(f"/hooks/{office}/main", content=b"{}"), 501)


async def test_what_is_not_there_is_a_problem_too(alone: httpx.AsyncClient) -> None:
    is_problem(await alone.get("/v2/nothing"), 404)
    answer = await alone.delete("/v1/chats")
    is_problem(answer, 405)
    assert "GET" in answer.headers["allow"]


async def test_a_body_over_a_mebibyte_is_refused(http: httpx.AsyncClient) -> None:
    large = b"x" * (1024 * 1024 + 1)
    is_problem(await http.post("/v1/messages", content=large), 413)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"[" * 1024
        yield large

    is_problem(await http.post("/v1/messages", content=pieces()), 413)
    is_problem(await http.post("/hooks/generic/shop", content=pieces()), 413)


async def test_a_text_over_the_records_limit_is_refused(http: httpx.AsyncClient) -> None:
    message = {**HELLO, "content": {"kind": "text", "text": "x" * 600_000}}
    is_problem(await http.post("/v1/messages", json=message), 413)


async def test_the_openapi_document_tells_all_routes(alone: httpx.AsyncClient) -> None:
    document = (await alone.get("/openapi.json")).json()
    assert document["paths"].keys() == {
        "/v1/media",
        "/v1/media/{sha256}",
        "/v1/messages",
        "/v1/messages/{message_id}",
        "/v1/chats",
        "/v1/chats/{chat_id}/members",
        "/v1/contacts",
        "/v1/schedules",
        "/v1/schedules/{schedule}",
        "/v1/webhooks",
        "/v1/webhooks/{account}",
        "/v1/webhooks/{account}/rotate",
        "/hooks/generic/{name}",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert "HTTPBearer" in document["components"]["securitySchemes"]


async def test_metrics_count_by_route(alone: httpx.AsyncClient) -> None:
    await alone.get("/v1/messages/some/id", headers={"Authorization": ""})
    text = (await alone.get("/metrics")).text
    assert 'route="/v1/messages/{message_id:path}",status="401"' in text
    assert "some/id" not in text


async def test_ready_when_both_are_there(http: httpx.AsyncClient) -> None:
    async def ready() -> bool:
        return (await http.get("/readyz")).status_code == 200

    await eventually(ready)
    assert (await http.get("/healthz")).json() == {"status": "ok"}


async def test_readiness_names_what_is_away_and_the_process_lives(
    alone: httpx.AsyncClient,
) -> None:
    assert (await alone.get("/healthz")).status_code == 200
    problem = is_problem(await alone.get("/readyz"), 503)
    assert problem["missing"] == ["kafka", "postgres"]


async def test_those_who_can_come_again_are_told_so_in_time(alone: httpx.AsyncClient) -> None:
    body = b'{"a": 1}'

    async def webhook() -> httpx.Response:
        async with asyncio.timeout(2):
            return await alone.post("/hooks/generic/shop", content=body, headers=signed(body))

    async def chats() -> httpx.Response:
        async with asyncio.timeout(5):
            return await alone.get("/v1/chats")

    for answer in await asyncio.gather(webhook(), chats()):
        is_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0


async def test_a_database_that_went_away_comes_back(
    http: httpx.AsyncClient, postgres: LivePostgres
) -> None:
    assert (await http.get("/v1/chats")).status_code == 200
    await asyncio.to_thread(postgres.kill)
    try:
        is_problem(await http.get("/v1/chats"), 503)
        assert is_problem(await http.get("/readyz"), 503)["missing"] == ["postgres"]
    finally:
        await asyncio.to_thread(postgres.restart)

    async def back() -> bool:
        return (await http.get("/v1/chats")).status_code == 200

    await eventually(back)


async def test_a_signed_webhook_becomes_one_event(
    http: httpx.AsyncClient, broker: LiveBroker, topic_prefix: str
) -> None:
    body = (
        '{"account": "default", "chat_id": "c1", "n": 12345678901234567890123, "说": "好"}'.encode()
    )
    for _ in range(2):
        answer = await http.post("/hooks/generic/shop", content=body, headers=signed(body))
        assert answer.status_code == 202, answer.text
    expected = office_event_id("webhook", "shop", "msg_1")
    assert answer.json() == {"id": expected}
    found = await records(broker.bootstrap, INBOUND.name(topic_prefix))
    assert {header(record.headers, "ce_id") for record in found} == {expected}
    event = decode(found[0].headers, found[0].value)
    assert isinstance(event, WebhookReceived)
    assert event.data["chat_id"] == "c1"
    assert event.data["n"] == 12345678901234567890123
    assert event.data["说"] == "好"
    assert found[0].key == b"webhook:shop:webhook-shop"


async def test_a_webhook_without_a_good_signature_is_refused(
    http: httpx.AsyncClient, broker: LiveBroker, topic_prefix: str
) -> None:
    body = b'{"a": 1}'
    good = signed(body)
    for wrong in (
        {},
        {**good, "webhook-signature": "v1"},
        {**good, "webhook-signature": "v1,a,b"},
        {**good, "webhook-id": "msg_2"},
        signed(body, seconds=-301),
        signed(body, seconds=301),
        signed(b"{}"),
    ):
        answer = await http.post("/hooks/generic/shop", content=body, headers=wrong)
        assert HOOK_SECRET not in str(is_problem(answer, 401))
    is_problem(await http.post("/hooks/generic/nobody", content=body, headers=good), 404)
    assert await records(broker.bootstrap, INBOUND.name(topic_prefix)) == []


async def test_a_signed_body_that_is_no_object_is_refused(alone: httpx.AsyncClient) -> None:
    for body in (b"[1]", b"1", b"{", b'{"a": NaN}', b""):
        answer = await alone.post("/hooks/generic/shop", content=body, headers=signed(body))
        is_problem(answer, 422)


@contextmanager
def api_process(ready: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    program = (
        "from connectors.api.main import run; from connectors.settings import ApiSettings; "
        "run(ApiSettings())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={
            "PATH": os.defpath,
            "HONGYAN_API_PORT": "0",
            "HONGYAN_READY_FILE": str(ready),
            "HONGYAN_LOG_LEVEL": "ERROR",
            **environment,
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_the_process_starts_alone_says_where_and_ends_cleanly(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    nowhere = f"127.0.0.1:{free_port()}"
    away = {"HONGYAN_KAFKA": nowhere, "HONGYAN_POSTGRES": f"postgresql://x@{nowhere}/x"}
    with api_process(ready, **away) as process:
        at = await _listening(ready)
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{at}/healthz")
        assert answer.json() == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 5) == 0
        assert process.stdout is not None
        assert process.stdout.read() == b""


def _address(ready: Path) -> str:
    """Where the process listens, or nothing yet."""
    text = ready.read_text() if ready.exists() else ""
    return text.strip() if text.endswith("\n") else ""


async def _listening(ready: Path) -> str:
    async def says_where() -> str:
        return _address(ready)

    at: str = await eventually(says_where)
    return at


async def _post_hello(at: str, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key}
    async with httpx.AsyncClient(base_url=at, headers=headers, timeout=20) as http:
        answer = await http.post("/v1/messages", json=HELLO)
        if answer.is_success:
            status = await http.get(answer.headers["location"])
            assert status.json()["state"] == "queued"
        return answer


@pytest.mark.parametrize("place", ["api.decided", "api.produced"])
async def test_killed_amid_a_request_the_same_key_makes_the_same_message(
    broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path, place: str
) -> None:
    await make_topics(broker.bootstrap, topic_prefix)
    ready = tmp_path / "ready"
    environment = {
        "HONGYAN_KAFKA": broker.bootstrap,
        "HONGYAN_POSTGRES": database,
        "HONGYAN_TOPIC_PREFIX": topic_prefix,
        "HONGYAN_API_KEY": KEY,
    }
    with api_process(ready, **environment, HONGYAN_FAILPOINT=place) as process:
        with pytest.raises(httpx.TransportError):
            await _post_hello(await _listening(ready), "k")
        assert await asyncio.to_thread(process.wait, 5) == -signal.SIGKILL
    ready.unlink()
    with api_process(ready, **environment):
        answer = await _post_hello(await _listening(ready), "k")
        assert answer.status_code == 202, answer.text
    outbox = OUTBOX.name(topic_prefix, channel="wechat", account="default")
    found = await records(broker.bootstrap, outbox)
    assert len(found) == (1 if place == "api.decided" else 2)
    assert {header(record.headers, "ce_id") for record in found} == {answer.json()["id"]}
    assert len({record.value for record in found}) == 1
