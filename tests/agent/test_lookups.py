"""A name looked up on the phone for the API: one, several, none, and no phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from loguru import logger

from connectors.database import migrate, open_engine
from connectors.projection import carry_out, writes
from schemas import topics
from schemas.envelope import encode
from schemas.lookup import ChatLookup, LookupAnswer
from schemas.phone import DeviceState, Health
from schemas.receipt import State
from tests.fakes.http_api import api_settings, client, is_problem
from tests.fakes.phone_rig import Rig, until
from tests.fixtures.live_server import LiveBroker


def now() -> datetime:
    return datetime.now(UTC)


async def looked_up(rig: Rig, name: str, **changes: Any) -> LookupAnswer:
    lookup = ChatLookup(
        lookup_id=f"l-{name}",
        channel="wechat",
        account="default",
        name=name,
        requested_at=now(),
        expires_at=now() + timedelta(seconds=10),
    ).model_copy(update=changes)
    record = encode(lookup, id=lookup.lookup_id, source="/test", time=now())
    await rig.producer.send(rig.outbox, record)

    async def answered() -> LookupAnswer | None:
        found = await rig.records(topics.RECEIPTS)
        mine = [one for one in found if isinstance(one, LookupAnswer)]
        return next((one for one in mine if one.lookup_id == lookup.lookup_id), None)

    answer = await until(answered, f"an answer about {name}")
    assert answer is not None
    return answer


async def test_a_chat_never_seen_gets_an_id_that_can_be_written_to(rig: Rig) -> None:
    """It stands in no list; its old messages are no news."""
    own = rig.sim.add_chat("老同学")
    rig.sim.receive("", "十年前的话", chat_id=own)
    rig.sim.patch_chat(own, listed=False)
    await rig.started()

    answer = await looked_up(rig, "老同学")

    assert [(one.kind, one.title) for one in answer.chats] == [("private", "老同学")]
    chat_id = answer.chats[0].chat_id
    assert chat_id is not None
    assert chat_id in await rig.chats()
    assert rig.sim.truth()["opened"] == []
    assert (await rig.end(await rig.ask(chat_id, "好久不见"))).state is State.SENT
    assert [one["chat_id"] for one in rig.sim.truth()["sent"]] == [own]
    assert await rig.texts() == []


async def test_nobodys_name_or_words_are_logged(rig: Rig) -> None:
    """Not even by a search that fails, and is left like any unknown page."""
    rig.sim.receive("王小二", "心里话")
    logged: list[str] = []
    sink = logger.add(logged.append, level="INFO", format="{message}")
    try:
        await rig.started()
        await looked_up(rig, "王小\x01二", lookup_id="l-1")
        end = await rig.end(await rig.ask(await rig.chat_id("王小二"), "知道了吗"))
    finally:
        logger.remove(sink)

    assert end.state is State.SENT
    assert [line for line in logged if any(word in line for word in ("王小", "心里话"))] == []


async def test_names_that_cannot_be_searched_for_keep_no_message_waiting(rig: Rig) -> None:
    """No phone shows such a name as it was set, so each of these searches fails."""
    rig.sim.receive("张三", "在吗")
    await rig.started()
    chat = await rig.chat_id("张三")
    asked = [f"l-{number}" for number in range(10)]
    for lookup_id in asked:
        lookup = ChatLookup(
            lookup_id=lookup_id, channel="wechat", account="default", name="坏\x01名",
            requested_at=now(), expires_at=now() + timedelta(seconds=30),
        )  # fmt: skip
        await rig.producer.send(
            rig.outbox, encode(lookup, id=lookup_id, source="/test", time=now())
        )

    assert (await rig.end(await rig.ask(chat, "在"))).state is State.SENT

    told = [one for one in await rig.records(topics.RECEIPTS) if isinstance(one, LookupAnswer)]
    assert [one.failed for one in told if one.failed is None] == []
    assert len(told) < len(asked)


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
async def test_a_person_and_a_group_are_two_and_a_kind_picks_one(rig: Rig, locale: str) -> None:
    rig.sim.patch_device(locale=locale)
    rig.sim.add_chat("读书会")
    rig.sim.add_chat("读书会", "group", members=["a", "b"])
    await rig.started()

    both = await looked_up(rig, "读书会")
    group = await looked_up(rig, "读书会", kind="group", lookup_id="l-group")

    assert {one.kind for one in both.chats} == {"private", "group"}
    assert len({one.chat_id for one in both.chats} - {None}) == 2
    assert [one.kind for one in group.chats] == ["group"]


async def test_twins_cannot_be_told_apart_and_lookalikes_are_others(rig: Rig) -> None:
    for name in ("张三", "张三", "张三丰", "1#", "01#"):
        rig.sim.add_chat(name)
    await rig.started()

    twins = await looked_up(rig, "张三")
    one = await looked_up(rig, "1#")
    none = await looked_up(rig, "李四")

    assert len(twins.chats) == 2
    assert None in [chat.chat_id for chat in twins.chats]
    assert [chat.title for chat in one.chats] == ["1#"]
    assert (none.chats, none.whole) == ((), True)


async def test_twins_that_are_known_are_named_by_their_ids(rig: Rig) -> None:
    rig.sim.receive("", "我是一号", chat_id=rig.sim.add_chat("王伟"))
    await rig.started()
    first = await rig.chat_id("王伟")
    rig.sim.patch_chat(rig.sim.add_chat("王伟"), listed=False)

    twins = await looked_up(rig, "王伟")

    assert [chat.chat_id for chat in twins.chats] == [first, None]


async def test_a_question_costs_a_counted_number_of_calls_and_is_answered_while_sends_wait(
    rig: Rig,
) -> None:
    rig.sim.receive("张三", "在吗")
    rig.sim.add_chat("李四")
    await rig.started()
    chat = await rig.chat_id("张三")
    sends = [await rig.ask(chat, f"第{number}条") for number in range(8)]

    answer = await looked_up(rig, "李四")

    assert [one.title for one in answer.chats] == ["李四"]
    assert {(await rig.end(send)).state for send in sends} == {State.SENT}
    await asyncio.sleep(0)
    before = rig.sim.truth()["rpc"]
    await looked_up(rig, "李四", lookup_id="again")
    assert rig.sim.truth()["rpc"] - before <= 16


# --- through the API ---


@asynccontextmanager
async def api(
    rig: Rig, broker: LiveBroker, database: str, health: Health
) -> AsyncIterator[httpx.AsyncClient]:
    await migrate(database)
    engine = open_engine(database)
    state = DeviceState(account="default", serial="S", health=health, at=now())
    made = encode(state, id="x", source="/test", time=now())
    settings = api_settings(broker.bootstrap, database, rig.prefix)
    rows = writes(_record(made.key, made.value, made.headers, topics.DEVICES.name(rig.prefix)))
    async with engine.begin() as connection:
        await carry_out(connection, rows)
    async with client(settings, now) as http:  # type: ignore[arg-type]  # a clock that goes
        yield http
    await engine.dispose()


def _record(key: Any, value: Any, headers: Any, topic: str) -> Any:
    from aiokafka.structs import ConsumerRecord

    return ConsumerRecord(topic, 0, 0, 0, 0, key, value, None, 0, 0, headers)


def message(name: str, **more: str) -> dict[str, Any]:
    return {
        "to": {"account": "default", "name": name, **more},
        "content": {"kind": "text", "text": "你好"},
    }


async def test_a_message_to_a_name_goes_to_the_one_chat_that_has_it_now(
    rig: Rig, broker: LiveBroker, database: str
) -> None:
    own = rig.sim.add_chat("小王")
    rig.sim.add_chat("读书会")
    rig.sim.add_chat("读书会", "group", members=["a", "b"])
    await rig.started()
    async with api(rig, broker, database, "ready") as http:
        sent = await http.post("/v1/messages", json=message("小王"))
        several = await http.post("/v1/messages", json=message("读书会"))
        group = await http.post("/v1/messages", json=message("读书会", kind="group"))
        none = await http.post("/v1/messages", json=message("没有这个人"))
        listed = await http.get("/v1/chats", params={"name": "小王"})

    assert sent.status_code == 202, sent.text
    assert group.status_code == 202, group.text
    candidates = is_problem(several, 409)["candidates"]
    assert {one["kind"] for one in candidates} == {"private", "group"}
    is_problem(none, 404)
    assert [one["title"] for one in listed.json()["items"]] == ["小王"]
    assert (await rig.end(sent.json()["id"])).state is State.SENT
    assert (await rig.end(group.json()["id"])).state is State.SENT
    assert own in [one["chat_id"] for one in rig.sim.truth()["sent"]]


async def test_a_phone_that_is_away_is_named_and_nothing_is_guessed(
    rig: Rig, broker: LiveBroker, database: str
) -> None:
    async with api(rig, broker, database, "stopped") as http:
        post = await http.post("/v1/messages", json=message("小王"))
        get = await http.get("/v1/chats", params={"name": "小王"})

    assert "phone" in is_problem(post, 503)["detail"]
    is_problem(get, 503)
