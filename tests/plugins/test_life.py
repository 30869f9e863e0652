"""A generation of a plugin ends with all that it started, and with nothing else."""

import asyncio
from pathlib import Path
from typing import Any

from plugins.importing import load_plugin
from plugins.life import Life, own_tasks
from plugins.plugin import Plugin
from tests.fakes.plugin_folder import write_plugin

STARTS = """
import asyncio
from plugins import on_command

async def forever():
    await asyncio.get_running_loop().create_future()

async def stubborn():
    while True:
        try:
            await forever()
        except asyncio.CancelledError:
            pass

async def grandparent():
    asyncio.create_task(forever())
    await forever()

@on_command("start")
async def start(ctx):
    ctx.seen.append(asyncio.create_task(ctx.own()))
    yield None
"""


class _World:
    """Stands for a context; `own` makes the coroutine that the plugin starts."""

    def __init__(self, own: Any) -> None:
        self.own = own
        self.seen: list[asyncio.Task[Any]] = []


def _plugin(folder: Path) -> tuple[Plugin, Life, dict[str, Any]]:
    plugin = load_plugin(write_plugin(folder, "starts", STARTS))
    assert plugin.life is not None
    return plugin, plugin.life, plugin.handlers[0].answers.__globals__


async def _start(plugin: Plugin, life: Life, own: Any) -> "asyncio.Task[Any]":
    world = _World(own)
    with life:
        async for _ in plugin.handlers[0].answers(world):
            pass
    await asyncio.sleep(0)
    return world.seen[0]


async def test_what_it_started_is_cancelled_and_what_others_started_is_not(
    tmp_path: Path,
) -> None:
    own_tasks(asyncio.get_running_loop())
    plugin, life, names = _plugin(tmp_path)
    theirs = [
        await _start(plugin, life, names["forever"]),
        await _start(plugin, life, names["grandparent"]),
        await _start(plugin, life, lambda: asyncio.sleep(3600)),
    ]
    ours = asyncio.create_task(asyncio.sleep(3600))
    assert len(life.tasks) == 4
    assert await life.end() == []
    assert all(task.cancelled() for task in theirs)
    assert not ours.done()
    ours.cancel()


async def test_a_run_in_flight_ends_first(tmp_path: Path) -> None:
    _, life, _ = _plugin(tmp_path)
    with life:
        end = asyncio.create_task(life.end())
        for _ in range(3):
            await asyncio.sleep(0)
        assert not end.done()
    assert await end == []
    assert life.runs == 0


async def test_a_task_that_does_not_stop_is_told(tmp_path: Path) -> None:
    own_tasks(asyncio.get_running_loop())
    plugin, life, names = _plugin(tmp_path)
    task = await _start(plugin, life, names["stubborn"])
    assert await life.end(0.05) == [task]
    code = names["stubborn"].__code__
    names["stubborn"].__code__ = names["forever"].__code__  # at its next turn it may end
    assert task.get_coro().cr_code is code  # type: ignore[union-attr]
    task.get_coro().close()  # type: ignore[union-attr]
