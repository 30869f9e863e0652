"""Owners switch, set and release instances while a worker runs; limits stop those that fail."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connectors.database import open_engine
from connectors.ending import end
from connectors.kafka import Broker
from connectors.plugin_controls import ControlRow, PluginControls
from plugins.instances import FILE
from schemas.envelope import decode
from schemas.event import PluginQuarantined
from streams.retry_scheduler import RetryScheduler
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.fixtures.waiting import until

SHOP = """
from pathlib import Path
from pydantic import BaseModel
from plugins import on_command

class Config(BaseModel):
    word: str = "hi"

@on_command("shop")
async def shop(ctx, text: str):
    if text.startswith("bad") and not Path(__file__).with_name("mended").exists():
        raise ZeroDivisionError(text)
    if text == "half":
        yield ctx.reply("begun")
        await ctx.flush()
        raise ZeroDivisionError("after a flush")
    for number in range(3 if text == "much" else 1):
        yield ctx.reply(f"{text}:{ctx.config.word}")
"""


@pytest.fixture
async def controls(stack: Stack) -> AsyncIterator[PluginControls]:
    engine = open_engine(stack.dsn, size=1)
    yield PluginControls(engine, stack.prefix)
    await engine.dispose()


async def _started(stack: Stack, instances: str, **manifest: str) -> None:
    folder = stack.folder / "plugins"
    write_plugin(folder, "shop", SHOP, **manifest)
    (folder / FILE).write_text(instances)
    worker = stack.worker(plugins=str(folder))
    worker.start()
    await until(lambda: "the worker consumes" in worker.log.read_text())


async def _applied(controls: PluginControls, revision: int) -> None:
    async def heard() -> bool:
        return any(report.revision >= revision for report in await controls.reports())

    await until(heard, limit_s=10)


async def _says(stack: Stack, *said: str, chat: str = "c1", seq: int = 0) -> None:
    records = [record(message(f"/shop {t}", chat=chat, seq=seq + n)) for n, t in enumerate(said)]
    await stack.produce(records)


@asynccontextmanager
async def _hastening(stack: Stack) -> AsyncIterator[None]:
    """A retry scheduler by whose clock every delay is over."""
    scheduler = RetryScheduler(
        Broker(stack.bootstrap), stack.prefix, member="relay-0", clock=lambda: time.time() + 7200
    )
    task = asyncio.create_task(scheduler.run())
    yield
    await end({task})


async def test_an_owner_s_switches_and_values_hold_from_the_next_event_on(
    stack: Stack, controls: PluginControls
) -> None:
    await _started(stack, "")
    await _says(stack, "a")
    await stack.wait_for_actions(lambda all_: len(all_) == 1)
    await _applied(controls, await controls.put(ControlRow("shop", config={"word": "yo"}), "me"))
    await _says(stack, "b", seq=1)
    await stack.wait_for_actions(lambda all_: len(all_) == 2)
    await _applied(controls, await controls.put(ControlRow("shop", enabled=False), "me"))
    await _says(stack, "c", seq=2)
    await stack.produce([record(message("/echo then", chat="c1", seq=3))])
    await stack.wait_for_actions(lambda all_: len(all_) == 3)
    refused = ControlRow("shop", enabled=True, config={"word": ["no"]})
    await _applied(controls, await controls.put(refused, "me"))
    (report,) = await controls.reports()
    assert any("shop: config: word" in problem for problem in report.body["problems"])
    await _applied(controls, await controls.put(ControlRow("shop", enabled=True), "me"))
    await _says(stack, "d", seq=4)
    said = texts(await stack.wait_for_actions(lambda all_: len(all_) == 4))
    assert said == ["a:hi", "b:yo", "then", "d:hi"]


async def _alarms(stack: Stack) -> list[PluginQuarantined]:
    """The events that tell of a quarantine, once there is one."""
    found: list[PluginQuarantined] = []

    async def told() -> bool:
        events = [decode(r.headers, r.value) for r in await stack.read(stack.inbound)]
        found[:] = [one for one in events if isinstance(one, PluginQuarantined)]
        return bool(found)

    await until(told)
    return found


async def test_too_many_errors_put_an_instance_in_quarantine_and_what_waits_is_answered_in_order(
    stack: Stack, controls: PluginControls
) -> None:
    await _started(stack, "[shop.limits]\nerrors_per_minute = 2\n")
    for number in range(3):
        await _says(stack, "bad", chat=f"c{number}")

    async def held() -> bool:
        return any(row.quarantined_at is not None for row in await controls.read())

    await until(held)
    await _says(stack, "e", "f", chat="c9")
    await stack.produce([record(message("/echo others", chat="c9", seq=9))])
    others = await stack.wait_for_actions(lambda all_: len(all_) == 1)
    assert texts(others) == ["others"]
    (alarm,) = await _alarms(stack)
    assert alarm.instance == "shop"
    assert "over 2 errors within a minute" in alarm.why

    async def reported() -> bool:
        (report,) = await controls.reports()
        states = {one["name"]: one["state"] for one in report.body["instances"]}
        return states["shop"] == "quarantined"

    await until(reported)
    await _applied(controls, await controls.put(ControlRow("shop", enabled=True), "me"))
    async with _hastening(stack):
        said = texts(await stack.wait_for_actions(lambda all_: len(all_) == 3))
    assert said == ["others", "e:hi", "f:hi"]
    assert len(await stack.read(stack.dlq)) == 3


async def test_a_run_that_says_too_much_says_nothing_and_the_others_go_on(stack: Stack) -> None:
    await _started(stack, "[shop.limits]\nactions_per_run = 2\noutput_bytes = 1000\n")
    await _says(stack, "much", "ü" * 600, "fine")
    await stack.wait_for_actions(lambda all_: len(all_) == 1)
    assert texts(await stack.actions()) == ["fine:hi"]
    letters = await stack.wait_for_records(stack.dlq, 2)
    told = [dict(letter.headers)["x-error-message"].decode() for letter in letters]
    assert "more than 2 things in one run" in told[0]
    assert "more than 1000 bytes in one run" in told[1]


async def test_a_process_is_held_to_its_instance_s_limits(stack: Stack) -> None:
    await _started(stack, "[shop.limits]\nactions_per_run = 2\n", blocking="process")
    await _says(stack, "much", "fine")
    await stack.wait_for_actions(lambda all_: len(all_) == 1)
    assert texts(await stack.actions()) == ["fine:hi"]


async def test_what_was_flushed_before_a_bug_is_said_once_and_the_chat_goes_on(
    stack: Stack,
) -> None:
    await _started(stack, "")
    await _says(stack, "half", "fine")
    await stack.wait_for_actions(lambda all_: len(all_) == 2)
    (letter,) = await stack.wait_for_records(stack.dlq, 1)
    assert "after a flush" in dict(letter.headers)["x-error-message"].decode()
    assert texts(await stack.actions()) == ["begun", "fine:hi"]


async def test_more_messages_than_a_day_may_have_end_in_quarantine(
    stack: Stack, controls: PluginControls
) -> None:
    await _started(stack, "[shop.limits]\nactions_per_day = 2\n")
    await _says(stack, "a", "b", "c", "d")

    async def held() -> bool:
        return any("over 2 messages on" in (r.quarantined_for or "") for r in await controls.read())

    await until(held)
    assert texts(await stack.actions()) == ["a:hi", "b:hi", "c:hi"]


async def _hongyan(stack: Stack, *arguments: str) -> tuple[int, str]:
    """`hongyan plugin …`, as a process of its owner's: its exit code, and what it printed; as JSON
    is, without what it says beside it.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hongyan",
        "plugin",
        *arguments,
        "--postgres",
        stack.dsn,
        env={"HONGYAN_TOPIC_PREFIX": stack.prefix, "HOME": str(stack.folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, beside = await process.communicate()
    told = said if "--json" in arguments else said + beside
    return process.returncode or 0, told.decode()


def _of_shop(told: tuple[int, str]) -> dict[str, str]:
    """What `explain` says of the plugin in the worker's own folder, which nobody named to it."""
    (one,) = [row for row in json.loads(told[1])["handlers"] if row["instance"] == "shop"]
    return dict(one)


async def test_the_commands_switch_set_show_and_take_back_what_is_refused(stack: Stack) -> None:
    await _started(stack, "")
    code, said = await _hongyan(stack, "disable", "shop")
    assert code == 0
    assert "shop is disabled" in said
    assert "已停用" in said
    assert "go by it: 1" in said
    assert "off 已停用" in (await _hongyan(stack, "list"))[1]
    told = await _hongyan(stack, "explain", "--say", "/shop a", "--json")
    assert _of_shop(told)["reason"] == "off"
    code, said = await _hongyan(stack, "enable", "nowhere")
    assert (code, "echo" in said) == (1, True)
    assert (await _hongyan(stack, "enable", "shop", "--json"))[0] == 0
    assert (await _hongyan(stack, "config", "shop", "word=yo"))[0] == 0
    code, said = await _hongyan(stack, "config", "shop", 'word=["no"]')
    assert code == 1
    assert "Taken back" in said
    assert "shop: config: word" in said
    await _says(stack, "a")
    assert texts(await stack.wait_for_actions(lambda all_: len(all_) == 1)) == ["a:yo"]
    assert 'word = "yo"  ←' in (await _hongyan(stack, "config", "shop"))[1]
    assert (await _hongyan(stack, "config", "shop", "--reset"))[0] == 0
    assert 'word = "hi"\n' in (await _hongyan(stack, "config", "shop"))[1]
    code, said = await _hongyan(stack, "list", "--json")
    (row,) = [one for one in json.loads(said) if one["name"] == "shop"]
    assert (row["state"], row["workers"]) == ("on", {"worker-0": "1.0.0 on"})
