"""`@on_outgoing`: what plugins are about to say is read before it is stored."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from plugins import Context, Draft, Handler, on_message
from plugins.grants import Grants
from plugins.kit import Bot
from plugins.manifest import Manifest
from plugins.outgoing import Check, on_outgoing
from plugins.plugin import Instance, Plugin
from plugins.scope import EVERYWHERE, Scope
from schemas.content import Text
from schemas.event import Event


@on_message()
async def talk(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("good words")
    yield ctx.reply("bad words")


@on_message()
async def silent(ctx: Context) -> AsyncIterator[Draft]:
    for nothing in ():
        yield nothing


def _drop(config: Any, speaker: str, event: Event, draft: Draft) -> Sequence[Draft]:
    assert isinstance(draft.content, Text)
    return [] if "bad" in draft.content.text else [draft]


def _rewrite(config: Any, speaker: str, event: Event, draft: Draft) -> Sequence[Draft]:
    assert isinstance(draft.content, Text)
    told = replace(draft, chat_id="owner", content=Text(text=f"{speaker} spoke"))
    return [replace(draft, content=Text(text=draft.content.text.replace("bad", "***"))), told]


def _bot(check: Check, *, scope: Scope = EVERYWHERE, grants: Grants = Grants()) -> Bot:  # noqa: B008
    def instance(name: str, handler: Handler, *checks: Check) -> Instance:
        manifest = Manifest(name=name, version="1", api=">=1")
        return Instance(name, Plugin(manifest, (handler,), checks=tuple(map(on_outgoing, checks))))

    guard = replace(instance("guard", silent, check), scope=scope, grants=grants)
    return Bot(instance("talker", talk), guard)


def test_a_check_keeps_words_back() -> None:
    bot = _bot(_drop)
    bot.receives("hello")
    bot.should_reply("good words")
    bot.close()


def test_a_check_changes_words_and_tells_another_chat_where_it_is_granted() -> None:
    bot = _bot(_rewrite, grants=Grants(chats=("owner",)))
    bot.receives("hello")
    bot.should_reply("good words", "talker spoke", "*** words", "talker spoke")
    assert [draft.chat_id for draft in bot.answers] == ["小王", "owner"] * 2
    bot.close()


def test_a_word_to_a_chat_that_was_not_granted_is_dropped_and_the_speaker_goes_on() -> None:
    bot = _bot(_rewrite)
    bot.receives("hello")
    bot.should_reply("good words", "*** words")
    bot.close()


@pytest.mark.parametrize(
    ("scope", "group", "count"),
    [
        (Scope(chats=("小王",)), False, 1),
        (Scope(chats=("another",)), False, 2),
        (Scope(kinds=("group",)), False, 2),
        (Scope(kinds=("group",)), True, 1),
        (Scope(channels=("feishu",)), False, 2),
    ],
)
def test_only_what_would_be_said_in_its_scope_is_read(
    scope: Scope, group: bool, count: int
) -> None:
    bot = _bot(_drop, scope=scope)
    bot.receives("hello", group=group)
    assert len(bot.answers) == count
    bot.close()


def test_where_a_check_raises_nothing_is_said() -> None:
    def fails(config: Any, speaker: str, event: Event, draft: Draft) -> Sequence[Draft]:
        raise KeyError("x")

    bot = _bot(fails)
    bot.receives("hello")
    bot.should_fail("talker", "guard cannot read what talker is about to say: KeyError('x')")
    assert bot.answers == ()
    bot.close()
