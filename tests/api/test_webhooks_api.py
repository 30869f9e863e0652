"""`/v1/webhooks`: accounts with their topics; secrets are told once, and count one way each."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from connectors.database import open_engine
from connectors.webhooks.deliveries import DeliveryStore
from connectors.webhooks.endpoint import EndpointStore
from schemas.envelope import decode
from schemas.event import WebhookReceived
from schemas.topics import INBOUND, OUTBOX
from tests.fakes.http_api import Clock, api_settings, client, is_problem, make_topics, records
from tests.fakes.webhook_delivery import ACTION, waiting_delivery
from tests.fixtures.live_server import LiveBroker

URL = "https://93.184.216.34:8443/in?token=hidden"


@pytest.fixture
async def http(
    broker: LiveBroker, database: str, topic_prefix: str
) -> AsyncIterator[httpx.AsyncClient]:
    await make_topics(broker.bootstrap, topic_prefix)
    async with client(api_settings(broker.bootstrap, database, topic_prefix)) as opened:
        yield opened


async def _added(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await http.post("/v1/webhooks", json={"account": "crm", "url": URL, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _signed(secret: str, body: bytes, name: str = "m1") -> dict[str, str]:
    now = Clock().now
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, now, body.decode()),
    }


async def test_an_account_is_added_shown_without_secrets_changed_and_removed(
    http: httpx.AsyncClient, broker: LiveBroker, topic_prefix: str
) -> None:
    made = await _added(http, about="客户系统")
    assert made["origin"] == "https://93.184.216.34:8443"
    assert made["secret"] != made["hook_secret"]
    outbox = OUTBOX.name(topic_prefix, channel="webhook", account="crm")
    assert await records(broker.bootstrap, outbox) == []
    is_problem(await http.post("/v1/webhooks", json={"account": "crm", "url": URL}), 409)
    is_problem(await http.post("/v1/webhooks", json={"account": "shop", "url": URL}), 409)
    listed = await http.get("/v1/webhooks")
    [shown] = listed.json()["items"]
    assert (shown["about"], shown["enabled"], shown["waiting"]) == ("客户系统", True, 0)
    for text in (listed.text, (await http.get("/v1/webhooks/crm")).text):
        assert "whsec_" not in text
        assert "hidden" not in text
    off = (await http.patch("/v1/webhooks/crm", json={"enabled": False})).json()
    assert (off["enabled"], off["disabled_for"]) == (False, "by a person")
    on = (await http.patch("/v1/webhooks/crm", json={"enabled": True, "about": "x\0"})).json()
    assert (on["enabled"], on["disabled_for"], on["about"]) == (True, None, "x\ufffd")
    to = {"channel": "webhook", "account": "crm", "chat_id": "orders"}
    sent = await http.post("/v1/messages", json={"to": to, "content": {"text": "你好"}})
    assert sent.status_code == 202, sent.text
    assert len(await records(broker.bootstrap, outbox)) == 1
    assert (await http.delete("/v1/webhooks/crm")).status_code == 204
    for method in ("GET", "DELETE"):
        is_problem(await http.request(method, "/v1/webhooks/crm"), 404)
    is_problem(await http.post("/v1/webhooks/crm/rotate"), 404)


async def test_what_waits_is_looked_at_at_once_when_somebody_mends_or_removes_the_endpoint(
    http: httpx.AsyncClient, database: str, topic_prefix: str
) -> None:
    await _added(http)
    engine, now = open_engine(database), Clock().now
    try:
        endpoints = EndpointStore(engine, topic_prefix)
        waiting = DeliveryStore(engine, topic_prefix, "relay-0")
        found = await endpoints.find("crm")
        assert found is not None
        await endpoints.pause(found, now + timedelta(hours=9))
        await endpoints.pause(found, now + timedelta(hours=1))
        assert (
            (await http.get("/v1/webhooks/crm"))
            .json()["paused_until"]
            .startswith("2026-11-25T17:00")
        )
        await waiting.take([waiting_delivery(not_before=now + timedelta(hours=2))])
        later = now + timedelta(hours=3)
        assert await waiting.lease(later, timedelta(minutes=1), 8, ()) == []
        shown = (await http.patch("/v1/webhooks/crm", json={"enabled": True})).json()
        assert (shown["paused_until"], shown["waiting"]) == (None, 1)
        assert len(await waiting.lease(now, timedelta(minutes=1), 8, ())) == 1
        late = ACTION.model_copy(update={"action_id": "b/0", "chat_id": "late"})
        await waiting.take([waiting_delivery(late, not_before=now + timedelta(hours=4))])
        assert await waiting.lease(now, timedelta(minutes=1), 8, ()) == []
        await http.delete("/v1/webhooks/crm")
        [dying] = await waiting.lease(now, timedelta(minutes=1), 8, ())
        assert dying.action_id == "b/0"
    finally:
        await engine.dispose()


FORBIDDEN: list[tuple[dict[str, Any], str]] = [
    ({"account": "crm", "url": "http://93.184.216.34/"}, "private"),
    ({"account": "crm", "url": "https://127.0.0.1/"}, "private"),
    ({"account": "crm", "url": "https://[::1]/"}, "private"),
    ({"account": "crm", "url": "https://169.254.169.254/latest"}, "private"),
    ({"account": "crm", "url": "https://a:hidden@example.com/"}, "password"),
    ({"account": "crm", "url": "gopher://example.com/"}, "https"),
    ({"account": "crm", "url": URL, "secret": "whsec_hidden"}, "secret"),
    ({"account": "Crm!", "url": URL}, "account"),
]


async def test_an_endpoint_that_must_not_be_is_refused_and_not_repeated(
    http: httpx.AsyncClient,
) -> None:
    for body, words in FORBIDDEN:
        answer = await http.post("/v1/webhooks", json=body)
        assert words in is_problem(answer, 422)["detail"], body
        assert "hidden" not in answer.text


async def test_an_account_writes_to_us_with_its_own_secret_in_the_lane_of_its_chat(
    http: httpx.AsyncClient, broker: LiveBroker, topic_prefix: str
) -> None:
    made = await _added(http)
    body = '{"chat_id": "orders", "text": "到货了"}'.encode()
    hook = "/hooks/generic/crm"
    is_problem(await http.post(hook, content=body, headers=_signed(made["secret"], body)), 401)
    for _ in range(2):
        good = _signed(made["hook_secret"], body)
        assert (await http.post(hook, content=body, headers=good)).status_code == 202
    fresh = (await http.post("/v1/webhooks/crm/rotate")).json()
    assert fresh["secret"] != made["secret"]
    for number, secret in enumerate((made["hook_secret"], fresh["hook_secret"])):
        signed = _signed(secret, body, f"later-{number}")
        assert (await http.post(hook, content=body, headers=signed)).status_code == 202
    found = await records(broker.bootstrap, INBOUND.name(topic_prefix))
    events = [decode(record.headers, record.value) for record in found]
    assert len({event.event_id for event in events if isinstance(event, WebhookReceived)}) == 3
    assert {record.key for record in found} == {b"webhook:crm:orders"}


async def test_a_body_that_no_worker_could_read_is_refused_and_the_deepest_that_it_can_is_taken(
    http: httpx.AsyncClient, broker: LiveBroker, topic_prefix: str
) -> None:
    made = await _added(http)
    answers = []
    bodies = [b'{"a":%b%b}' % (b"[" * depth, b"]" * depth) for depth in range(190, 210)]
    for number, body in enumerate([*bodies, b"{}, {}", b"{}]", b""]):
        signed = _signed(made["hook_secret"], body, f"m{number}")
        answers.append(await http.post("/hooks/generic/crm", content=body, headers=signed))
    taken = [answer for answer in answers if answer.status_code == 202]
    assert 0 < len(taken) < len(bodies)
    assert {answer.status_code for answer in answers} == {202, 422}
    found = await records(broker.bootstrap, INBOUND.name(topic_prefix))
    assert len([decode(record.headers, record.value) for record in found]) == len(taken)
