"""Uploading what is to be sent, and messages that carry, call and quote."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.database import migrate
from connectors.media.folder import FolderStore
from schemas.envelope import decode
from schemas.topics import OUTBOX
from tests.fakes.http_api import TO, api_settings, client, is_problem, make_topics, records
from tests.fixtures.live_server import LiveBroker

LIMIT = 2_000_000
PICTURE = b"\x89PNG picture" * 100_000  # over the limit of other bodies


@dataclass
class Desk:
    http: httpx.AsyncClient
    store: FolderStore
    bootstrap: str
    topic: str

    async def last(self) -> dict[str, Any]:
        """The last action produced."""
        record = (await records(self.bootstrap, self.topic))[-1]
        return decode(record.headers, record.value).model_dump(mode="json", exclude_none=True)


@pytest.fixture
async def desk(
    broker: LiveBroker, database: str, topic_prefix: str, tmp_path: Path
) -> AsyncIterator[Desk]:
    await make_topics(broker.bootstrap, topic_prefix)
    await migrate(database)
    folder = tmp_path / "media"
    settings = api_settings(
        broker.bootstrap, database, topic_prefix, media=str(folder), send_bytes=LIMIT
    )
    topic = OUTBOX.name(topic_prefix, channel="wechat", account="default")
    async with client(settings) as http:
        yield Desk(http, FolderStore(folder), broker.bootstrap, topic)


async def test_what_is_uploaded_is_carried_by_a_message(desk: Desk) -> None:
    png = {"Content-Type": "image/png"}
    up = await desk.http.post("/v1/media?name=山.png", content=PICTURE, headers=png)
    assert up.status_code == 201, up.text
    media = up.json()
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    assert media == {
        "sha256": sha256, "size": len(PICTURE), "mime": "image/png", "name": "山.png"
    }  # fmt: skip
    assert await desk.store.get(sha256) == PICTURE
    down = await desk.http.get(f"/v1/media/{sha256}")
    assert (down.status_code, down.content) == (200, PICTURE)
    assert down.headers["content-disposition"] == "attachment"
    is_problem(await desk.http.get(f"/v1/media/{'0' * 64}"), 404)
    is_problem(await desk.http.get("/v1/media/..%2f..%2fetc"), 404)
    is_problem(await desk.http.get(f"/v1/media/{sha256}", headers={"Authorization": ""}), 401)

    for content in (
        {"kind": "image", "media": media},
        {"kind": "file", "media": media, "name": "原图.png"},
    ):
        sent = await desk.http.post("/v1/messages", json={"to": TO, "content": content})
        assert sent.status_code == 202, sent.text
        assert (await desk.last())["content"] == content


async def test_what_cannot_be_stored_or_sent_is_refused_with_its_reason(desk: Desk) -> None:
    headers = {"Content-Type": "image/png"}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * (LIMIT // 2)

    is_problem(await desk.http.post("/v1/media", content=b"x" * (LIMIT + 1), headers=headers), 413)
    is_problem(await desk.http.post("/v1/media", content=chunks(), headers=headers), 413)
    is_problem(await desk.http.post("/v1/media", content=b"", headers=headers), 422)
    stranger = {"Authorization": "Bearer hy_nobody"}
    is_problem(await desk.http.post("/v1/media", content=b"x", headers=stranger), 401)

    media = (await desk.http.post("/v1/media", content=b"x", headers=headers)).json()
    absent = {**media, "sha256": "0" * 64}
    image: dict[str, Any] = {"kind": "image", "media": media}
    for asked, field in (
        ({"content": {"kind": "image", "media": absent}}, "content.media.sha256"),
        ({"content": {"kind": "video", "media": media}}, "content.media.mime"),
        ({"content": {"kind": "image"}}, "media"),
        ({"content": {"kind": "voice", "media": media}}, "content"),
        ({"content": image, "quote": "e1"}, "only a text"),
    ):
        answer = await desk.http.post("/v1/messages", json={"to": TO, **asked})
        assert field in is_problem(answer, 422)["detail"]
    assert await records(desk.bootstrap, desk.topic) == []


async def test_a_text_may_call_people_and_quote(desk: Desk) -> None:
    answers = {"mentions": ["王芳"], "mention_all": True, "quote": "e1", "quote_required": True}
    asked = {"to": TO, "content": {"kind": "text", "text": "好"}, **answers}

    assert (await desk.http.post("/v1/messages", json=asked)).status_code == 202

    action = await desk.last()
    assert {name: action[name] for name in answers} == answers
