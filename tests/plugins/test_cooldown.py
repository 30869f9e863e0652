"""How often a handler answers, decided by the events' own times."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from plugins import Context, Draft, on_command
from plugins.cooldown import Cooldown
from plugins.handler import Handler
from plugins.kit import Bot
from plugins.manifest import Manifest, PluginProblem
from plugins.plugin import Instance, Plugin
from schemas.failure import DependencyDown
from tests.fakes.wechat import message


@on_command("draw", cooldown="10s")
async def draw(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(text)
    if text == "fail":
        raise DependencyDown("the hat is away")


@on_command("vote", cooldown=Cooldown(timedelta(minutes=1), "chat", "慢一点"))
async def vote(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(text)


@on_command("ring", cooldown="1h per instance")
async def ring(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(text)


@on_command("roll", cooldown="10s")
async def roll(ctx: Context, sides: int) -> AsyncIterator[Draft]:
    yield ctx.reply(str(sides))


def _instance(*handlers: Handler, **more: object) -> Instance:
    manifest = Manifest.model_validate({"name": "x", "version": "1", "api": ">=1", **more})
    return Instance("x", Plugin(manifest, handlers))


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = Bot(_instance(draw, vote, ring, roll))
    yield made
    made.close()


def test_each_person_of_a_group_waits_alone(bot: Bot) -> None:
    for sender, text, answered in (("小王", "a", True), ("小李", "b", True), ("小王", "c", False)):
        bot.receives(f"/draw {text}", sender=sender, chat="家人", group=True)
        bot.should_reply(*([text] if answered else []))
    bot.advance(timedelta(seconds=9.9))
    bot.receives("/draw d", sender="小王", chat="家人", group=True)
    bot.should_be_silent()
    bot.advance(timedelta(seconds=0.1))
    bot.receives("/draw e", sender="小王", chat="家人", group=True)
    bot.should_reply("e")


def test_a_chat_waits_as_one_and_is_told_so_once(bot: Bot) -> None:
    for sender, text, said in (("小王", "a", ["a"]), ("小李", "b", ["慢一点"]), ("小王", "c", [])):
        bot.receives(f"/vote {text}", sender=sender, chat="家人", group=True)
        bot.should_reply(*said)
    bot.receives("/vote d", chat="另一个")
    bot.should_reply("d")
    bot.advance(timedelta(minutes=1))
    bot.receives("/vote e", chat="家人", group=True)
    bot.should_reply("e")


def test_an_instance_waits_for_all_of_its_chats(bot: Bot) -> None:
    bot.receives("/ring a")
    bot.should_reply("a")
    bot.receives("/ring b", sender="小李")
    bot.should_be_silent()
    bot.advance(timedelta(hours=1))
    bot.receives("/ring c", sender="小李")
    bot.should_reply("c")


def test_who_writes_it_wrong_again_and_again_is_told_how_once_in_a_while(bot: Bot) -> None:
    bot.receives("/roll many")
    assert "用法 usage: /roll <sides:number>" in bot.answers[0].content.text  # type: ignore[union-attr]
    bot.receives("/roll many")
    bot.should_be_silent()
    bot.receives("/roll 6")
    bot.should_reply("6")


def test_what_was_written_wrong_is_not_said_again_at_its_full_length(bot: Bot) -> None:
    bot.receives(f"/roll {'骂' * 2000}")
    told = bot.answers[0].content.text  # type: ignore[union-attr]
    assert len(told) < 200
    assert told.endswith("…\n用法 usage: /roll <sides:number>")


def test_a_run_that_failed_does_not_count(bot: Bot) -> None:
    bot.receives("/draw fail")
    bot.should_fail("x", "the hat is away")
    bot.receives("/draw again")
    bot.should_reply("again")


def test_the_same_event_is_answered_again_whatever_was_answered_since() -> None:
    ten = Cooldown(timedelta(seconds=10))
    event = message("/draw a")
    answered, mark = ten.decided(None, event)
    assert (answered, ten.decided(mark, event)[0]) == ("answer", "answer")
    other = event.model_copy(update={"event_id": "z"})
    assert ten.decided(mark, other) == ("silent", None)


@pytest.mark.parametrize(
    ("text", "every", "per"),
    [
        ("10s", 10, "user"),
        ("2分钟", 120, "user"),
        ("1h per chat", 3600, "chat"),
        ("1天 每 instance", 86400, "instance"),
    ],
)
def test_a_cooldown_is_written_as_a_time(text: str, every: int, per: str) -> None:
    read = Cooldown.read(text)
    assert read is not None
    assert (read.every.total_seconds(), read.per) == (every, per)


@pytest.mark.parametrize("text", ["soon", "10s per planet", "0s", ""])
def test_what_says_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        on_command("x", cooldown=text)


def test_a_pure_plugin_has_no_cooldown() -> None:
    with pytest.raises(PluginProblem, match="draw has a cooldown"):
        _instance(draw, pure=True)
