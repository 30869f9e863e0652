"""What `hongyan plugin explain` and `audit` say, in both languages."""

from typing import get_args

import click
import pytest

from hongyan.explain_lines import as_object, denied_lines, lines
from plugins.explaining import Reason, Verdict
from schemas.run import Call, PluginRun
from tests.fakes.wechat import AT

WORDS = {
    "problem": "city is missing",
    "error": "ZeroDivisionError: x",
    "wanted": "admin",
    "held": "member",
    "by": "guard.hold",
    "channels": "feishu",
    "scope": "kinds: group",
    "rule": "in_group",
    "why": "over 3 errors within a minute",
    "cooldown": "10 s per user",
}


def _run(**more: object) -> PluginRun:
    told = {
        "turn_id": "t",
        "event_id": "e",
        "channel": "wechat",
        "account": "default",
        "chat_id": "c1",
        "instance": "weather",
        "plugin": "weather",
        "plugin_version": "1.0.0",
        "outcome": "failed",
        "started_at": AT,
        "duration_ms": 1,
        **more,
    }
    return PluginRun.model_validate(told)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_has_its_sentence(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("HONGYAN_LANGUAGE", language)
    verdicts = [Verdict("a", "answer", "/a <city>", one, WORDS) for one in get_args(Reason)]
    said = [as_object(one)["said"] for one in verdicts]
    assert len(set(said)) == len(said)
    assert not any("{" in one for one in said)
    chinese = any("\u4e00" <= letter <= "\u9fff" for one in said for letter in one)
    assert chinese is (language == "zh")


def test_all_that_is_off_shares_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_LANGUAGE", "en")
    off = [Verdict(name, "answer", "/a", "off") for name in ("a", "b", "b")]
    assert [click.unstyle(line) for line in lines(off, [])] == [
        "· a, b",
        "    no: switched off, or not declared in instances.toml",
    ]


def test_what_became_of_it_is_told_and_who_took_it_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HONGYAN_LANGUAGE", "en")
    asked = _run(calls=(Call(index=0, name="ask"),), outcome="answered")
    failed = _run(instance="other", error="no\x1b[2J such city")
    told = "\n".join(lines([], [asked, failed]))
    assert "weather 1.0.0 ran: answered, 0 actions" in told
    assert "answered a question of weather" in told
    assert "no\ufffd[2J such city" in told, "a terminal obeys nothing that strangers wrote"


def test_what_was_denied_is_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGYAN_LANGUAGE", "en")
    told = list(denied_lines([_run(denied=("http api.test", "chats c9"))]))
    assert [line.partition(" weather ")[2] for line in told] == [
        "http api.test in c1",
        "chats c9 in c1",
    ]
