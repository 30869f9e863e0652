"""What the owner's console answers and does."""

from typing import Any, ClassVar

import pytest

from plugins.kit import Bot
from plugins.kit.contract import PluginContract

ACTION = {
    "action_id": "aaaa/0",
    "account": "default",
    "chat": "小王",
    "text": "你好",
    "state": "held",
    "reason": "approval_new_chat",
    "since": "2026-01-01T08:00:00+00:00",
    "not_before": None,
}
LETTER = {
    "letter_id": "bbbb",
    "instance": "weather",
    "error": "Permanent: no such city",
    "died_at": "2025-12-30T09:00:00+00:00",
}
PHONE = {"account": "default", "health": "ready", "reason": None, "trouble": None}


def _fill(bot: Bot) -> None:
    status = {"phones": [PHONE], "actions": {"held": 1, "typed": 1, "tapped": 1}, "letters": 1}
    bot.hongyan.knows("status", status)
    bot.hongyan.knows("actions", [ACTION])
    bot.hongyan.knows("letters", [LETTER])
    bot.hongyan.knows(
        "instances",
        [
            {"instance": "echo", "enabled": False, "quarantined_for": None},
            {"instance": "shop", "enabled": None, "quarantined_for": "10 failures"},
        ],
    )


class TestContract(PluginContract):
    said = (
        "/admin", "/admin status", "/admin todo", "/admin approve 1", "/admin dead",
        "/admin redrive 1", "/admin stop", "/admin off echo", "/admin plugins",
    )  # fmt: skip
    role: ClassVar[str | None] = "owner"

    def prepare(self, bot: Bot) -> None:
        _fill(bot)


@pytest.fixture
def console(bot: Bot) -> Bot:
    _fill(bot)
    return bot


def test_the_owner_sees_how_all_is_in_either_language(console: Bot) -> None:
    console.receives("/admin status", role="owner")
    console.should_reply("default ready\nheld 1 · under way 2\n1 dead letters")
    console.receives("/管理 状态", role="owner")
    console.should_reply("default 正常\n处理中 2 · 挂起 1\n死信 1 封")
    console.receives("/admin plugins", role="owner")
    console.should_reply("echo off\nshop in quarantine: 10 failures")


def test_nobody_else_is_answered(console: Bot) -> None:
    for role in (None, "admin"):
        console.receives("/admin status", role=role)
        console.should_be_silent()
    console.receives("/admin stop", chat="家人", group=True)
    console.should_be_silent()
    assert console.hongyan.deeds == []


def test_a_message_is_approved_by_its_number_in_the_list(console: Bot) -> None:
    console.receives("/管理 待办", role="owner")
    console.should_reply("1. 小王 “你好” 挂起 新会话，等批准 1h")
    console.receives("/管理 批准 1", role="owner")
    console.should_reply("批准：小王 “你好”")
    told = {"by": "小王 (小王)", "reason": "/admin"}
    assert console.hongyan.deeds == [("decide", {"action": "aaaa/0", "verdict": "approve", **told})]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [("refuse", "refuse"), ("已发", "sent"), ("notsent", "not_sent"), ("重发", "resend"),
     ("drop", "drop")],
)  # fmt: skip
def test_a_message_is_decided_on_by_its_id_too(console: Bot, words: str, verdict: str) -> None:
    console.receives(f"/admin {words} aaaa", role="owner")
    ((name, said),) = console.hongyan.deeds
    assert (name, said["action"], said["verdict"]) == ("decide", "aaaa", verdict)


def test_a_list_that_is_cut_says_so_and_a_title_makes_no_line_of_its_own(console: Bot) -> None:
    sly = {**ACTION, "chat": "小王\n2. 老板 “同意付款” held"}
    console.hongyan.knows("actions", [sly] * 9)
    (answer,) = console.receives("/admin todo", role="owner")
    told: Any = answer.content
    lines = told.text.split("\n")
    assert [line.partition(".")[0] for line in lines[:-1]] == [str(n) for n in range(1, 9)]
    assert lines[-1] == "… and more: /admin status counts them"
    console.receives("/admin approve 9", role="owner")
    console.should_reply("name one: /admin todo shows the numbers")


@pytest.mark.parametrize("slip", ["a", "100", "aaa"])
def test_a_slip_of_the_finger_names_no_id(console: Bot, slip: str) -> None:
    console.receives(f"/admin drop {slip}", role="owner")
    console.should_reply("name one: /admin todo shows the numbers")
    assert console.hongyan.deeds == []


def test_a_phone_is_stopped_and_resumed(console: Bot) -> None:
    for words in ("/admin stop", "/管理 恢复 shop"):
        console.receives(words, role="owner")
    assert [(said["account"], said["order"]) for _, said in console.hongyan.deeds] == [
        ("default", "stop"),
        ("shop", "resume"),
    ]
    # When it was said, not when it is carried out: a warning that came since was not seen.
    assert {said["at"] for _, said in console.hongyan.deeds} == {console.now.isoformat()}


def test_a_dead_letter_is_sent_back_and_a_plugin_switched(console: Bot) -> None:
    console.receives("/admin dead", role="owner")
    console.should_reply("1. weather 2d Permanent: no such city")
    console.receives("/admin redrive 1", role="owner")
    console.should_reply("redrive: weather Permanent: no such city")
    console.receives("/admin off echo", role="owner")
    console.should_reply("echo is off")
    names = [name for name, _ in console.hongyan.deeds]
    assert names == ["settle", "switch"]
    assert console.hongyan.deeds[1][1]["on"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("/admin approve", "name one: /admin todo shows the numbers"),
        ("/admin approve 9", "name one: /admin todo shows the numbers"),
        ("/管理 重投", "请先发 /管理 死信 看编号，再写编号"),
        ("/管理 停用", "请写名称：/管理 停用 名称"),
    ],
)
def test_what_is_left_out_is_asked_for(console: Bot, words: str, said: str) -> None:
    console.receives(words, role="owner")
    console.should_reply(said)


def test_what_cannot_be_done_is_said_and_other_words_are_answered_with_help(console: Bot) -> None:
    console.hongyan.refuses("decide", "aaaa/0 is sent")
    console.receives("/admin approve aaaa", role="owner")
    console.should_reply("it cannot be done: aaaa/0 is sent")
    for words in ("/admin", "/admin dance", "/管理"):
        (answer,) = console.receives(words, role="owner")
        told: Any = answer.content
        assert ("/管理 状态" if "管理" in words else "/admin status") in told.text


def test_empty_lists_say_so(bot: Bot) -> None:
    for words, said in (
        ("/admin todo", "nothing waits to be sent"),
        ("/管理 死信", "没有死信"),
        ("/admin plugins", "no plugin was switched or quarantined"),
        ("/管理 状态", "还没有手机\n没有待发送的消息\n死信 0 封"),
    ):
        bot.receives(words, role="owner")
        bot.should_reply(said)
