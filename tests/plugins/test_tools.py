"""Tools that plugins offer to language models: by permission, config and grants of their own."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from plugins.context import Context
from plugins.draft import Draft
from plugins.grants import Grants
from plugins.handler import on_command, on_message, on_schedule
from plugins.kit import Bot
from plugins.llm import ToolCall
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from plugins.roles import Known, Roles
from plugins.scope import Scope
from plugins.tool import Tool, tool
from plugins.unmet import unmet

PEOPLE = Roles((Known(role="admin", chat="老板"),))


@tool()
async def weather(ctx: Context, city: str, days: int = 1) -> str:
    """Tell a city's weather."""
    answer = await ctx.http.get(f"https://weather.test/{city}", params={"days": str(days)})
    return f"{ctx.config.unit}: {answer.text}"


@tool("refund", permission="admin")
async def give_back(ctx: Context, kind: Literal["all", "half"]) -> str:
    """Give money back."""
    return f"refunded {kind}"


@tool()
async def misbehave(ctx: Context, how: str) -> str:
    """Try what a tool must not."""
    deeds = {"flush": ctx.flush, "ask": ctx.ask, "think": lambda: ctx.llm.chat("x")}
    if how == "state":
        ctx.state["x"] = 1
    elif how == "schedule":
        return str(ctx.schedule)
    else:
        await deeds[how]()
    return "done"


class Unit(BaseModel):
    unit: str = "C"


@on_message()
async def ask(ctx: Context) -> AsyncIterator[Draft]:
    box = ctx.tools
    names = [one.name for one in box.offered(*ctx.config)]
    arguments = getattr(ctx.event.content, "text", "").partition(" ")  # type: ignore[union-attr]
    call = ToolCall.read({"id": "1", "function": {"name": arguments[0], "arguments": arguments[2]}})
    yield ctx.reply(f"{names}: {await box.answer(call, *ctx.config)}")


def _instance(name: str, **more: Any) -> Instance:
    manifest = Manifest(name=name, version="1", api=">=1")
    plugin = Plugin(manifest, more.pop("handlers", ()), tools=more.pop("tools", ()))
    return Instance(name, plugin, roles=PEOPLE, **more)


def _bot(*wanted: str) -> Bot:
    sky = _instance(
        "sky",
        tools=(weather, misbehave),
        config=Unit(unit="F"),
        grants=Grants(http=("weather.test",)),
    )
    shop = _instance("shop", tools=(give_back,), scope=Scope(kinds=("private",)))
    return Bot(sky, shop, _instance("asker", handlers=(ask,), config=wanted))


@pytest.fixture
def bot() -> Iterator[Bot]:
    made = _bot("sky__weather", "shop")
    made.answers_http("GET", "https://weather.test/Beijing?days=1", body=b"sunny")
    yield made
    made.close()


def test_a_tool_runs_with_its_own_set_up_and_grants(bot: Bot) -> None:
    bot.receives('sky__weather {"city": "Beijing"}')
    bot.should_reply("['sky__weather']: F: sunny")


def test_a_tool_is_for_those_whose_role_it_needs_whatever_the_model_says(bot: Bot) -> None:
    bot.receives('shop__refund {"kind": "all"}', sender="小王")
    bot.should_reply("['sky__weather']: There is no tool shop__refund for this person.")
    bot.receives('shop__refund {"kind": "all"}', sender="老板")
    bot.should_reply("['shop__refund', 'sky__weather']: refunded all")
    bot.receives('shop__refund {"kind": "all"}', sender="老板", chat="群", group=True)
    bot.should_reply("['sky__weather']: There is no tool shop__refund for this person.")


@pytest.mark.parametrize("by", ["the owner's table", "the manifest"])
def test_a_model_gets_nothing_of_an_instance_that_the_person_may_not_use(by: str) -> None:
    manifest = Manifest(name="sky", version="1", api=">=1", required_permission="admin")
    sky = _instance("sky", tools=(misbehave,), own_permission="admin")
    if by == "the manifest":
        sky = Instance("sky", Plugin(manifest, (), tools=(misbehave,)), roles=PEOPLE)
    bot = Bot(sky, _instance("asker", handlers=(ask,), config=("*",)))
    try:
        bot.receives('sky__misbehave {"how": "state"}', sender="小王")
        bot.should_reply("[]: There is no tool sky__misbehave for this person.")
        bot.receives("nothing", sender="老板")
        assert bot.answers[0].content.text.startswith("['sky__misbehave']")  # type: ignore[union-attr]
    finally:
        bot.close()


