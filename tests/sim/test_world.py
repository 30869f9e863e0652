"""The simulated account: what happens in it, and that a restart changes nothing of it."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_agent.sim.clock import Clock
from device_agent.sim.content import KINDS
from device_agent.sim.content_fields import FIELDS
from device_agent.sim.failure import Refusal
from device_agent.sim.group_life import patch
from device_agent.sim.harness import Simulator
from device_agent.sim.phone import Phone
from device_agent.sim.world import PATCHABLE, message_record
from schemas.content import Content
from tests.fakes.wechat_nodes import text_of_roles

NOW = 1_795_570_200.0
NAMES = st.sampled_from(["小王", "小李", "张伟", "Anna", "项目群"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
BY_TYPE: dict[type, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(0, 500),
    list: st.lists(NAMES, max_size=3, unique=True),
    dict: st.dictionaries(NAMES, TEXTS, max_size=2),
}
CONTENTS = st.one_of(
    st.builds(lambda text: {"kind": "text", "text": text}, TEXTS),
    st.sampled_from([kind for kind in KINDS if kind not in {"text", "system"}]).map(
        lambda kind: {"kind": kind}
    ),
)
CHANGES = st.sampled_from(sorted(PATCHABLE)).flatmap(
    lambda name: BY_TYPE[PATCHABLE[name]].map(lambda value: {name: value})
)


def a_phone(data: Path | None = None) -> Phone:
    clock = Clock(real=lambda: NOW, start=NOW, speed=0)
    return Phone("SIM", seed=3, clock=clock, data=data, monotonic=lambda: 0.0)


def everything(phone: Phone) -> tuple[Any, ...]:
    world = phone.world
    rows = {
        chat.chat_id: [message_record(message) for message in chat.messages]
        for chat in world.chats.values()
    }
    chats = {chat.chat_id: chat.record() for chat in world.chats.values()}
    order = [chat.chat_id for chat in world.listing()]
    return list(world.chats), chats, rows, order, world.count, world.owner, sorted(world.messages)


def some_chat(phone: Phone, number: int) -> Any:
    chats = list(phone.world.chats.values())
    return chats[number % len(chats)] if chats else phone.world.add_chat("小王")


def some_message(phone: Phone, number: int) -> str:
    found = list(phone.world.messages)
    return found[number % len(found)] if found else "m0"


def receive(phone: Phone, number: int, sender: str, content: dict[str, Any]) -> None:
    phone.receive(some_chat(phone, number), sender, dict(content), None)


Act = Callable[[Phone], object]
WHICH = st.integers(0, 20)
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(
        lambda title, kind: lambda phone: phone.world.add_chat(title, kind),
        NAMES,
        st.sampled_from(["private", "group"]),
    ),
    st.builds(
        lambda which, sender, content: lambda phone: receive(phone, which, sender, content),
        WHICH,
        st.one_of(NAMES, st.just("鸿雁")),
        CONTENTS,
    ),
    st.builds(
        lambda which, changes: (
            lambda phone: phone.world.patch_chat(some_chat(phone, which).chat_id, changes)
        ),
        WHICH,
        CHANGES,
    ),
    st.builds(lambda which: lambda phone: phone.recall(some_message(phone, which)), WHICH),
    st.builds(lambda which: lambda phone: phone.world.delete(some_message(phone, which)), WHICH),
    st.builds(
        lambda which, text: lambda phone: phone.write_field(some_chat(phone, which), text),
        WHICH,
        TEXTS,
    ),
    st.builds(lambda which: lambda phone: phone.open_chat(some_chat(phone, which).chat_id), WHICH),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ACTS, st.booleans()), max_size=25))
def test_whatever_happens_a_restart_finds_the_same_world(acts: list[tuple[Act, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        phone = a_phone(Path(folder))
        for act, keep in acts:
            with contextlib.suppress(Refusal):
                act(phone)
            if keep:
                phone.keep()
        before = everything(phone)
        phone.close()

        again = a_phone(Path(folder))

        assert everything(again) == before
        again.close()


OF_A_READER = {"cut", "missing"}
"""Fields that say what could not be read; the world knows all of itself."""


def test_every_kind_of_the_schema_is_known_with_all_its_fields() -> None:
    models = list(Content.__origin__.__args__)  # type: ignore[attr-defined]
    fields = {
        model.model_fields["kind"].default: set(model.model_fields) - {"kind"} - OF_A_READER
        for model in models
    }

    assert fields.keys() == set(KINDS) == FIELDS.keys()
    for kind, names in fields.items():
        assert names <= FIELDS[kind].keys(), kind


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"kind": "pic"}, "kind"),
        ({"kind": "text", "text": ""}, "text"),
        ({"kind": "text", "text": "a", "collapsed": "yes"}, "collapsed"),
        ({"kind": "text", "text": "a", "mentions": "小王"}, "mentions"),
        ({"kind": "voice", "seconds": "7"}, "seconds"),
        ({"kind": "file", "name": 3}, "name"),
        ({"kind": "file", "size": -1}, "size"),
        ({"kind": "image", "base64": "!"}, "base64"),
        ({"kind": "location", "label": ["x"]}, "label"),
    ],
)
def test_a_bad_content_is_refused_by_the_name_of_its_field(
    simulator: Simulator, content: dict[str, Any], field: str
) -> None:
    with httpx.Client(base_url=simulator.control) as api:
        answer = api.post("/messages", json={"chat": "小王", "content": content})

    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert f"`{field}`" in answer.json()["detail"] or f".{field}`" in answer.json()["detail"]


def test_an_own_message_of_another_client_clears_the_badge(simulator: Simulator) -> None:
    simulator.receive("小王", "在吗")
    simulator.receive("小王", "在", own=True)

    chat = simulator.history("c1")
    assert [one["own"] for one in chat["messages"]] == [False, True]
    assert chat["messages"][1]["sender"] == "鸿雁"
    assert chat["unread"] == 0
    assert simulator.truth()["sent"] == []


def test_a_failed_own_message_bears_its_mark(simulator: Simulator) -> None:
    simulator.receive("小王", "在吗", own=True, failed=True)

    assert simulator.history("c1")["messages"][0]["failed"] is True
    with pytest.raises(Refusal, match="own"):
        simulator.receive("小王", "在吗", failed=True)


def test_histories_have_dates_in_order_and_never_in_the_future(simulator: Simulator) -> None:
    simulator.receive("小王", "旧的", at="2026-01-02T03:04:05+08:00")
    with pytest.raises(Refusal, match="before the last"):
        simulator.receive("小王", "更旧的", at="2025-01-02T03:04:05+08:00")
    with pytest.raises(Refusal, match="later than"):
        simulator.receive("小王", "明天的", at="2126-01-02T03:04:05+08:00")
    with pytest.raises(Refusal, match="zone"):
        simulator.receive("小王", "哪里的", at="2026-01-02T03:04:05")

    [only] = simulator.history("c1")["messages"]
    assert only["at"] == "2026-01-02T03:04:05.000+08:00"


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        ({"kind": "text", "text": "@鸿雁\u2005看一下"}, True),
        ({"kind": "text", "text": "@所有人 开会"}, True),
        ({"kind": "text", "text": "看一下", "mentions": ["鸿雁"]}, True),
        ({"kind": "text", "text": "@产品\u2005在吗"}, True),
        ({"kind": "text", "text": "@鸿雁塔 真高"}, False),
        ({"kind": "text", "text": "鸿雁在吗"}, False),
        ({"kind": "image"}, False),
    ],
)
def test_a_group_notes_who_calls_the_owner_until_it_is_opened(
    content: dict[str, Any], calls: bool
) -> None:
    phone = a_phone()
    group = phone.world.add_chat("项目群", "group", members=["小王"], my_nickname="产品")

    phone.receive(group, "小王", content)
    assert group.mentions_me is calls

    phone.start_wechat()
    phone.open_chat(group.chat_id)
    assert group.mentions_me is False


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"chat": "新项目", "by": "老李"}, '"李总"修改群名为“新项目”'),
        ({"chat": "新项目", "by": "鸿雁"}, "你修改群名为“新项目”"),
        ({"members": ["老李", "小王", "Anna"], "by": "老李"}, '"李总"邀请"Anna"加入了群聊'),
        ({"members": ["老李"], "by": "小王"}, '"小王"退出了群聊'),
        ({"members": ["老李"], "by": "鸿雁"}, '你将"小王"移出了群聊'),
    ],
)
def test_a_group_says_who_changed_it(changes: dict[str, Any], line: str) -> None:
    world = a_phone().world
    world.add_chat("老李", remark="李总")
    group = world.add_chat("项目", "group", members=["老李", "小王"])

    patch(world, group.chat_id, changes, "zh")

    assert [message.content["text"] for message in group.messages] == [line]
    assert group.unread == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"deleted_me": True}, "小王开启了朋友验证，你还不是他（她）朋友。"),
        ({"blocked_me": True}, "消息已发出，但被对方拒收了。"),
        ({"kind": "group", "removed_me": True}, "无法在已退出的群聊中发送消息"),
    ],
)
def test_what_the_other_side_refuses_bears_the_mark_and_never_left(
    options: dict[str, Any], line: str
) -> None:
    phone = a_phone()
    chat = phone.world.add_chat("小王", **options)
    phone.start_wechat()
    phone.open_chat(chat.chat_id)
    phone.write(text := "在吗")
    [send] = [one for one in phone.windows()[0].walk() if one.role == "send"]

    phone.tap((send.rect.left + send.rect.right) // 2, (send.rect.top + send.rect.bottom) // 2)

    own, said = chat.messages[-2:]
    assert (own.content["text"], own.failed) == (text, True)
    assert str(said.content["text"]).startswith(line)
    assert phone.truth.sent == []


def test_a_change_of_day_turns_the_clock_into_yesterday() -> None:
    phone = a_phone()
    phone.clock.show(1_798_732_680.0)  # 2026-12-31 23:58 in China
    chat = phone.world.add_chat("小王")
    phone.receive(chat, "小王", {"kind": "text", "text": "快零点了"})
    phone.start_wechat()
    phone.open_chat(chat.chat_id)

    def times() -> list[str]:
        return [one.text for one in phone.windows()[0].walk() if one.role == "line"]

    assert times() == ["23:58"]
    phone.clock.advance(121)
    assert times() == ["昨天 23:58"]
    phone.clock.advance(86_400)
    assert times() == ["星期四 23:58"]
    phone.clock.advance(7 * 86_400)
    assert times() == ["2026年12月31日 23:58"]


def test_a_person_may_have_left_a_draft_and_a_badge_may_be_given(simulator: Simulator) -> None:
    chat_id = simulator.add_chat("小王", draft="还没写完", unread=120)

    assert simulator.truth()["drafts"] == {chat_id: "还没写完"}
    assert simulator.history(chat_id)["unread"] == 120
    simulator.patch_chat(chat_id, draft="", unread=0)
    assert simulator.truth()["drafts"] == {}
    for wrong in (-1, True, "3"):
        with pytest.raises(Refusal, match="unread"):
            simulator.patch_chat(chat_id, unread=wrong)


def test_a_notification_calls_a_member_as_the_group_does() -> None:
    phone = a_phone()
    phone.world.add_chat("王磊", remark="老王")
    group = phone.world.add_chat(
        "项目群", "group", members=["王磊", "李娜"], nicknames={"李娜": "设计-李娜", "王磊": "测试"}
    )

    phone.receive(group, "李娜", {"kind": "text", "text": "在吗"})
    assert [notice.text for notice in phone.notifications.notices()] == ["设计-李娜: 在吗"]
    message = phone.receive(group, "王磊", {"kind": "image"})
    assert [notice.text for notice in phone.notifications.notices()] == ["[2条]老王: [图片]"]
    phone.recall(message.message_id)
    assert [one.text for one in phone.notifications.notices()] == ['[2条]"老王" 撤回了一条消息']


def test_a_recall_names_its_author_as_the_chat_does() -> None:
    phone = a_phone()
    friend = phone.world.add_chat("张伟", remark="张伟-供应商")
    message = phone.receive(friend, "张伟", {"kind": "text", "text": "发错了"})
    phone.recall(message.message_id)
    phone.start_wechat()
    said = '"张伟-供应商" 撤回了一条消息'

    assert text_of_roles(phone, "row_preview") == [said]
    phone.open_chat(friend.chat_id)
    assert said in text_of_roles(phone, "line")
