"""Schedules in a made-up world: declared, planned by runs, cancelled, and refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins import Context, Draft, on_command, on_event, on_schedule
from plugins.grants import Grants
from plugins.handler import Handler
from plugins.kit.bot import Bot
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin
from plugins.scope import Scope
from plugins.trigger import Timed
from schemas.event import ScheduleFired
from schemas.failure import Bug


@on_command("later")
async def later(ctx: Context, when: timedelta, text: str) -> AsyncIterator[Draft]:
    ctx.state["id"] = ctx.schedule(when, {"text": text})
    yield ctx.reply("好")


@on_command("daily")
async def daily(ctx: Context, text: str) -> AsyncIterator[Draft]:
    ctx.state["id"] = ctx.schedule("30 7 * * *", {"text": text})
    yield ctx.reply("天天")


@on_command("fail")
async def fail(ctx: Context) -> AsyncIterator[Draft]:
    ctx.schedule(timedelta(minutes=1), {"text": "kept"})
    yield ctx.reply("first")
    await ctx.flush()
    ctx.schedule(timedelta(minutes=1), {"text": "lost"})
    yield ctx.reply("never")
    raise ZeroDivisionError


@on_command("cancel")
async def cancel(ctx: Context) -> AsyncIterator[Draft]:
    ctx.cancel(ctx.state["id"])
    yield ctx.reply("取消了")


@on_schedule()
async def come(ctx: Context) -> AsyncIterator[Draft]:
    assert isinstance(ctx.event, ScheduleFired)
    yield ctx.reply(f"{ctx.event.data['text']} {ctx.now:%H:%M}")


@on_schedule("0 9 * * *")
async def morning(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("早上好")


@on_event("schedule.fired")
async def every(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("seen")


def _instance(name: str, *handlers: Handler, chats: tuple[str, ...] = (), may: bool = True) -> Any:
    manifest = Manifest(name=name, version="1", api=">=1")
    plugin = Plugin(manifest, handlers)
    return Instance(name, plugin, Scope(chats=chats), grants=Grants(schedule=may))


def _texts(drafts: tuple[Draft, ...]) -> list[tuple[str, str]]:
    return [(draft.chat_id, draft.content.text) for draft in drafts]  # type: ignore[union-attr]


def test_what_a_run_plans_comes_at_its_time_in_its_chat_and_to_its_instance_alone() -> None:
    bot = Bot(_instance("a", later, come), _instance("b", come))
    bot.receives("/later 10m 茶")
    bot.should_reply("好")
    assert bot.advance(timedelta(minutes=9)) == ()
    assert _texts(bot.advance(timedelta(minutes=1))) == [("小王", "茶 09:10")]
    assert bot.advance(timedelta(days=9)) == ()
    bot.close()


def test_cron_comes_every_day_until_it_is_cancelled() -> None:
    bot = Bot(_instance("a", daily, cancel, come))
    bot.receives("/daily 起床")
    assert [event.due_at for event in bot.schedules] == [datetime(2026, 1, 1, 23, 30, tzinfo=UTC)]
    assert _texts(bot.advance(timedelta(days=2))) == [("小王", "起床 23:30")] * 2
    bot.receives("/cancel")
    bot.should_reply("取消了")
    assert bot.schedules == ()
    assert bot.advance(timedelta(days=2)) == ()
    bot.close()


def test_what_is_declared_comes_in_each_chat_of_the_scope() -> None:
    bot = Bot(_instance("a", morning, chats=("家人", "小店")), _instance("b", every))
    assert _texts(bot.advance(timedelta(days=1))) == [("家人", "早上好"), ("小店", "早上好")]
    bot.close()


def test_a_run_that_fails_leaves_only_what_it_flushed() -> None:
    bot = Bot(_instance("a", fail, come))
    bot.receives("/fail")
    bot.should_fail("a")
    assert [event.data for event in bot.schedules] == [{"text": "kept"}]
    bot.close()


def test_timers_need_a_grant() -> None:
    bot = Bot(_instance("a", later, come, may=False))
    bot.receives("/later 10m 茶")
    bot.should_fail("a", "schedule = true")
    assert bot.schedules == ()
    bot.close()


@pytest.mark.parametrize(
    ("when", "data", "more"),
    [
        ("every day", None, {}),
        ("0 0 31 2 *", None, {}),
        ("* * * * * *", None, {}),
        (timedelta(1), {"x": object()}, {}),
        (timedelta(1), "text", {}),
        (timedelta(1), {"x": "a" * 70_000}, {}),
        (timedelta(1), None, {"tz": "Mars/Base"}),
        (timedelta(1), None, {"missed": "never"}),
        (timedelta.max, None, {}),
        (datetime.min.replace(tzinfo=UTC), None, {}),
        (datetime.max.replace(tzinfo=UTC), None, {}),
    ],
)
def test_a_plan_that_makes_no_sense_fails_its_run(when: Any, data: Any, more: Any) -> None:
    @on_command("plan")
    async def planning(ctx: Context) -> AsyncIterator[Draft]:
        ctx.schedule(when, data, **more)
        yield ctx.reply("no")

    bot = Bot(_instance("a", planning))
    bot.receives("/plan")
    assert isinstance(bot.should_fail("a"), Bug)
    assert bot.schedules == ()
    bot.close()


def test_a_cron_expression_that_is_none_is_refused_when_the_plugin_is_loaded() -> None:
    with pytest.raises(Bug, match="no cron expression"):
        on_schedule("0 25 * * *")
    with pytest.raises(Bug, match="no time zone"):
        on_schedule("0 9 * * *", tz="Mars/Base")


def test_an_instances_configuration_may_say_when_it_is_woken() -> None:
    heard: list[str | None] = []

    @on_schedule(planned=lambda config: [Timed(name, cron, "UTC") for name, cron in config.items()])
    async def wake(ctx: Context) -> AsyncIterator[Draft]:
        assert isinstance(ctx.event, ScheduleFired)
        heard.append(ctx.event.handler)
        yield ctx.reply("up")

    manifest = Manifest(name="clock", version="1", api=">=1")
    plugin = Plugin(manifest, (wake,))
    config = {"nine": "0 9 * * *", "noon": "0 12 * * *"}
    scope = Scope(chats=("a", "b"))
    bot = Bot(Instance("clock", plugin, scope, config), now=datetime(2026, 1, 1, tzinfo=UTC))
    bot.advance(timedelta(hours=10))
    assert heard == ["wake:nine", "wake:nine"]
    assert [draft.chat_id for draft in bot.answers] == ["a", "b"]
    bot.advance(timedelta(hours=10))
    assert heard[2:] == ["wake:noon", "wake:noon"]
    bot.close()


def test_an_instance_may_be_woken_in_another_chat_that_it_was_granted() -> None:
    @on_command("there")
    async def there(ctx: Context, chat: str) -> AsyncIterator[Draft]:
        ctx.schedule(timedelta(minutes=1), {"text": "here"}, chat_id=chat)
        yield ctx.reply("ok")

    @on_schedule()
    async def wake(ctx: Context) -> AsyncIterator[Draft]:
        ctx.state["woken"] = True
        yield ctx.reply("up")

    plugin = Plugin(Manifest(name="clock", version="1", api=">=1"), (there, wake))
    grants = Grants(schedule=True, chats=("garden",))
    bot = Bot(Instance("clock", plugin, grants=grants))
    bot.receives("/there garden")
    bot.advance(timedelta(minutes=2))
    assert [draft.chat_id for draft in bot.answers] == ["garden"]
    assert bot.state("clock", "garden") == {"woken": True}
    bot.receives("/there cellar")
    bot.should_fail("clock", 'chats = ["cellar"]')
    bot.close()
