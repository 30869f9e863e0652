"""Keeps the plugins as their folders and their owner have them by now, while events go on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from loguru import logger
from prometheus_client import Counter, Gauge
from watchfiles import Change, awatch

from connectors.plugin_controls import ControlRow, PluginControls
from plugins.control import Control
from plugins.library import Library, Loaded
from plugins.life import Life, own_tasks
from plugins.unmet import unmet
from schemas.failure import Retryable
from streams.plugin_report import report
from streams.quarantine import Quarantine
from streams.roster import Roster

POLL_S: Final = 1.0
"""How soon a worker hears of what an owner switched or set."""
_REPORT_S: Final = 10.0
_SCAN_MS: Final = 2_000
_QUIET_MS: Final = 50
_SETTLE_S: Final = 0.05
_MOST_TORN: Final = 20

RELOADS = Counter("hongyan_plugin_reloads", "Times that plugins were read again", ["outcome"])
GENERATION = Gauge("hongyan_plugin_generation", "How often plugins were loaded, of this worker")
PROBLEMS = Gauge("hongyan_plugin_problems", "Plugins and instances that are not as they should be")
LEFT = Gauge(
    "hongyan_plugin_tasks_left", "Tasks of plugins that ended and did not stop", ["plugin"]
)

Alarm = Callable[[str, str, datetime], Awaitable[None]]
"""Tells people that an instance is in quarantine, why, and since when."""


class Reloading:
    """The plugins of one worker: its roster, what is in quarantine, and every change of both.

    What cannot be read stays as it was. Runs in flight end by the code they began with.
    """

    def __init__(
        self,
        library: Library,
        controls: PluginControls,
        *,
        worker: str,
        hot: bool,
        now: Callable[[], datetime],
        alarm: Alarm,
        follow: Callable[[], Awaitable[None]],
    ) -> None:
        """Reads all plugins. `hot`: files are watched; else they are read at the start alone.
        `follow` is called when other instances are in force than before.
        """
        self._follow = follow
        self._library = library
        self._controls = controls
        self._worker = worker
        self._hot = hot
        self._now = now
        self._alarm = alarm
        self._print: Any = library.print()
        self._revision = 0
        self._rows: Sequence[ControlRow] = ()
        self._changed = asyncio.Event()
        self._reported = float("-inf")
        self._lacking: frozenset[str] = frozenset()
        self._endings: set[asyncio.Task[None]] = set()
        self._to_tell: set[str] = set()
        loaded = library.read()
        self.quarantine = Quarantine(time.monotonic, now)
        self.roster = Roster(loaded)
        self._say(loaded, frozenset())

    async def begin(self, patiently: Callable[..., Awaitable[Any]]) -> None:
        """As the owner has it, before the first event; `patiently` waits for the database."""
        if self._hot:
            own_tasks(asyncio.get_running_loop())
        rows = await patiently("the plugins", self._controls.read)
        await self._heard(rows)
        await self._follow()

    async def keep(self) -> None:
        """Follow every change, for ever."""
        async with asyncio.TaskGroup() as group:
            if self._hot:
                group.create_task(self._watch(), name="plugin files")
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._changed.wait()
                await self._look()

    async def _look(self) -> None:
        if self._changed.is_set():
            self._changed.clear()
            await self._reread()
        with suppress(Retryable):  # the database is away: all stays as it was
            await self._store_quarantine()
            await self._heard(await self._controls.read())
            if time.monotonic() - self._reported >= _REPORT_S:
                await self._report()

    async def _reread(self) -> None:
        """Read the files anew, if one is not as it was; what changes meanwhile is read again."""
        torn: set[Life] = set()
        for _ in range(_MOST_TORN):
            before = await asyncio.to_thread(self._library.print)
            if before == self._print:
                break
            loaded = await asyncio.to_thread(self._library.read, self._control())
            if before == await asyncio.to_thread(self._library.print):
                self._print = before
                await self._swap(loaded)
                break
            torn |= loaded.lives
            await asyncio.sleep(_SETTLE_S)
        else:
            logger.warning("a plugin's files change without end: they are read again later")
        for life in torn - self._library.lives - self.roster.loaded.lives:
            life.let_go()  # it never ran

    async def _heard(self, rows: Sequence[ControlRow]) -> None:
        revision = max((row.revision for row in rows), default=0)
        if revision == self._revision and rows == self._rows:
            return
        before = self._control()
        self._rows, self._revision = rows, revision
        held = {row.instance: row.quarantined_for or "" for row in rows if row.quarantined_at}
        self.quarantine.become(held)
        if self._control() != before:
            loaded = await asyncio.to_thread(self._library.read, self._control(), files=False)
            await self._swap(loaded)
        self._reported = float("-inf")

    def _control(self) -> Mapping[str, Control]:
        return {
            row.instance: Control(enabled=row.enabled, config=row.config)
            for row in self._rows
            if row.enabled is not None or row.config
        }

    async def _swap(self, loaded: Loaded) -> None:
        """From the next event on."""
        known = frozenset(map(str, self.roster.loaded.problems))
        for life in self.roster.swap(loaded):
            task = asyncio.create_task(self._end(life), name=f"end of {life.name}")
            self._endings.add(task)
            task.add_done_callback(self._endings.discard)
        self._say(loaded, known)
        self._reported = float("-inf")
        await self._follow()

    async def _end(self, life: Life) -> None:
        for task in await life.end():
            label = LEFT.labels(plugin=life.name)
            label.inc()
            task.add_done_callback(lambda _, label=label: label.dec())  # type: ignore[misc]
            logger.error("{} was reloaded, but {} of it does not stop", life.name, task.get_name())

    def _say(self, loaded: Loaded, known: frozenset[str]) -> None:
        first = self.roster.number == 1
        for problem in loaded.problems:
            if str(problem) not in known:
                what = "a plugin is left out" if first else "a change is not taken, all stays"
                logger.error("{}: {}", what, problem)
        fresh = [problem for problem in loaded.problems if str(problem) not in known]
        if not first:
            RELOADS.labels("failed" if fresh else "done").inc()
        GENERATION.set(self.roster.number)
        PROBLEMS.set(len(loaded.problems))
        names = ", ".join(f"{one.name} {one.plugin.manifest.version}" for one in loaded.instances)
        logger.info("plugins, generation {}: {}", self.roster.number, names)
        lacking = [line for one in loaded.instances for line in unmet(one)]
        for line in lacking:
            if line not in self._lacking:
                logger.warning("{}", line)
        self._lacking = frozenset(lacking)

    async def _store_quarantine(self) -> None:
        """Of two workers that find it, one tells people, whatever is away meanwhile."""
        fresh = self.quarantine.fresh
        while fresh:
            name, why, at = fresh[0]
            if await self._controls.quarantine(name, why, self._worker, at):
                self._to_tell.add(name)
            if name in self._to_tell:
                await self._alarm(name, why, at)
            self._to_tell.discard(name)
            fresh.popleft()

    async def _report(self) -> None:
        body = report(self.roster, self.quarantine.held, self._library.folders)
        await self._controls.report(self._worker, self._revision, body)
        self._reported = time.monotonic()

    async def _watch(self) -> None:
        """Notice changes; where the system does not tell of them, within two seconds."""
        while True:
            homes = self._homes()
            try:
                await self._watched(homes)
            # Watches may be used up, or a folder is gone: the files are looked at all the same.
            except (OSError, RuntimeError) as error:
                logger.warning("changes of plugins are noticed late: {}", error)
                self._changed.set()
                await asyncio.sleep(_SCAN_MS / 1000)

    async def _watched(self, homes: list[Path]) -> None:
        """Until there are other folders to watch.

        Raises:
            OSError: a folder went away, or the system has no watch left.
            RuntimeError: watchfiles' own.

        """
        async for _ in awatch(
            *homes,
            watch_filter=_matters,
            debounce=_SCAN_MS,
            step=_QUIET_MS,
            rust_timeout=_SCAN_MS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        ):
            self._changed.set()
            if homes != self._homes():
                return

    def _homes(self) -> list[Path]:
        return [home for home in self._library.watched if home.is_dir()]


def _matters(_change: Change, path: str) -> bool:
    return "__pycache__" not in path
