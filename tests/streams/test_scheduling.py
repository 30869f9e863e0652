"""What runs plan is stored with their turn, fires once, and wakes its own instance in its chat."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import rmtree

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import migrate, open_engine
from connectors.schedules import ScheduleStore
from schemas.envelope import encode
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.streams.test_parking import QUICK, _say, working

TIMER = """
from collections.abc import AsyncIterator
from datetime import timedelta

from plugins import Context, Draft, on_command, on_schedule


@on_command("later")
async def later(ctx: Context, after: timedelta, text: str) -> AsyncIterator[Draft]:
    ctx.state["id"] = ctx.schedule(after, {"text": text})
    yield ctx.reply("ok")


@on_command("never")
async def never(ctx: Context) -> AsyncIterator[Draft]:
    ctx.cancel(ctx.state["id"])
    yield ctx.reply("cancelled")


@on_schedule()
async def come(ctx: Context) -> AsyncIterator[Draft]:
    ctx.state["come"] = ctx.state.get("come", 0) + 1
    yield ctx.reply(f"{ctx.event.data['text']} {ctx.state['come']}")


@on_schedule("0 9 * * *")
async def morning(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.send("c9", "good morning")
"""

OTHER = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_event, on_schedule


@on_event("schedule.fired")
async def nosy(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("I see all")


@on_schedule()
async def come(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("not mine")
"""


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database)
    engine = open_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def home(stack: Stack) -> Path:
    folder = stack.folder / "p"
    write_plugin(folder, "timer", TIMER, capabilities=("schedule", "chats:c9"))
    write_plugin(folder, "other", OTHER)
    return folder


async def test_a_planned_time_wakes_its_instance_in_its_chat_however_often_it_is_fired(
    stack: Stack, home: Path, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    async with working(stack, QUICK):
        await _say(stack, "c1", "/later 1h tea", "/later 2h cake", "/never")
        await stack.wait_for_actions(lambda found: len(found) >= 3)
        [planned] = await store.find(instance="timer", origin="run")
        assert (planned.data, planned.chat_id) == ({"text": "tea"}, "c1")
        assert planned.next_due is not None
        fired = planned.event(planned.next_due, planned.next_due)
        twice = encode(fired, id=fired.event_id, source="test", time=fired.observed_at)
        await stack.produce([twice, twice])
        await _say(stack, "c1", "/later 9h pie", first=4)
        await stack.wait_for_actions(lambda found: texts(found)[-1:] == ["ok"] and len(found) > 4)
        actions = await stack.actions()
    assert texts(actions) == ["ok", "ok", "cancelled", "tea 1", "ok"]
    assert {action.chat_id for action in actions} == {"c1"}


async def test_what_plugins_declare_is_stored_at_the_start_and_goes_with_them(
    stack: Stack, home: Path, engine: AsyncEngine
) -> None:
    store = ScheduleStore(engine, stack.prefix)
    async with working(stack, QUICK):
        [declared] = await store.find()
        assert (declared.instance, declared.handler) == ("timer", "morning")
        assert declared.next_due is not None
        assert declared.next_due.hour == 1  # nine in Shanghai
        await store.fire(declared.next_due, stack.producer)
        actions = await stack.wait_for_actions(lambda found: len(found) >= 1)
    (home / "instances.toml").unlink()
    rmtree(home / "timer")
    async with working(stack, QUICK):
        assert await store.find() == []
    assert [(a.chat_id, a.instance) for a in actions] == [("c9", "timer")]
    assert texts(actions) == ["good morning"]


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", ["worker.committed"])
async def test_a_worker_killed_around_the_commit_plans_once(
    stack: Stack, home: Path, engine: AsyncEngine, failpoint: str
) -> None:
    worker = stack.worker(plugins=str(home))
    flag = str(stack.folder / "died")
    worker.start(HONGYAN_FAILPOINT=failpoint, HONGYAN_FAILPOINT_FLAG=flag)
    await _say(stack, "c1", "/later 1h tea")
    assert await worker.ended(30) == -9, worker.tail()
    worker.start()
    await _say(stack, "c1", "/later 2h cake", first=2)
    await stack.wait_for_actions(lambda found: len(texts(found)) >= 2)
    assert await worker.stop() == 0
    assert texts(await stack.actions()) == ["ok", "ok"]
    planned = await ScheduleStore(engine, stack.prefix).find(instance="timer", origin="run")
    assert [one.data["text"] for one in planned] == ["tea", "cake"]
