"""Sending through the API, and what became of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.message import timeline
from connectors.database import migrate, open_engine
from connectors.retention import purge
from connectors.tables import CHATS, RECEIPTS
from schemas.envelope import decode, header
from schemas.receipt import State
from schemas.topics import OUTBOX
from tests.fakes.http_api import (
    HELLO,
    TO,
    Clock,
    api_settings,
    client,
    is_problem,
    make_topics,
    records,
)
from tests.fixtures.live_server import LiveBroker, free_port

CLOCK = Clock()


@dataclass
class Api:
    """The API, with what stands behind it."""

    http: httpx.AsyncClient
    engine: AsyncEngine
    bootstrap: str
    prefix: str
    clock: Clock

    async def outbox(self, account: str = "default") -> list[Any]:
        topic = OUTBOX.name(self.prefix, channel="wechat", account=account)
        return await records(self.bootstrap, topic)

    async def know(
        self, *chats: tuple[str, str, str, str | None], account: str = "default"
    ) -> None:
        rows = [
            {
                "channel": "wechat",
                "account": account,
                "chat_id": chat_id,
                "title": title,
                "kind": kind,
                "remark": remark,
                "at": self.clock(),
                "body": {},
            }
            for chat_id, title, kind, remark in chats
        ]
        async with self.engine.begin() as connection:
            await connection.execute(insert(CHATS), rows)


@pytest.fixture
async def api(broker: LiveBroker, database: str, topic_prefix: str) -> AsyncIterator[Api]:
    await make_topics(broker.bootstrap, topic_prefix)
    await migrate(database)
    engine = open_engine(database)
    clock = Clock()
    settings = api_settings(broker.bootstrap, database, topic_prefix)
    async with client(settings, clock) as http:
        yield Api(http, engine, broker.bootstrap, topic_prefix, clock)
    await engine.dispose()


async def test_an_accepted_message_stands_in_its_outbox_and_is_queued(api: Api) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await api.http.post("/v1/messages", json=HELLO, headers={"traceparent": trace})
    assert answer.status_code == 202, answer.text
    identifier = answer.json()["id"]
    assert answer.headers["location"] == f"/v1/messages/{identifier}"
    [record] = await api.outbox()
    action = decode(record.headers, record.value)
    assert action.model_dump(mode="json", exclude_none=True) == {
        "action_id": identifier,
        **TO,
        "content": {**HELLO["content"], "cut": False},
        "attempt": 1,
        "requested_at": "2026-11-25T08:00:00Z",
        "on_unknown": "hold",
        "mentions": [],
        "mention_all": False,
        "quote_required": False,
    }
    assert record.key == b"wechat:default:c1"
    assert header(record.headers, "ce_id") == identifier
    sent_on = header(record.headers, "traceparent") or ""
    assert sent_on.startswith(trace[:35])
    assert sent_on != trace
    status = (await api.http.get(answer.headers["location"])).json()
    assert (status["id"], status["state"]) == (identifier, "queued")
    assert [step["state"] for step in status["timeline"]] == ["queued"]


async def test_without_a_key_each_request_is_a_message(api: Api) -> None:
    first, second = [await api.http.post("/v1/messages", json=HELLO) for _ in range(2)]
    assert first.json()["id"] != second.json()["id"]


async def test_one_idempotency_key_is_one_message(api: Api) -> None:
    key = {"Idempotency-Key": "order-17"}
    asked = [api.http.post("/v1/messages", json=HELLO, headers=key) for _ in range(4)]
    ids = {answer.json()["id"] for answer in await asyncio.gather(*asked)}
    api.clock.now += timedelta(hours=23)
    ids.add((await api.http.post("/v1/messages", json=HELLO, headers=key)).json()["id"])
    assert len(ids) == 1
    assert len({record.value for record in await api.outbox()}) == 1


async def test_a_key_with_another_body_is_refused(api: Api) -> None:
    key = {"Idempotency-Key": "order-17"}
    await api.http.post("/v1/messages", json=HELLO, headers=key)
    other = {**HELLO, "content": {"kind": "text", "text": "other"}}
    problem = is_problem(await api.http.post("/v1/messages", json=other, headers=key), 422)
    assert "Idempotency-Key" in problem["detail"]
    assert len(await api.outbox()) == 1


async def test_after_a_day_a_key_is_a_new_message(api: Api) -> None:
    key = {"Idempotency-Key": "daily"}
    ids = []
    for _ in range(3):
        ids.append((await api.http.post("/v1/messages", json=HELLO, headers=key)).json()["id"])
        api.clock.now += timedelta(hours=24)
    assert len(set(ids)) == 3


async def test_a_key_that_was_purged_is_a_new_message_too(api: Api, database: str) -> None:
    """The first id again would be dropped by every sink, and the message lost."""
    key = {"Idempotency-Key": "weekly"}
    first = await api.http.post("/v1/messages", json=HELLO, headers=key)
    api.clock.now += timedelta(days=3)
    engine = open_engine(database, size=1)
    assert await purge(engine, api.clock.now) == (0, 1, 0)
    await engine.dispose()

    second = await api.http.post("/v1/messages", json=HELLO, headers=key)

    assert second.json()["id"] != first.json()["id"]
    assert len(await api.outbox()) == 2


async def test_a_key_goes_on_meaning_the_chat_it_first_meant(api: Api) -> None:
    await api.know(("c7", "小王", "private", None))
    by_name = {"to": {"account": "default", "name": "小王"}, "content": HELLO["content"]}
    key = {"Idempotency-Key": "k"}
    first = await api.http.post("/v1/messages", json=by_name, headers=key)
    await api.know(("c8", "小王", "private", None))
    second = await api.http.post("/v1/messages", json=by_name, headers=key)
    assert first.json() == second.json()
    assert {record.key for record in await api.outbox()} == {b"wechat:default:c7"}


async def test_a_name_that_fits_one_chat_is_enough(api: Api) -> None:
    await api.know(
        ("c1", "小王", "private", None),
        ("c2", "王工", "private", "老王"),
        ("c3", "家", "group", None),
        ("c4", "家", "private", None),
    )
    await api.know(("c9", "小王", "private", None), account="second")
    for to in ({"name": "小王"}, {"name": "老王"}, {"name": "家", "kind": "group"}):
        message = {"to": {"account": "default", **to}, "content": HELLO["content"]}
        assert (await api.http.post("/v1/messages", json=message)).status_code == 202
    keys = {record.key for record in await api.outbox()}
    assert keys == {f"wechat:default:{chat_id}".encode() for chat_id in ("c1", "c2", "c3")}


async def test_a_name_that_fits_several_chats_is_refused_with_the_candidates(api: Api) -> None:
    await api.know(("c1", "小王", "private", None), ("c2", "王工", "group", "小王"))
    message = {"to": {"account": "default", "name": "小王"}, "content": HELLO["content"]}
    problem = is_problem(await api.http.post("/v1/messages", json=message), 409)
    assert problem["candidates"] == [
        {"chat_id": "c1", "title": "小王", "kind": "private", "remark": None},
        {"chat_id": "c2", "title": "王工", "kind": "group", "remark": "小王"},
    ]
    assert await api.outbox() == []


async def test_a_name_no_chat_has_is_not_found(api: Api) -> None:
    message = {"to": {"account": "default", "name": "nobody"}, "content": HELLO["content"]}
    problem = is_problem(await api.http.post("/v1/messages", json=message), 404)
    assert "chat_id" in problem["detail"]


async def test_an_unknown_account_is_not_found(api: Api) -> None:
    message = {**HELLO, "to": {**TO, "account": "nobody"}}
    problem = is_problem(await api.http.post("/v1/messages", json=message), 404)
    assert "nobody" in problem["detail"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "to"),
    ({"to": TO}, "content"),
    ({"to": {"channel": "wechat"}, "content": HELLO["content"]}, "to.account"),
    ({"to": {**TO, "name": "x"}, "content": HELLO["content"]}, "to"),
    ({"to": {"account": "default"}, "content": HELLO["content"]}, "to"),
    ({"to": {**TO, "account": "Not A Slug"}, "content": HELLO["content"]}, "to.account"),
    ({"to": {**TO, "chat": "c1"}, "content": HELLO["content"]}, "to.chat"),
    ({"to": TO, "content": {"kind": "text"}}, "content.text"),
    ({"to": TO, "content": {"kind": "text", "text": " \n"}}, "content.text"),
    ({"to": TO, "content": {"kind": "text", "text": "a\u0000b"}}, "content.text"),
    ({"to": TO, "content": {"kind": "image"}}, "content.media"),
    ({"to": TO, "content": {"kind": "voice"}}, "content"),
    ({"to": TO, "content": {"txt": "no kind is text"}}, "content.text"),
]


async def test_a_wrong_request_names_the_field(api: Api) -> None:
    for message, field in WRONG:
        problem = is_problem(await api.http.post("/v1/messages", json=message), 422)
        assert field in [error["field"] for error in problem["errors"]], message
        assert "Not A Slug" not in str(problem)


async def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    answer = await api.http.post(
        "/v1/messages", content=b"{secret", headers={"content-type": "application/json"}
    )
    assert "secret" not in str(is_problem(answer, 422))


async def test_receipts_make_the_timeline(api: Api) -> None:
    identifier = (await api.http.post("/v1/messages", json=HELLO)).json()["id"]
    steps = [("claimed", None, None), ("failed", "unknown_chat", "No such chat.")]
    async with api.engine.begin() as connection:
        for number, (state, reason, detail) in enumerate(steps):
            at = api.clock() + timedelta(seconds=1 + number)
            body = {"state": state, "at": at.isoformat(), "reason": reason, "detail": detail}
            row = {
                "receipt_id": str(number),
                "action_id": identifier,
                "attempt": 1,
                "state": state,
                "at": at,
                "partition": 0,
                "offset": number,
                "body": body,
            }
            await connection.execute(insert(RECEIPTS), row)
    status = (await api.http.get(f"/v1/messages/{identifier}")).json()
    assert status["state"] == "failed"
    assert [step["state"] for step in status["timeline"]] == ["queued", "claimed", "failed"]
    last = status["timeline"][-1]
    assert (last["reason"], last["detail"]) == ("unknown_chat", "No such chat.")
    assert last["at"] == "2026-11-25T08:00:02Z"


async def test_an_unknown_id_is_not_found(api: Api) -> None:
    for identifier in ("nothing", "a%2F0", "turn/0", "a%00b"):
        is_problem(await api.http.get(f"/v1/messages/{identifier}"), 404)


async def test_chats_are_listed_by_name(api: Api) -> None:
    await api.know(
        ("c1", "小王", "private", None), ("c2", "王工", "group", "小王"), ("c3", "x", "group", None)
    )
    answer = await api.http.get("/v1/chats", params={"name": "小王"})
    assert [item["chat_id"] for item in answer.json()["items"]] == ["c1", "c2"]
    assert len((await api.http.get("/v1/chats")).json()["items"]) == 3
    assert (await api.http.get("/v1/chats", params={"name": "nobody"})).json() == {"items": []}


async def test_a_broker_away_is_said_in_time(database: str, topic_prefix: str) -> None:
    settings = api_settings(f"127.0.0.1:{free_port()}", database, topic_prefix)
    async with client(settings) as http, asyncio.timeout(6):
        answer = await http.post("/v1/messages", json=HELLO)
        is_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0


async def test_a_broker_that_dies_between_is_survived(
    api: Api, broker: LiveBroker, topic_prefix: str
) -> None:
    key = {"Idempotency-Key": "k"}
    before = await api.http.post("/v1/messages", json=HELLO, headers=key)
    await asyncio.to_thread(broker.kill)
    try:
        async with asyncio.timeout(6):
            keyed, keyless = await asyncio.gather(
                api.http.post("/v1/messages", json=HELLO, headers=key),
                api.http.post("/v1/messages", json=HELLO),
            )
        assert "same Idempotency-Key" in is_problem(keyed, 503)["detail"]
        assert "twice" in is_problem(keyless, 503)["detail"]
    finally:
        await asyncio.to_thread(broker.restart)
    after = await api.http.post("/v1/messages", json=HELLO, headers=key)
    assert before.json() == after.json()
    assert orjson.loads((await api.outbox())[-1].value)["action_id"] == before.json()["id"]


def test_an_attempt_that_no_receipt_speaks_of_is_queued_again() -> None:
    failed = {"state": "failed", "at": CLOCK().isoformat(), "attempt": 1}
    assert [step.state for step in timeline([failed], CLOCK(), 2)] == [State.FAILED, State.QUEUED]


def test_receipts_alone_make_a_timeline_too() -> None:
    sent = {"state": "sent", "at": CLOCK().isoformat(), "attempt": 1}
    assert [step.state for step in timeline([sent], None, 0)] == [State.SENT]
    assert timeline([], None, 0) == []


def test_one_that_waits_says_until_when() -> None:
    waits = {
        "state": "waiting", "at": CLOCK().isoformat(), "reason": "quiet_hours",
        "not_before": "2026-11-26T07:00:00Z",
    }  # fmt: skip
    (step,) = timeline([waits], None, 0)

    assert (step.reason, step.not_before) == ("quiet_hours", datetime(2026, 11, 26, 7, tzinfo=UTC))