@on_command("later")
async def later(ctx: Context, call: str) -> AsyncIterator[Draft]:
    ctx.schedule(timedelta(hours=1), {"call": call})
    yield ctx.reply("later")


@on_schedule()
async def now(ctx: Context) -> AsyncIterator[Draft]:
    name = getattr(ctx.event, "data")["call"]  # noqa: B009
    call = ToolCall.read({"id": "1", "function": {"name": name, "arguments": '{"kind": "all"}'}})
    yield ctx.reply(await ctx.tools.answer(call, "*"))


@pytest.mark.parametrize("by", ["the tool", "the owner's table"])
def test_who_lets_a_plugin_wait_gets_no_rights_by_that(by: str) -> None:
    own = "admin" if by == "the owner's table" else None
    tools = (misbehave,) if own else (give_back,)
    shop = _instance("shop", tools=tools, own_permission=own)
    waiting = _instance("waiting", handlers=(later, now), grants=Grants(schedule=True))
    bot = Bot(shop, waiting)
    try:
        wanted = f"shop__{tools[0].name}"
        bot.receives(f"/later {wanted}", sender="小王")
        bot.advance(timedelta(hours=1))
        bot.should_reply(f"There is no tool {wanted} for this person.")
    finally:
        bot.close()


def test_a_tool_that_the_owner_did_not_name_is_none(bot: Bot) -> None:
    bot.receives('sky__misbehave {"how": "state"}', sender="老板")
    assert "no tool sky__misbehave" in bot.answers[0].content.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("sky__weather {}", "city: Field required"),
        ('sky__weather {"city": "x", "days": "soon"}', "days: Input should be a valid integer"),
        ('sky__weather {"city": "x", "key": 1}', "key: Extra inputs are not permitted"),
        ("sky__weather no json", "the arguments are no JSON"),
        ('sky__weather {"city": "nowhere"}', "nothing in this made-up world answers"),
    ],
)
def test_what_goes_wrong_is_told_to_the_model(bot: Bot, said: str, words: str) -> None:
    bot.receives(said)
    assert words in bot.answers[0].content.text  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["flush", "ask", "state", "schedule", "think"])
def test_a_tool_neither_sends_nor_remembers_nor_gets_the_askers_grants(how: str) -> None:
    made = _bot("*")
    made.receives(f'sky__misbehave {{"how": "{how}"}}')
    assert "sky__misbehave failed" in made.answers[0].content.text  # type: ignore[union-attr]
    assert made.state("sky", "小王") == {}
    made.close()


def test_a_tool_for_a_role_that_nobody_can_hold_is_told_of() -> None:
    @tool(permission="admni")
    async def misspelt(ctx: Context) -> str:
        """Do something."""
        return ""

    (line,) = unmet(_instance("shop", tools=(misspelt,)))
    assert "misspelt needs the role 'admni'" in line


def test_arguments_are_a_schema_for_the_model() -> None:
    assert weather.schema["required"] == ["city"]
    properties: Mapping[str, Any] = give_back.schema["properties"]
    assert properties["kind"]["enum"] == ["all", "half"]
    assert (weather.about, give_back.permission) == ("Tell a city's weather.", ("admin",))


def test_what_is_no_tool_is_refused_when_it_is_written() -> None:
    async def silent(ctx: Context) -> str:
        return ""

    async def untyped(ctx, city):  # type: ignore[no-untyped-def]
        """Do something."""

    def plain(ctx: Context) -> str:
        """Do something."""
        return ""

    for wrong, words in ((silent, "docstring"), (untyped, "no type"), (plain, "no async")):
        with pytest.raises(TypeError, match=words):
            tool()(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no name for a tool"):
        tool("天气")
    assert isinstance(weather, Tool)
