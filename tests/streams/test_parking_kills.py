"""Workers killed while chats wait: each event comes to its end, in order, answered once."""

import asyncio
import time
from collections.abc import Callable

import pytest

from schemas.envelope import header
from schemas.topics import DUE
from tests.fakes.failing_plugin import FailingPlugin
from tests.fakes.stack import Stack, texts
from tests.fakes.worker_process import WorkerProcess
from tests.fixtures.live_server import LivePostgres
from tests.streams.test_parking import _say, hastening

pytestmark = pytest.mark.slow

CHATS = ("c0", "c1", "c2")
PLACES = ("closed", "sent", "lined_up", "waiting", "advanced", "buried")


async def _till(ask: Callable[[], bool], worker: WorkerProcess, within: float = 25) -> None:
    """Until it is so, with the worker started again whenever it has died."""
    deadline = time.monotonic() + within
    while not ask():
        if worker.exit_code is not None:
            worker.start()
        assert time.monotonic() < deadline, worker.tail()
        await asyncio.sleep(0.1)


async def _story(stack: Stack, plugin: FailingPlugin, worker: WorkerProcess) -> None:
    """A first event fails in each chat and more come; it fails again; then one is given up, the
    others go well.
    """
    plugin.wrong(**{f"bad-{chat}": "away" for chat in CHATS})
    for chat in CHATS:
        await _say(stack, chat, f"/work bad-{chat}", f"/work two-{chat}", f"/work three-{chat}")
    await _till(lambda: all(f"bad-{chat}" in plugin.runs for chat in CHATS), worker)
    async with hastening(stack):
        await _till(lambda: all(plugin.runs.count(f"bad-{chat}") > 6 for chat in CHATS), worker)
        plugin.wrong(**{"bad-c0": "never"})
        await _till(lambda: all(f"three-{chat}" in plugin.runs for chat in CHATS), worker)
        for chat in CHATS:
            await _say(stack, chat, f"/echo end-{chat}", first=9)
        keeper = asyncio.create_task(_kept(worker))
        await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 11, 30)
        await stack.wait_for_records(stack.dlq, 1)
        keeper.cancel()


async def _kept(worker: WorkerProcess) -> None:
    while True:
        if worker.exit_code is not None:
            worker.start()
        await asyncio.sleep(0.2)


async def _ended_well(stack: Stack) -> None:
    actions = [a for a in await stack.actions() if a.instance == "work"]
    for chat in CHATS:
        wanted = [f"{word}-{chat}" for word in ("bad", "two", "three")]
        own = texts(action for action in actions if action.chat_id == chat)
        assert own == (wanted[1:] if chat == "c0" else wanted)
    dead = {header(r.headers, "ce_id") for r in await stack.read(stack.dlq)}
    assert len(dead) == 1


@pytest.mark.parametrize("place", PLACES)
async def test_killed_while_chats_wait_it_goes_on_where_it_was(stack: Stack, place: str) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    flag = stack.folder / "died"
    worker = stack.worker(
        plugins=str(stack.folder / "p"), failpoint=f"parking.{place}", failpoint_flag=str(flag)
    )
    worker.start()
    await _story(stack, plugin, worker)
    assert flag.exists(), "it never came to that place"
    await _ended_well(stack)
    assert await worker.stop() == 0


@pytest.mark.parametrize("leaves", ["the first, killed", "the second, in order"])
async def test_a_second_worker_joins_in_the_middle_and_one_leaves(
    stack: Stack, leaves: str
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    first = stack.worker("worker-0", plugins=str(stack.folder / "p"))
    second = stack.worker("worker-1", plugins=str(stack.folder / "p"))
    plugin.wrong(**{f"bad-{chat}": "away" for chat in CHATS})
    first.start()
    for chat in CHATS:
        await _say(stack, chat, f"/work bad-{chat}", *(f"/work {n}-{chat}" for n in range(30)))
    await _till(lambda: all(f"bad-{chat}" in plugin.runs for chat in CHATS), first)
    async with hastening(stack):
        second.start()
        async with asyncio.timeout(20):
            while "the worker consumes" not in second.tail():  # noqa: ASYNC110  # a process
                await asyncio.sleep(0.1)
        plugin.wrong()
        await asyncio.sleep(0.3)
        if leaves == "the first, killed":
            first.kill()
            first, second = second, first
        else:
            assert await second.stop() == 0
        await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 93, 40)
    actions = await stack.actions()
    for chat in CHATS:
        own = texts(action for action in actions if action.chat_id == chat)
        assert own == [f"bad-{chat}", *(f"{n}-{chat}" for n in range(30))]
    assert await stack.read(stack.dlq) == []
    assert await stack.read(DUE.name(stack.prefix))
    assert await first.stop() == 0


async def test_a_database_that_goes_away_while_chats_wait_holds_them_and_loses_nothing(
    stack: Stack, postgres: LivePostgres
) -> None:
    plugin = FailingPlugin(stack.folder / "p")
    worker = stack.worker(plugins=str(stack.folder / "p"))
    worker.start()
    plugin.wrong(**{f"bad-{chat}": "away" for chat in CHATS})
    for chat in CHATS:
        await _say(stack, chat, f"/work bad-{chat}", f"/work two-{chat}")
    await _till(lambda: all(f"bad-{chat}" in plugin.runs for chat in CHATS), worker)
    await asyncio.to_thread(postgres.kill)
    try:
        async with hastening(stack):
            await asyncio.sleep(1)
    finally:
        await asyncio.to_thread(postgres.start)
    plugin.wrong()
    async with hastening(stack):
        await stack.wait_for_actions(lambda found: len({a.action_id for a in found}) >= 6, 40)
    actions = await stack.actions()
    for chat in CHATS:
        own = texts(action for action in actions if action.chat_id == chat)
        assert own == [f"bad-{chat}", f"two-{chat}"]
    assert worker.exit_code is None
    assert await worker.stop() == 0
