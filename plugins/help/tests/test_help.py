"""What /help lists: by place, by role, in the language of the question."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from plugins import Context, Draft, Handler, on_command, on_keyword
from plugins.help.page import in_language
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from plugins.roles import Known, Roles
from plugins.scope import EVERYWHERE, Scope

HOME = Path(__file__).parents[1]
ROLES = Roles((Known(role="admin", chat="老板"),))


class TestContract(PluginContract):
    said = ("/help", "/帮助 help", "/help nothing")


@on_command("weather", aliases=("天气",))
async def weather(ctx: Context, city: str, days: int = 1) -> AsyncIterator[Draft]:
    """某城市的天气。The weather of a city."""
    yield ctx.reply(city)


@on_command("pause", permission="admin")
async def pause(ctx: Context) -> AsyncIterator[Draft]:
    """暂停。Stop for a while."""
    yield ctx.reply("ok")


@on_keyword("报价", "price")
async def price(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("稍等")


def _instance(
    name: str, *handlers: Handler, scope: Scope = EVERYWHERE, about: str = ""
) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1", description=about)
    return Instance(name, Plugin(manifest, handlers), scope, roles=ROLES)


@pytest.fixture
def bot() -> Iterator[Bot]:
    helper = instance_of("help", load_plugin(HOME), Declared())
    made = Bot(
        helper,
        _instance("sky", weather, pause, about="Weather and more. 天气等。"),
        _instance("shop", price, scope=Scope(kinds=("group",)), about="Answers prices. 报价。"),
    )
    yield made
    made.close()


def _said(bot: Bot) -> str:
    (draft,) = bot.answers
    return str(draft.content.model_dump()["text"])


def test_it_lists_commands_in_the_language_of_the_question(bot: Bot) -> None:
    bot.receives("/help")
    assert _said(bot).splitlines() == [
        "What you can do here:",
        "· /help [name] (/帮助 /? /？) — What one can do here, or how to use one thing.",
        "· /weather <city> [days:number] (/天气) — The weather of a city.",
        "/help NAME tells more.",
    ]
    bot.receives("/帮助")
    assert "· /weather <city> [days:number] (/天气) — 某城市的天气。" in _said(bot)
    assert _said(bot).startswith("这里可以：")


def test_it_lists_what_works_in_this_chat_alone(bot: Bot) -> None:
    bot.receives("/help", chat="群", group=True)
    assert "· shop: Answers prices." in _said(bot)
    bot.receives("/help")
    assert "shop" not in _said(bot)


def test_who_may_more_is_shown_more(bot: Bot) -> None:
    bot.receives("/help")
    assert "/pause" not in _said(bot)
    bot.receives("/help", sender="老板")
    assert "· /pause (for admin) — Stop for a while." in _said(bot)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("/help weather", "sky: Weather and more."),
        ("/help /天气", "sky: 天气等。"),
        ("/help 天气", "· /weather <city> [days:number] (/天气) — 某城市的天气。"),
        ("/help sky", "· /weather <city> [days:number] (/天气) — The weather of a city."),
        ("/help pause", "There is nothing called “pause”."),
        ("/帮助 天气啊", "没有叫“天气啊”的。"),
    ],
)
def test_one_thing_is_told_in_detail(bot: Bot, asked: str, line: str) -> None:
    bot.receives(asked)
    assert line in _said(bot).splitlines()


def test_an_instance_tells_its_keywords(bot: Bot) -> None:
    bot.receives("/help shop", chat="群", group=True)
    assert _said(bot) == "shop: Answers prices.\n· a text that holds 报价 or price"
    bot.receives("/帮助 shop", chat="群", group=True)
    assert _said(bot) == "shop: 报价。\n· 含有以下字样的消息 报价 或 price"


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("Hello. 你好。", "你好。", "Hello."),
        ("你好。Hello.", "你好。", "Hello."),
        ("你好", "你好", "你好"),
        ("Hello", "Hello", "Hello"),
        ("", "", ""),
    ],
)
def test_of_a_text_in_both_languages_one_is_shown(text: str, chinese: str, english: str) -> None:
    assert in_language(text, chinese=True) == chinese
    assert in_language(text, chinese=False) == english
