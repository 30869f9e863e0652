"""Reloading beside a running loop, with no broker and no database."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from connectors.ending import end
from connectors.plugin_controls import PluginControls
from plugins.control import Control
from plugins.library import Library, Loaded
from plugins.loader import PRIVATE
from streams.reloading import Reloading
from tests.fakes.plugin_folder import write_plugin
from tests.fixtures.waiting import until

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOURCE = "from plugins import on_command\n@on_command('x{}')\nasync def f(ctx): yield None\n"


class _Controls:
    async def read(self) -> list[Any]:
        return []

    async def report(self, *_: Any) -> None:
        return None


class _Restless(Library):
    """Its files change once more while they are read."""

    touched: Path | None = None

    def read(self, controls: Mapping[str, Control] | None = None, *, files: bool = True) -> Loaded:
        found = super().read(controls, files=files)
        if self.touched is not None:
            self.touched.write_text(SOURCE.format("last"))
            self.touched = None
        return found


async def _nothing(*_: Any) -> None:
    return None


@asynccontextmanager
async def _reloading(library: Library) -> AsyncIterator[Reloading]:
    made = Reloading(
        library,
        cast("PluginControls", _Controls()),
        worker="worker-0",
        hot=True,
        now=lambda: NOON,
        alarm=_nothing,
        follow=_nothing,
    )
    await made.begin(lambda _, call: call())
    keeping = asyncio.create_task(made.keep())
    yield made
    await end({keeping})


def _command(reloading: Reloading) -> str:
    return str(reloading.roster.instances[0].plugin.handlers[0].trigger)


async def test_what_changes_while_it_is_read_is_read_again_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    file = write_plugin(tmp_path, "one", SOURCE.format(1)) / "__init__.py"
    library = _Restless([tmp_path], bundled=False)
    async with _reloading(library) as reloading:
        known = {name for name in sys.modules if name.startswith(PRIVATE)}
        library.touched = file
        file.write_text(SOURCE.format(2))
        await until(lambda: "xlast" in _command(reloading), limit_s=10)
        await until(lambda: not reloading._endings)
        now = {name for name in sys.modules if name.startswith(PRIVATE)}
        assert len(now) == len(known)


async def test_new_folders_and_plugins_are_noticed_and_a_folder_that_goes_changes_nothing(
    tmp_path: Path,
) -> None:
    home = tmp_path / "plugins"
    async with _reloading(Library([home], bundled=False)) as reloading:
        assert reloading.roster.instances == ()
        write_plugin(home, "one", SOURCE.format(1))
        await until(lambda: bool(reloading.roster.instances), limit_s=10)
        number = reloading.roster.number
        home.rename(tmp_path / "elsewhere")
        await until(lambda: reloading.roster.number > number, limit_s=10)
        assert "there is no such folder" in str(reloading.roster.loaded.problems[0])
        assert "x1" in _command(reloading)
