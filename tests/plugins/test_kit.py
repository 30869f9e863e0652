"""The made-up world in which plugin authors test: it keeps the worker's contracts."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from plugins import Context, Draft, on_command, on_mention
from plugins.grants import Grants
from plugins.handler import Handler
from plugins.kit import Bot
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from schemas.content import Image, Mentions, Text
from schemas.failure import DependencyDown

pytest_plugins = ["pytester"]


def _plugin(name: str, *handlers: Handler, pure: bool = False) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1", pure=pure)
    granted = Grants(chats=("somebody",), http=("weather.test",))
    return Instance(name, Plugin(manifest, handlers), grants=granted)


@on_command("note")
async def note(ctx: Context, text: str) -> AsyncIterator[Draft]:
    ctx.state["notes"] = [*ctx.state.get("notes", []), text]
    yield ctx.reply(f"{len(ctx.state['notes'])} at {ctx.now:%H:%M}")
    if text == "flush":
        await ctx.flush()
    if text in {"flush", "fail"}:
        raise DependencyDown("the archive is away")


@on_command("weather")
async def weather(ctx: Context, city: str) -> AsyncIterator[Draft]:
    answer = await ctx.http.get(f"https://weather.test/{city}")
    yield ctx.reply(answer.or_raise().json()["sky"])


@on_mention()
async def called(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.send("somebody", text)


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = Bot(_plugin("notes", note, called), _plugin("weather", weather))
    yield made
    made.close()


def test_chats_and_the_clock_are_made_up(bot: Bot) -> None:
    bot.receives("/note a")
    bot.should_reply("1 at 09:00")
    bot.advance(timedelta(minutes=90))
    bot.receives("/note b")
    bot.should_reply("2 at 10:30")
    bot.receives("/note c", chat="other")
    bot.should_reply("1 at 10:30")
    bot.receives("hello")
    bot.should_be_silent()
    bot.receives(Image())
    bot.should_be_silent()


def test_a_run_that_fails_sends_nothing_and_changes_no_state(bot: Bot) -> None:
    bot.receives("/note a")
    bot.receives("/note fail")
    assert isinstance(bot.should_fail("notes", "archive"), DependencyDown)
    assert bot.answers == ()
    assert bot.state("notes", "小王") == {"notes": ["a"]}
    with pytest.raises(AssertionError, match="notes failed: the archive is away"):
        bot.should_be_silent()


def test_what_was_flushed_stands_whatever_follows(bot: Bot) -> None:
    bot.receives("/note flush")
    bot.should_fail("notes")
    assert [draft.content.text for draft in bot.sent if draft.content.kind == "text"] == [
        "1 at 09:00"
    ]
    assert bot.state("notes", "小王") == {"notes": ["flush"]}


def test_http_is_answered_as_the_author_says_and_by_nobody_else(bot: Bot) -> None:
    bot.receives("/weather beijing")
    bot.should_fail("weather", "say bot.answers_http(…) first")
    bot.answers_http("get", "https://weather.test/beijing", status=503)
    bot.answers_http("get", "https://weather.test/beijing", json={"sky": "晴"})
    bot.receives("/weather beijing")
    bot.should_fail("weather", "HTTP 503")
    for _ in range(2):
        bot.receives("/weather beijing")
        bot.should_reply("晴")
    assert [request.method for request in bot.asked] == ["GET"] * 4


@on_command("order")
async def order(ctx: Context, text: str) -> AsyncIterator[Draft]:
    ctx.state["orders"] = ctx.state.get("orders", 0) + 1
    yield ctx.reply("how many?")
    count = await ctx.ask(within=60)
    if not count:
        yield ctx.reply(f"no order: {count.ended}")
        return
    total = await ctx.shared.update("total", lambda so_far: so_far + int(count.text), 0)
    yield ctx.reply("are you sure?")
    sure = await ctx.ask()
    yield ctx.reply(f"{sure.text}: {count.text} of {total}, order {ctx.state['orders']}")


@pytest.fixture
def shop() -> Iterator[Bot]:
    made = Bot(_plugin("shop", order), _plugin("notes", note))
    yield made
    made.close()


def test_a_question_waits_for_its_person_and_the_run_goes_on_behind_it(shop: Bot) -> None:
    shop.receives("/order tea", sender="甲", chat="群", group=True)
    shop.should_reply("how many?")
    shop.receives("7", sender="乙", chat="群", group=True)
    shop.should_be_silent()
    shop.receives("/order coffee", sender="乙", chat="群", group=True)
    shop.receives("2", sender="甲", chat="群", group=True)
    shop.should_reply("are you sure?")
    shop.receives("/note x", sender="甲", chat="群", group=True)
    shop.should_reply("/note x: 2 of 2, order 2")
    shop.receives("/note x", sender="甲", chat="群", group=True)
    shop.should_reply("1 at 09:00")
    assert shop.shared("shop") == {"total": 2}


def test_a_question_ends_by_a_word_or_by_time(shop: Bot) -> None:
    shop.receives("/order tea")
    shop.receives("取消")
    shop.should_reply("no order: cancelled")
    shop.receives("/order tea")
    assert shop.advance(timedelta(seconds=59)) == ()
    shop.advance(timedelta(seconds=1))
    shop.should_reply("no order: timeout")
    shop.receives("3")
    shop.should_be_silent()


def test_a_mention_is_made_up_with_its_words(bot: Bot) -> None:
    bot.receives("@bot\u2005在吗", chat="家人", group=True, mentions=Mentions(me=True))
    (draft,) = bot.answers
    assert draft.chat_id == "somebody"
    bot.should_reply("在吗")


def test_an_expectation_that_fails_says_what_happened(bot: Bot) -> None:
    bot.receives("/note a")
    told = re.escape("expected ['2']; the answers are ['小王: 1 at 09:00']")
    with pytest.raises(AssertionError, match=told):
        bot.should_reply("2")
    with pytest.raises(AssertionError, match="to fail with"):
        bot.should_fail("notes")


def test_a_plugin_that_says_it_is_pure_is_held_to_it() -> None:
    count = iter(range(10))

    @on_command("roll")
    async def roll(ctx: Context, times: int = 1) -> AsyncIterator[Draft]:
        for _ in range(times):
            yield ctx.reply(f"{next(count)}")

    @on_command("now")
    async def now(ctx: Context) -> AsyncIterator[Draft]:
        yield ctx.reply(str(ctx.now))

    bot = Bot(_plugin("dice", roll, now, pure=True))
    bot.receives("/roll")
    bot.should_fail("dice", "says that it is pure")
    bot.receives("/now")
    bot.should_fail("dice", "a pure plugin has no ctx.now")
    bot.close()


def test_the_fixture_is_of_the_plugin_in_whose_folder_the_test_lies(
    pytester: pytest.Pytester,
) -> None:
    home = pytester.mkdir("hello")
    (home / "plugin.toml").write_text('name = "hello"\nversion = "1"\napi = ">=1"\npure = true\n')
    (home / "__init__.py").write_text(
        "from plugins import on_command\n"
        "@on_command('hi')\nasync def hi(ctx):\n    yield ctx.reply('hello')\n"
    )
    (home / "test_hello.py").write_text(
        "def test_hi(bot):\n    bot.receives('/hi')\n    bot.should_reply('hello')\n"
    )
    pytester.makepyfile(test_nowhere="def test_lost(bot): pass\n")
    ran = pytester.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    ran.assert_outcomes(passed=1, errors=1)
    ran.stdout.fnmatch_lines(["*`bot` is for tests inside a plugin's folder*"])


@on_command("open", permission="admin")
async def opened(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("open")


@pytest.mark.parametrize("group", [False, True])
def test_who_writes_holds_the_role_that_the_test_says_and_for_that_message_alone(
    *, group: bool
) -> None:
    bot = Bot(_plugin("door", opened))
    bot.receives("/open", group=group, role="admin")
    bot.should_reply("open")
    bot.receives("/open", group=group)
    bot.should_be_silent()
    bot.receives("/open", group=group, role="moderator")
    bot.should_be_silent()
    bot.close()


def test_a_failed_run_is_tried_again_behind_what_it_flushed(bot: Bot) -> None:
    bot.receives("/note flush")
    bot.should_fail("notes", "the archive is away")
    assert [draft.content for draft in bot.answers] == [Text(text="1 at 09:00")]
    bot.retries()
    bot.should_fail("notes", "the archive is away")
    assert not bot.answers
    assert bot.state("notes", "小王") == {"notes": ["flush"]}
