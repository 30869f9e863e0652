"""Odd records, odd plugins and odd clocks: every event comes to its end, once, in order."""

import random
import time
from datetime import datetime, timedelta

import pytest

from schemas.action import Action
from schemas.content import Text
from schemas.envelope import Record, header
from schemas.topics import RETRIES
from streams.respond import utc_now
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.plugin_folder import write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record
from tests.streams.test_parking import QUICK, _parked, _say, _until, hastening, working

LOUD = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


def deep(n: int) -> None:
    if n == 0:
        raise ValueError("x" * 2_000_000)
    deep(n - 1)


@on_command("loud")
async def loud(ctx: Context, text: str) -> AsyncIterator[Draft]:
    deep(200)
    yield ctx.reply("never")
"""

LOTTERY = """
import uuid
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("lottery")
async def lottery(ctx: Context, text: str) -> AsyncIterator[Draft]:
    for _ in range(2):
        yield ctx.send(f"winner-{uuid.uuid4().int % 50}", uuid.uuid4().hex)
"""


async def test_records_that_come_twice_bear_no_key_or_end_in_two_megabytes_of_stack(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "loud", LOUD)
    chance = random.Random(7)
    records, count = [], 120
    for number in range(count):
        chat = f"c{number % 6}"
        one = record(message(f"/echo e{number}", chat=chat, seq=number))
        records += [one] * (2 if chance.random() < 0.1 else 1)
        if number == 60:
            records.append(record(message("/loud", chat=chat, seq=999)))
    nobody = record(message("/echo nobody's", chat="nobody", seq=1))
    records.append(Record(None, nobody.value, nobody.headers))

    async with working(stack):
        await stack.produce(records)
        actions = await stack.wait_for_actions(
            lambda found: len({action.action_id for action in found}) > count
        )
        (letter,) = await stack.wait_for_records(stack.dlq, 1)
    for chat in range(6):
        own = texts(action for action in actions if action.chat_id == f"c{chat}")
        assert own == [f"e{number}" for number in range(chat, count, 6)]
    assert texts(a for a in actions if a.chat_id == "nobody") == ["nobody's"]
    assert len(header(letter.headers, "x-error-stack") or "") <= 8 * 1024
    assert len(header(letter.headers, "x-error-message") or "") <= 1024
    assert header(letter.headers, "x-error-type") == "ValueError"
    assert await stack.read(stack.poison) == []


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_random_texts_to_random_chats_killed_after_the_commit_have_one_sink_and_one_text(
    stack: Stack,
) -> None:
    write_plugin(stack.folder / "p", "lottery", LOTTERY, capabilities=("chats",))
    worker = stack.worker(plugins=str(stack.folder / "p"))
    said = [record(message("/lottery", chat=f"c{n % 4}", seq=n)) for n in range(40)]
    for number, place in enumerate(("committed", "produced")):
        worker.start(
            HONGYAN_FAILPOINT=f"worker.{place}",
            HONGYAN_FAILPOINT_FLAG=str(stack.folder / f"died-{number}"),
        )
        await stack.produce(said[number * 20 : number * 20 + 20])
        assert await worker.ended(30) == -9, worker.tail()
    worker.start()
    actions = await stack.wait_for_actions(
        lambda found: len({action.action_id for action in found}) >= 80
    )
    sinks: dict[str, set[tuple[str, str]]] = {}
    for action in actions:
        sinks.setdefault(action.action_id, set()).add((action.chat_id, _text(action)))
    assert len(sinks) == 80
    assert [found for found in sinks.values() if len(found) > 1] == []
    assert await worker.stop() == 0


def _text(action: Action) -> str:
    assert isinstance(action.content, Text)
    return action.content.text


async def _ran(plugin: FailingPlugin, text: str) -> bool:
    return text in plugin.runs


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_worker_whose_clock_jumps_an_hour_loses_nothing_and_keeps_order(
    stack: Stack, hours: int
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    plugin.wrong(bad="transient", worse="transient")
    jumped = 0.0

    def now() -> datetime:
        return utc_now() + timedelta(hours=jumped)

    async with (
        working(stack, QUICK, now) as worker,
        hastening(stack, lambda: now().timestamp()),
    ):
        await _say(stack, "c1", "/work bad", "/work two")
        await _parked(stack, worker, 2)
        jumped = hours
        await _say(stack, "c1", "/work three", first=3)
        await _say(stack, "c2", "/work worse", "/work other")
        await _until(lambda: _ran(plugin, "worse"), "the other chat's first failure")
        plugin.wrong()
        # Set back by an hour, a retry still waits its own delay alone: 5 or 30 s.
        actions = await stack.wait_for_actions(lambda found: len(found) >= 5, within=50)
    for chat, wanted in (("c1", ["bad", "two", "three"]), ("c2", ["worse", "other"])):
        assert texts(action for action in actions if action.chat_id == chat) == wanted
    assert await stack.read(stack.dlq) == []
    waits = [one for topic in RETRIES for one in await stack.read(topic.name(stack.prefix))]
    times = [int(header(one.headers, "x-not-before-ms") or 0) / 1000 for one in waits]
    assert max(times) < time.time() + 7300
