"""What a handler answers to, and with which arguments it is called."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from plugins import (
    Mention,
    on_command,
    on_event,
    on_keyword,
    on_mention,
    on_message,
    on_regex,
)
from plugins.arguments import Misused
from plugins.conditions import any_of, in_chats, in_group, in_private, none_of, to_me
from plugins.context import Context
from plugins.duration import duration
from plugins.handler import Handler, Misjudged
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin, matches
from schemas.content import Image, Mentions, Text
from schemas.event import Chat, Event, MessageRecalled, MessageReceived
from tests.fakes.wechat import AT, message


def _said(
    text: str, *, group: bool = False, me: bool = False, everybody: bool = False
) -> MessageReceived:
    chat = Chat(chat_id="c1", title="c1", kind="group" if group else "private")
    calls = Mentions(me=me, all=everybody)
    return message(text).model_copy(update={"chat": chat, "mentions": calls})


async def _none(ctx):  # type: ignore[no-untyped-def]
    yield None


async def _one(ctx, text):  # type: ignore[no-untyped-def]
    yield None


async def _remind(ctx: Context, after: timedelta, times: int, what: str = "!"):  # type: ignore[no-untyped-def]
    yield ctx.reply(f"{after} {times} {what}")


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("/say hello", "hello"),
        ("/SAY hello", "hello"),
        ("/say  two  spaces ", " two  spaces "),
        ("/say\nline\nline", "line\nline"),
        ("/say", ""),
        ("/says hello", None),
        ("say hello", None),
        ("/", None),
        ("hello /say x", None),
    ],
)
def test_a_commands_argument_is_untouched(text: str, argument: str | None) -> None:
    handler = on_command("say")(_one)
    assert handler.match(message(text)) == (None if argument is None else (argument,))


def test_a_command_name_with_white_space_is_refused() -> None:
    with pytest.raises(ValueError, match="no command name"):
        on_command("two words")


@pytest.mark.parametrize(
    ("text", "called_with"),
    [
        ("/remind 10m 3 go  home ", (timedelta(minutes=10), 3, "go  home")),
        ("/remind 1小时半 -1", (timedelta(minutes=90), -1, "!")),
        ("/remind 10m", "times?"),
        ("/remind soon 3", "after: 'soon' is no length of time"),
        ("/remind 10m many", "times: 'many' is no whole number"),
    ],
)
def test_a_commands_words_are_read_by_the_types_in_the_signature(
    text: str, called_with: object
) -> None:
    found = on_command("remind")(_remind).match(message(text))
    if isinstance(called_with, str):
        assert isinstance(found, Misused)
        assert found.problem.startswith(called_with)
        assert found.usage == "/remind <after:10m, 2h, 3天> <times:number> [what]"
    else:
        assert found == called_with


async def test_a_command_that_does_not_fit_is_answered_with_how_to_write_it() -> None:
    instance = _instance("remind", on_command("remind")(_remind))
    event = message("/remind")
    ((handler, arguments),) = matches([instance], event)[0].calls
    told = [draft.content async for draft in handler(Context(event, lambda: logger), *arguments)]
    usage = "/remind <after:10m, 2h, 3天> <times:number> [what]"
    assert told == [Text(text=f"after?\n用法 usage: {usage}")]


def test_a_mentioned_name_may_hold_spaces_where_it_was_picked() -> None:
    async def thank(ctx, who: Mention, count: int = 1):  # type: ignore[no-untyped-def]
        yield None

    handler = on_command("thank")(thank)
    assert handler.match(message("/thank @王 小明\u2005 2")) == ("王 小明", 2)
    assert handler.match(message("/thank @tom")) == ("tom", 1)
    assert isinstance(handler.match(message("/thank tom")), Misused)


def test_a_command_in_a_group_may_stand_behind_the_name_that_it_calls() -> None:
    handler = on_command("say")(_one)
    assert handler.match(_said("@鸿 雁\u2005/say hi", group=True, me=True)) == ("hi",)
    assert handler.match(_said("@hongyan /say hi", group=True, me=True)) == ("hi",)
    assert handler.match(_said("@tom /say hi", group=True)) is None


def test_keywords_are_found_in_any_case_and_not_in_pictures() -> None:
    handler = on_keyword("Price", "报价")(_one)
    assert handler.match(message("the PRICE?")) == ("the PRICE?",)
    assert handler.match(message("给个报价")) == ("给个报价",)
    assert on_keyword("price")(_none).match(message("price")) == ()
    picture = message("price").model_copy(update={"content": Image()})
    assert handler.match(picture) is None
    with pytest.raises(ValueError, match="at least one word"):
        on_keyword("")


def test_groups_of_a_pattern_are_read_by_type_and_what_does_not_fit_is_no_match() -> None:
    async def order(ctx, number: int, note: str = "none"):  # type: ignore[no-untyped-def]
        yield None

    handler = on_regex(r"订单(\w+)(?:：(.+))?")(order)
    assert handler.match(message("查订单123")) == (123, "none")
    assert handler.match(message("订单7：急")) == (7, "急")
    assert handler.match(message("订单abc")) is None
    with pytest.raises(TypeError, match="2 arguments of 1 groups"):
        on_regex("(a)")(order)
    with pytest.raises(re.error):
        on_regex("(")


def test_a_mention_is_of_me_and_of_everybody_only_where_asked() -> None:
    handler = on_mention()(_one)
    assert handler.match(_said("@鸿雁\u2005天气", group=True, me=True)) == ("天气",)
    assert handler.match(_said("@所有人 开会", group=True, everybody=True)) is None
    everybody = on_mention(everybody=True)(_one)
    assert everybody.match(_said("@所有人 开会", group=True, everybody=True)) == ("@所有人 开会",)


def test_events_are_known_by_type_or_by_its_middle() -> None:
    recalled = MessageRecalled(
        event_id="e",
        channel="wechat",
        account="default",
        observed_at=AT,
        chat=Chat(chat_id="c1", title="c1"),
    )
    for name in ("message.recalled", "hongyan.message.recalled.v1"):
        handler = on_event(name)(_none)
        assert handler.match(recalled) == ()
        assert handler.match(message("hello")) is None
    with pytest.raises(ValueError, match=r"message\.sent"):
        on_event("message.sent")


def test_rules_are_asked_behind_the_trigger() -> None:
    private, group = _said("x"), _said("x", group=True)
    called = _said("x", group=True, me=True)
    table: dict[Any, list[Event]] = {
        in_group: [group, called],
        in_private: [private],
        to_me: [private, called],
        in_chats("c2"): [],
        none_of(in_private, to_me): [group],
        any_of(in_private, in_chats("c2")): [private],
    }
    for rule, wanted in table.items():
        handler = on_message(rule=rule)(_none)
        assert [e for e in (private, group, called) if handler.match(e) is not None] == wanted
    assert on_keyword("y", rule=in_private)(_none).match(private) is None
    assert on_message(rule=(in_group, to_me))(_none).match(group) is None


def _instance(name: str, *handlers: Handler, priority: int = 100) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1", priority=priority)
    return Instance(name, Plugin(manifest, handlers))


def test_a_handlers_own_priority_comes_before_its_plugins_and_a_block_stops_all_behind_it() -> None:
    late = on_message(priority=200)(_none)
    first = on_message(priority=1)(_none)
    wall = on_message(priority=150, block=True)(_none)
    middle = on_message()(_none)
    one, two = _instance("one", middle, late), _instance("two", wall, first)
    found = matches([one, two], message("hello"))
    assert [(m.instance.name, [call[0] for call in m.calls]) for m in found] == [
        ("two", [first, wall]),
        ("one", [middle]),
    ]


async def test_a_rule_that_raises_fails_its_own_run_and_blocks_nobody() -> None:
    def of_text(event: Event) -> bool:
        return "x" in event.content.text  # type: ignore[union-attr]

    hasty = _instance("hasty", on_message(rule=of_text, block=True)(_none), priority=1)
    calm = _instance("calm", on_message()(_none))
    picture = message("").model_copy(update={"content": Image(media=None)})
    found = matches([hasty, calm], picture)
    assert [match.instance.name for match in found] == ["hasty", "calm"]
    ((handler, arguments),) = found[0].calls
    assert isinstance(arguments[0], Misjudged)
    with pytest.raises(AttributeError, match="text"):
        handler(Context(picture, lambda: logger), *arguments)
    assert [match.instance.name for match in matches([hasty, calm], _said("x"))] == ["hasty"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("async def f(ctx, when: bytes):", "f: when is of type"),
        ("async def f(ctx, *words):", "f: words is not positional"),
        ("async def f(ctx, *, loud: bool = False):", "f: loud is not positional"),
    ],
)
def test_a_signature_that_words_cannot_fill_is_refused_when_it_is_written(
    source: str, says: str, tmp_path: Path
) -> None:
    names: dict[str, Any] = {}
    exec(compile(f"{source}\n    yield None\n", str(tmp_path), "exec"), names)  # noqa: S102  # a made-up plugin
    with pytest.raises(TypeError, match=re.escape(says)):
        on_command("f")(names["f"])


@given(st.integers(0, 500), st.integers(0, 23), st.integers(0, 59))
def test_a_length_of_time_is_read_as_it_was_written(days: int, hours: int, minutes: int) -> None:
    wanted = timedelta(days=days, hours=hours, minutes=minutes)
    assert duration(f"{days}d{hours}h {minutes}min") == wanted
    assert duration(f"{days}天{hours}小时{minutes}分钟") == wanted


@pytest.mark.parametrize("text", ["", "10", "m", "10m x", "x 10m", "1e3s", "-5m", "99999天"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time|ten years"):
        duration(text)
