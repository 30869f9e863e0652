"""What runs read outside: models, databases, chats, and blobs, in a made-up world."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from plugins.context import Context
from plugins.draft import Draft
from plugins.grants import Grants
from plugins.handler import Handler, on_command
from plugins.kit import Bot
from plugins.llm import LlmRequest, LlmTool, ToolCall, estimated_tokens
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from schemas.content import Image
from schemas.failure import BadRequest, Denied, DependencyDown, Spent

ALL = Grants.everything()
NONE = Grants()


@on_command("think")
async def think(ctx: Context, text: str) -> AsyncIterator[Draft]:
    tool = LlmTool("weather", "tells the weather")
    answer = await ctx.llm.chat(text, system="be brief", tools=[tool], tokens=50)
    asked = [f"{call.name}({dict(call.arguments)})" for call in answer.calls]
    yield ctx.reply(" ".join([answer.text, *asked]).strip())


@on_command("query")
async def query(ctx: Context, text: str) -> AsyncIterator[Draft]:
    about = await ctx.db.about("orders")
    rows = await ctx.db.query("orders", who=text or None)
    kinds = [column.kind for column in rows.columns]
    yield ctx.reply(f"{about.about}: {rows.dicts()} {kinds}")


@on_command("history")
async def history(ctx: Context, chat: str) -> AsyncIterator[Draft]:
    since = ctx.now - timedelta(hours=1)
    found = await ctx.history.messages(since=since, until=ctx.now, chat_id=chat or None)
    yield ctx.reply(" ".join(getattr(one.content, "text", "?") for one in found) or "nothing")


@on_command("picture")
async def picture(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(Image(media=await ctx.keep(text.encode(), mime="image/png", name="a.png")))


def _bot(grants: Grants) -> Bot:
    handlers: tuple[Handler, ...] = (think, query, history, picture)
    manifest = Manifest(name="reader", version="1", api=">=1,<2")
    return Bot(Instance("reader", Plugin(manifest, handlers), grants=grants))


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot(ALL)
    yield made
    made.close()


@pytest.fixture
def poor() -> Iterator[Bot]:
    made = _bot(NONE)
    yield made
    made.close()


def test_a_model_answers_and_asks_for_tools(bot: Bot) -> None:
    bot.llm.answers("你好")
    bot.llm.calls("weather", city="北京")
    bot.receives("/think hello")
    bot.should_reply("你好")
    bot.receives("/think 北京天气")
    bot.should_reply("weather({'city': '北京'})")
    first = bot.llm.asked[0].told()
    assert first["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hello"},
    ]
    assert (first["tokens"], first["tools"][0]["function"]["name"]) == (50, "weather")


def test_a_model_that_is_away_fails_the_run_so(bot: Bot) -> None:
    bot.llm.fails(DependencyDown("the model is away"))
    bot.receives("/think hello")
    assert isinstance(bot.should_fail("reader", "away"), DependencyDown)


def test_a_budget_that_is_used_up_is_said() -> None:
    made = _bot(Grants.model_validate({"llm": {"tokens_per_day": 60}}))
    made.llm.answers("ok")
    made.receives("/think hello")
    made.should_reply("ok")
    made.receives("/think hello")
    assert isinstance(made.should_fail("reader", "tokens"), Spent)
    made.close()


@pytest.mark.parametrize("text", ["/think x", "/query x", "/history another"])
def test_nothing_is_read_that_was_not_granted(poor: Bot, text: str) -> None:
    poor.llm.answers("x")
    poor.databases["orders"] = []
    poor.receives(text)
    assert isinstance(poor.should_fail("reader", "instances.toml"), Denied)
    assert not poor.llm.asked


def test_rows_come_by_name_with_the_kinds_of_columns(bot: Bot) -> None:
    bot.databases.describe("orders", "the orders", who={"type": "text"})
    bot.databases["orders"] = lambda said: [{"id": 1, "who": said.get("who")}]
    bot.receives("/query 小王")
    bot.should_reply("the orders: [{'id': 1, 'who': '小王'}] ['number', 'text']")
    bot.receives("/query")
    bot.should_reply("the orders: [{'id': 1, 'who': None}] ['number', 'text']")


def test_a_query_that_nobody_named_is_refused(bot: Bot) -> None:
    bot.receives("/query x")
    assert isinstance(bot.should_fail("reader", "no query 'orders'"), BadRequest)


def test_what_was_said_is_read_in_its_window_and_chat(bot: Bot) -> None:
    bot.receives("too early", chat="群", group=True)
    bot.advance(timedelta(hours=1))
    bot.receives("one", chat="群", group=True)
    bot.receives("elsewhere", chat="别的群", group=True)
    bot.advance(timedelta(minutes=59))
    bot.receives("two", chat="群", group=True)
    bot.advance(timedelta(minutes=1))
    bot.receives("/history 群")
    bot.should_reply("one two")


def test_a_chat_reads_its_own_history_without_a_grant(poor: Bot) -> None:
    poor.receives("hello")
    poor.advance(timedelta(minutes=1))
    poor.receives("/history")
    poor.should_reply("hello")


def test_a_blob_is_stored_and_sent_by_its_hash(bot: Bot) -> None:
    bot.receives("/picture png")
    content: Any = bot.answers[0].content
    assert bot.kept[content.media.sha256] == b"png"
    assert (content.media.mime, content.media.name) == ("image/png", "a.png")
    bot.receives("/picture")
    bot.should_fail("reader", "not 0")


@pytest.mark.parametrize("arguments", ["no json", "[1]", '"text"'])
def test_arguments_that_a_model_made_up_wrongly_are_said(arguments: str) -> None:
    told = {"id": "1", "function": {"name": "weather", "arguments": arguments}}
    call = ToolCall.read(told)
    assert (dict(call.arguments), call.problem is not None) == ({}, True)


def test_tokens_are_estimated_a_little_too_many() -> None:
    def tokens(content: Any) -> int:
        return estimated_tokens(LlmRequest(({"role": "user", "content": content},)))

    assert tokens("你好世界") >= 4
    assert 100 < tokens("word " * 80) < 140
    assert tokens([{"type": "image_url"}, {"type": "text", "text": "what is it"}]) > 1000
