"""Contacts and members through the API, from the topic's records to the answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiokafka.structs import ConsumerRecord
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.projection import carry_out, writes
from schemas import topics
from schemas.contact import ContactsRead, GroupMembers, KnownContact, Member
from schemas.envelope import encode
from schemas.model import Model
from schemas.phone import DeviceState, KnownChat
from tests.fakes.http_api import HELLO, Clock, api_settings, client, is_problem, make_topics
from tests.fixtures.live_server import LiveBroker

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def record(model: Model, at: datetime = AT, *, tombstone: bool = False) -> ConsumerRecord:
    made = encode(model, id="x", source="/test", time=at)
    value = None if tombstone else made.value
    place = (topics.CONTACTS.name("bot"), 0, 0, 0, 0)
    return ConsumerRecord(*place, made.key, value, None, 0, 0, made.headers)


def contact(name: str, **more: object) -> KnownContact:
    base = {"contact_id": f"k-{name}", "account": "default", "name": name, "at": AT}
    return KnownContact.model_validate(base | more)


def group(chat_id: str) -> KnownChat:
    return KnownChat(chat_id=chat_id, account="default", kind="group", title="家人", at=AT)


async def told(engine: AsyncEngine, *records: ConsumerRecord) -> None:
    async with engine.begin() as connection:
        await carry_out(connection, [write for one in records for write in writes(one)])


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
async def http(
    broker: LiveBroker, database: str, topic_prefix: str, engine: AsyncEngine
) -> AsyncIterator[httpx.AsyncClient]:
    await make_topics(broker.bootstrap, topic_prefix)
    settings = api_settings(broker.bootstrap, database, topic_prefix)
    async with client(settings, Clock()) as http:
        yield http


async def test_contacts_are_found_by_remark_nickname_and_wechat_id(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    wang = contact("老王", remark="老王", nickname="王伟", wechat_id="wxid_w", chat_id="c1")
    read = ContactsRead(account="default", contacts=2, groups=0, at=AT)
    await told(engine, record(wang), record(contact("小李")), record(read))

    for name in ("老王", "王伟", "wxid_w"):
        answer = (await http.get("/v1/contacts", params={"name": name})).json()
        assert [(one["contact_id"], one["chat_id"]) for one in answer["items"]] == [
            ("k-老王", "c1")
        ]
    whole = (await http.get("/v1/contacts")).json()

    assert {one["name"] for one in whole["items"]} == {"老王", "小李"}
    assert whole["read_at"] == {"default": "2026-11-25T08:00:00Z"}
    assert (await http.get("/v1/contacts", params={"name": "\x00"})).json()["items"] == []


async def test_a_tombstone_takes_a_contact_away_but_not_one_that_came_back_since(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    later = AT + timedelta(minutes=1)
    gone, back = contact("走了"), contact("回来了")
    await told(engine, record(gone), record(contact("回来了", at=later)))
    await told(engine, record(gone, AT, tombstone=True), record(back, AT, tombstone=True))

    left = (await http.get("/v1/contacts")).json()["items"]

    assert [one["name"] for one in left] == ["回来了"]


async def test_a_name_is_sent_to_without_asking_the_phone_right_after_a_whole_reading(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    """One chat and one person have it; where nobody is known by a name, the phone decides."""
    now = datetime.now(UTC)
    device = DeviceState(account="default", serial="S", health="stopped", at=now)
    read = ContactsRead(account="default", contacts=1, groups=0, at=now)
    await told(engine, record(group("g1")), record(read), record(contact("家人", chat_id="g1")))
    await told(engine, record(device))

    def to(name: str) -> dict[str, object]:
        return {**HELLO, "to": {"account": "default", "name": name}}

    assert (await http.post("/v1/messages", json=to("家人"))).status_code == 202
    is_problem(await http.post("/v1/messages", json=to("没有的人")), 503)


async def test_a_groups_members_are_listed_and_an_unknown_chat_is_404(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    people = (Member(name="甲", role="owner"), Member(name="乙"))
    members = GroupMembers(
        chat_id="g1", account="default", members=people, count=2, whole=True, at=AT
    )
    await told(engine, record(group("g1")), record(group("g2")), record(members))

    answer = (await http.get("/v1/chats/g1/members")).json()
    unread = (await http.get("/v1/chats/g2/members")).json()

    assert answer["items"] == [{"name": "甲", "role": "owner"}, {"name": "乙", "role": None}]
    assert (answer["count"], answer["whole"]) == (2, True)
    assert (unread["items"], unread["read_at"]) == ([], None)
    is_problem(await http.get("/v1/chats/nothing/members"), 404)
