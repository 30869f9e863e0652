"""Worlds that test a plugin's promises: each run comes twice, or one call to the outside fails."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from plugins.draft import Draft
from plugins.journal import Journal
from plugins.kit.bot import Bot
from plugins.kit.rehearsal import Rehearsal
from plugins.plugin import Instance
from schemas.failure import DependencyDown, Failure
from schemas.run import Call

Trouble = Literal["fails", "hangs"]


class Twice(Bot):
    """Each run comes a second time, as after a crash before anything of it was stored. Told what
    it heard, it must say the same; `differing` holds a sentence for each that does not.
    """

    def __init__(self, *instances: Instance) -> None:
        """As `Bot`."""
        super().__init__(*instances)
        self.differing: list[str] = []

    async def _one(self, run: Rehearsal, answers: list[Draft]) -> None:
        if run.begun:
            await super()._one(run, answers)
            return
        world, first, second = self._world, list[Draft](), list[Draft]()
        before = world.memory()
        try:
            await super()._one(run, first)
        finally:
            answers += first
        after = world.memory()
        world.remember(before)
        try:
            await super()._one(run.anew(), second)
        except Failure as failure:
            self.differing.append(f"{run.name} said {first}, and failed a second time: {failure}")
        if first != second:
            self.differing.append(f"{run.name} said {first}, and told the same again {second}")
        world.remember(after)


class Disturbed(Bot):
    """The call to the outside number `at` fails or hangs, and its run is tried again at once.

    `calls` counts what was asked; `handled` is whether the plugin went on by itself.
    """

    def __init__(self, *instances: Instance, at: int = -1, trouble: Trouble = "fails") -> None:
        """Nothing happens where `at` is below zero."""
        super().__init__(*instances)
        self.calls = 0
        self.handled = False
        self._at = at
        self._trouble = trouble
        self._world.journal = self._journal

    async def _one(self, run: Rehearsal, answers: list[Draft]) -> None:
        before = self.calls
        try:
            await super()._one(run, answers)
        except Failure:
            if not before <= self._at < self.calls:
                raise
            await super()._one(run, answers)
        else:
            self.handled = self.handled or before <= self._at < self.calls

    def _journal(self, told: list[Call], settled: int) -> Journal:
        return _Troubled(told, settled, self._passing)

    async def _passing(self) -> None:
        """One call goes out; the one that is meant does not arrive."""
        number, self.calls = self.calls, self.calls + 1
        if number != self._at:
            return
        if self._trouble == "fails":
            raise DependencyDown("what it asks is away, as its contract has it")
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine that runs has one
        task.cancel()
        await asyncio.sleep(0)  # the worker's time limit comes here


class _Troubled(Journal):
    def __init__(
        self, told: list[Call], settled: int, passing: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(told, settled=settled)
        self._passing = passing

    async def call(
        self, name: str, request: Any, ask: Callable[[], Awaitable[Any]], *, durable: bool = False
    ) -> Any:
        async def asked() -> Any:
            await self._passing()
            return await ask()

        return await super().call(name, request, asked, durable=durable)
