"""A worker killed anywhere loses nothing, answers once, and keeps each chat's order."""

import asyncio
import random

import pytest

from schemas.action import Action
from schemas.content import Text
from tests.fakes.plugin_folder import DICE, write_plugin
from tests.fakes.stack import Stack, texts
from tests.fakes.wechat import message, record

FAILPOINTS = ("received", "ran", "committed", "produced", "marked", "acked")
CHATS = 5


def _said(rounds: int) -> list[tuple[str, str, int]]:
    """(text, chat, seq): /count, /echo and /dice in turn, in every chat."""
    words = ("/count", "/echo e{0}", "/dice d{0}")
    return [
        (words[seq % 3].format(seq), f"c{chat}", seq)
        for seq in range(rounds)
        for chat in range(CHATS)
    ]


def _one_text_each(actions: list[Action]) -> None:
    texts_of: dict[str, set[str]] = {}
    for action in actions:
        assert isinstance(action.content, Text)
        texts_of.setdefault(action.action_id, set()).add(action.content.text)
    assert all(len(found) == 1 for found in texts_of.values()), texts_of


def _in_order(actions: list[Action], rounds: int) -> None:
    """Each chat's first deliveries are all the answers, in the order of its messages."""
    for chat in range(CHATS):
        got = [text.split(":")[0] for text in texts(a for a in actions if a.chat_id == f"c{chat}")]
        wanted, count = [], 0
        for seq in range(rounds):
            count += seq % 3 == 0
            wanted.append((str(count), f"e{seq}", f"d{seq}")[seq % 3])
        assert got == wanted


@pytest.mark.slow
async def test_killed_at_each_failpoint_it_answers_each_message_once_in_order(
    any_stack: Stack,
) -> None:
    write_plugin(any_stack.folder / "plugins", "dice", DICE)
    worker = any_stack.worker(plugins=str(any_stack.folder / "plugins"))
    rounds = 6 * len(FAILPOINTS)
    said = _said(rounds)
    for n, name in enumerate(FAILPOINTS):
        worker.start(
            HONGYAN_FAILPOINT=f"worker.{name}",
            HONGYAN_FAILPOINT_FLAG=str(any_stack.folder / f"died-{name}"),
        )
        slice_ = said[n * 6 * CHATS : (n + 1) * 6 * CHATS]
        await any_stack.produce(record(message(t, chat=c, seq=s)) for t, c, s in slice_)
        assert await worker.ended(30) == -9, worker.tail()
        assert (any_stack.folder / f"died-{name}").exists()
    worker.start()
    actions = await any_stack.wait_for_actions(
        lambda found: len({a.action_id for a in found}) >= len(said)
    )
    assert await worker.stop() == 0
    _one_text_each(actions)
    _in_order(actions, rounds)


@pytest.mark.slow
async def test_a_counter_over_a_thousand_events_and_five_kills_says_a_thousand(
    stack: Stack,
) -> None:
    chance = random.Random(20261125)
    worker = stack.worker()
    producing = asyncio.create_task(
        stack.produce(record(message("/count", chat=f"c{seq % 2}", seq=seq)) for seq in range(2000))
    )
    for _ in range(5):
        worker.start()
        before = len({a.action_id for a in await stack.actions()})
        await stack.wait_for_actions(
            lambda found, least=before: len({a.action_id for a in found}) >= min(2000, least + 100)
        )
        await asyncio.sleep(chance.uniform(0, 0.4))
        worker.kill()
    worker.start()
    await producing
    actions = await stack.wait_for_actions(
        lambda found: len({a.action_id for a in found}) >= 2000, within=30
    )
    await worker.stop()
    _one_text_each(actions)
    for chat in ("c0", "c1"):
        said = texts(action for action in actions if action.chat_id == chat)
        assert said == [str(n + 1) for n in range(1000)]
