"""Processes for plugins that block or burn: a run over its time is killed, and nothing else.

A process serves one instance, run after run, and asks the worker for everything outside. It starts
at the first run that finds none free, and ends after a minute without any.
"""

import asyncio
import itertools
import os
from typing import Final

from plugins.context import Context
from plugins.draft import Draft
from plugins.handler import Misjudged
from plugins.plugin import Instance, Match
from streams.plugin_process import PluginProcess
from streams.process_run import ProcessRun

MOST: Final = max(1, min(4, os.cpu_count() or 1))  # processes of one plugin instance
_GRACE_S: Final = 1.0
_IDLE_S: Final = 60.0


class ProcessLane:
    """Runs plugins in processes of their own, so many of each instance at once."""

    def __init__(
        self, most: int = MOST, grace_s: float = _GRACE_S, idle_s: float = _IDLE_S
    ) -> None:
        """`grace_s`: what a cancelled run gets to end by itself; `idle_s`: what a process lives
        without a run.
        """
        self._most = most
        self._grace_s = grace_s
        self._idle_s = idle_s
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._free: dict[str, list[PluginProcess]] = {}
        self._numbers = itertools.count(1)

    async def run(self, match: Match, ctx: Context, drafts: list[Draft]) -> None:
        """The matched handlers in a process; what they yield is in `drafts` then.

        Raises:
            Retryable: the process ended under the run.
            BaseException: what the run raised, as a decision.

        """
        for _, arguments in match.calls:
            if arguments and isinstance(arguments[0], Misjudged):
                raise arguments[0].error  # it was raised here, and stays here
        instance = match.instance
        slots = self._slots.setdefault(instance.name, asyncio.Semaphore(self._most))
        async with slots:
            process = await self._taken(instance)
            run = ProcessRun(next(self._numbers), process, match, ctx, drafts)
            try:
                await run.ended(self._grace_s)
            finally:
                if not run.settled:
                    process.end()
                self._give_back(instance, process)

    def close(self) -> None:
        """End all that is free; a run that still goes on ends its own."""
        for free in self._free.values():
            while free:
                free.pop().end()

    async def _taken(self, instance: Instance) -> PluginProcess:
        free = self._free.setdefault(instance.name, [])
        while free:
            process = free.pop()
            if process.plugin is instance.plugin and process.alive:
                process.rests(None)
                return process
            process.end()  # of another version of the plugin, or gone
        return await PluginProcess.started(instance)

    def _give_back(self, instance: Instance, process: PluginProcess) -> None:
        if not process.alive:
            process.end()
            return
        free = self._free[instance.name]
        free.append(process)

        def retire() -> None:
            if process in free:
                free.remove(process)
                process.end()

        process.rests(asyncio.get_running_loop().call_later(self._idle_s, retire))
