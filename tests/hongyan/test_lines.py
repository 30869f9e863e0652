"""Records as lines: for people, for machines, and for the live view."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from connectors.story import Step, Story
from hongyan import story_lines
from hongyan.commands.tail import wanted_pattern
from hongyan.following import matching
from hongyan.harmless import harmless
from hongyan.live_view import next_steps, table
from hongyan.record_line import Acquaintance, Seen, as_object, is_of_chat, line, traffic

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CHAT = {"chat_id": "c1", "kind": "private", "title": "小王"}
READY = {
    "api": "http://127.0.0.1:3",
    "console": None,
    "sim": "http://127.0.0.1:2",
    "kafka": "127.0.0.1:1",
    "postgres": "postgresql://hongyan:secret@127.0.0.1:4/hongyan",
    "adb": "127.0.0.1:5",
    "serial": "SIM0001",
    "pids": {"broker": 1, "postgres": None, "sim": 3, "agent": 4, "worker": 5, "relay": 6},
}


def record(kind: str, content: dict[str, Any], topic: str = "bot.inbound.v1") -> Seen:
    headers = (("ce_type", f"hongyan.{kind}.v1".encode()),)
    return Seen(topic, 0, 7, 0, b"wechat:default:c1", headers, json.dumps(content).encode())


RECEIVED = record(
    "message.received",
    {"chat": CHAT, "sender": {"name": "小王"}, "content": {"kind": "text", "text": "/echo 你好"}},
)
ACTION = record(
    "action.requested",
    {"action_id": "a1", "chat_id": "c1", "content": {"kind": "text", "text": "你好"}},
    "bot.outbox.wechat.default.v1",
)


def receipt(state: str, reason: str | None = None) -> Seen:
    content = {"action_id": "a1", "chat_id": "c1", "state": state, "reason": reason}
    return record("action.progressed", content, "bot.receipts.v1")


@pytest.fixture
def known() -> Acquaintance:
    acquaintance = Acquaintance()
    for each in (RECEIVED, ACTION):
        acquaintance.learn(each)
    return acquaintance


def test_the_live_view_shows_messages_in_and_ends_out(known: Acquaintance) -> None:
    assert traffic(RECEIVED, known) == "小王 → /echo 你好"
    assert traffic(receipt("typed"), known) is None
    assert traffic(receipt("sent"), known) == "→ 小王 你好 ✓ sent"
    assert traffic(receipt("failed", "blocked"), known) == "→ 小王 你好 ✗ failed (blocked)"
    assert traffic(ACTION, known) is None


def test_a_line_tells_time_topic_chat_who_and_what(known: Acquaintance) -> None:
    assert line(RECEIVED, known, NOW).endswith("bot.inbound.v1  小王  小王: /echo 你好")
    assert line(ACTION, known, NOW).endswith("bot.outbox.wechat.default.v1  小王  → 你好")
    assert line(receipt("sent"), known, NOW).endswith("bot.receipts.v1  小王  sent  你好")


def test_rubbish_is_shown_not_hidden(known: Acquaintance) -> None:
    rubbish = Seen("bot.poison.v1", 0, 1, 0, None, (), b"\xff\xfe")

    assert line(rubbish, known, NOW).endswith("2 bytes")
    assert as_object(rubbish)["value"] == {"base64": "//4="}
    assert traffic(rubbish, known) is None


def test_machines_get_every_field() -> None:
    assert as_object(RECEIVED) == {
        "topic": "bot.inbound.v1",
        "partition": 0,
        "offset": 7,
        "timestamp_ms": 0,
        "key": "wechat:default:c1",
        "headers": {"ce_type": "hongyan.message.received.v1"},
        "value": RECEIVED.content(),
    }


def test_a_chat_is_found_by_title_and_by_id(known: Acquaintance) -> None:
    assert is_of_chat(receipt("sent"), "小王", known)
    assert is_of_chat(receipt("sent"), "c1", known)
    assert not is_of_chat(receipt("sent"), "小李", known)


def test_topics_are_named_short_or_in_full() -> None:
    names = ["bot.inbound.v1", "bot.outbox.wechat.a.v1", "bot.retry.5s.v1", "other"]

    assert matching(names, wanted_pattern(("inbound",), "bot")) == ["bot.inbound.v1"]
    assert matching(names, wanted_pattern(("outbox",), "bot")) == ["bot.outbox.wechat.a.v1"]
    assert matching(names, wanted_pattern(("other", "retry"), "bot")) == [
        "bot.retry.5s.v1",
        "other",
    ]


def test_the_table_hides_the_databases_password() -> None:
    rows = table(READY)

    assert len(rows) == 7
    assert not any("secret" in row for row in rows)


def test_the_next_steps_name_the_folder_only_where_it_is_not_the_default() -> None:
    assert "--data" not in "".join(next_steps(READY, Path("data").absolute())[:-1])
    assert "--data /elsewhere" in "".join(next_steps(READY, Path("/elsewhere"))[:-1])


def test_what_strangers_wrote_cannot_command_the_terminal() -> None:
    evil = "a\x1b]0;title\x07b\x9b2Jc\u202ed"
    words = {"sender": evil, "chat": evil, "channel": "wechat", "account": "a", "text": evil}
    story = Story("e1", None, (Step(NOW, "seen", words),))
    told = click.unstyle("\n".join(story_lines.lines(story)))
    assert harmless(evil) == "a\ufffd]0;title\ufffdb\ufffd2Jc\ufffdd"
    assert harmless(evil) in told
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told)
    assert harmless("多行\n\t文字 👨\u200d👩") == "多行\n\t文字 👨\u200d👩"
