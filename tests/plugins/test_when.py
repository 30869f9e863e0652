"""`when=`: handlers that ask their instance's set-up and the chat's memory whether to answer."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from plugins import Context, Draft, Handler, on_command, on_message
from plugins.http import HttpAnswer, HttpRequest
from plugins.kit import Bot
from plugins.kit.rehearsal import Rehearsal, World
from plugins.manifest import Manifest, PluginProblem
from plugins.plugin import Instance, Plugin, matches
from plugins.when import Condition
from schemas.event import Event
from schemas.failure import Permanent
from tests.fakes.wechat import message


def _instance(name: str, *handlers: Handler, config: Any = None, priority: int = 100) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1", priority=priority)
    return Instance(name, Plugin(manifest, handlers), config=config)


def _is_wanted(config: Any, event: Event) -> bool:
    return bool(config == "yes")


def _is_closed(config: Any, event: Event, state: Mapping[str, Any]) -> bool:
    return bool(state.get("closed"))


@on_message(when=_is_wanted)
async def answer(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("answered")


@on_message(when=_is_closed, block=True)
async def close(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["seen"] = ctx.state.get("seen", 0) + 1
    for nothing in ():
        yield nothing


@on_command("close", block=True)
async def shut(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["closed"] = True
    yield ctx.reply("closed")


def test_each_instance_answers_by_its_own_set_up() -> None:
    one, other = _instance("one", answer, config="yes"), _instance("other", answer, config="no")
    found = matches([one, other], message("hello"))
    assert [match.instance.name for match in found] == ["one"]


def test_a_handler_that_blocks_by_its_memory_closes_its_chat_alone() -> None:
    bot = Bot(_instance("door", close, shut, priority=1), _instance("bot", answer, config="yes"))
    bot.receives("hello")
    bot.should_reply("answered")
    bot.receives("/close")
    bot.should_reply("closed")
    bot.receives("hello")
    bot.should_be_silent()
    bot.receives("hello", chat="elsewhere")
    bot.should_reply("answered")
    assert bot.state("door", "小王") == {"closed": True, "seen": 1}
    bot.close()


def test_where_the_memory_is_not_known_it_matches_and_blocks_nobody() -> None:
    door, bot = _instance("door", close, priority=1), _instance("bot", answer, config="yes")
    found = matches([door, bot], message("hello"))
    assert [match.instance.name for match in found] == ["door", "bot"]


async def test_a_handler_that_was_matched_without_its_memory_asks_again_as_it_runs() -> None:
    event = message("hello")
    (match,) = matches([_instance("door", close)], event)
    for state, seen in (({"closed": True}, 1), ({}, None)):
        run = Rehearsal(match, event, event.observed_at, world := _world(state))
        await run.go(event.observed_at, [])
        assert world.states["door", event.chat_id].get("seen") == seen


def _world(state: dict[str, Any]) -> World:
    async def away(request: HttpRequest) -> HttpAnswer:
        raise Permanent("there is no network here")

    world = World(away)
    world.states["door", "c1"] = state
    return world


def test_a_pure_plugin_has_no_memory_to_ask_for() -> None:
    manifest = Manifest(name="x", version="1", api=">=1", pure=True)
    with pytest.raises(PluginProblem, match="asks for the state"):
        Plugin(manifest, (close,))


def test_a_condition_that_raises_fails_its_own_run() -> None:
    def raises(config: Any, event: Event) -> bool:
        raise ZeroDivisionError

    @on_message(when=raises, block=True)
    async def fail(ctx: Context) -> AsyncIterator[Draft]:
        yield ctx.reply("never")

    bot = Bot(_instance("bad", fail, priority=1), _instance("good", answer, config="yes"))
    bot.receives("hello")
    bot.should_fail("bad", "ZeroDivisionError")
    assert [draft.content.model_dump()["text"] for draft in bot.answers] == ["answered"]
    bot.close()


def test_a_condition_may_ask_which_roles_the_author_holds() -> None:
    @on_message(when=lambda config, event, roles: "member" in roles)
    async def member(ctx: Context) -> AsyncIterator[Draft]:
        yield ctx.reply(", ".join(sorted(ctx.roles)))

    @on_message(when=lambda config, event, roles: "admin" in roles)
    async def admin(ctx: Context) -> AsyncIterator[Draft]:
        yield ctx.reply("never")

    bot = Bot(_instance("who", member, admin))
    bot.receives("hello")
    bot.should_reply("member")
    bot.close()


@pytest.mark.parametrize(
    "condition",
    [lambda: True, lambda config: True, lambda config, event, chat: True],
)
def test_a_condition_that_cannot_be_called_is_refused_at_load(condition: Condition) -> None:
    with pytest.raises(TypeError, match="is called with the config, the event"):
        on_message(when=condition)
