"""One run in a plugin's process, seen from the worker, which carries out what it asks for."""

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, Final, cast

from loguru import logger
from prometheus_client import Counter

from plugins.context import Context, Outside
from plugins.draft import Draft
from plugins.http import HttpRequest
from plugins.plugin import Match
from schemas.failure import Bug, Retryable
from streams.lanes import hand_back, is_handed_back
from streams.plugin_process import PluginProcess
from streams.process_frames import (
    ENDS_A_PART,
    SOURCE,
    UNFIT,
    Answered,
    Asked,
    Back,
    Begin,
    CalledBack,
    Cancel,
    Dropped,
    Ended,
    Heard,
    Part,
    Returned,
    Said,
    Told,
    carried,
    names,
    packed,
    plain,
    unpacked,
)

_STAYS: Final = frozenset({"_config", "_log", "_outside", "_random", "_state"})
"""What of a context is made anew in the process."""

KILLED = Counter(
    "hongyan_processes_killed", "Plugins' processes killed over a run's time", ["instance"]
)


class ProcessRun:
    """A run; `settled` says whether its process is fit for another one then."""

    def __init__(
        self, number: int, process: PluginProcess, match: Match, ctx: Context, drafts: list[Draft]
    ) -> None:
        self._number = number
        self._process = process
        self._match = match
        self._ctx = ctx
        self._drafts = drafts
        self._slots = {name: getattr(ctx, name) for name in Context.__slots__}
        self._asks: dict[int, asyncio.Task[Any]] = {}
        self._backs: dict[int, asyncio.Future[Returned]] = {}
        self._denied = 0
        self.settled = False

    @property
    def _outside(self) -> Outside | None:
        return cast("Outside | None", self._slots["_outside"])

    async def ended(self, grace_s: float) -> None:
        """Begin it and wait for its end.

        Raises:
            Bug: something that the plugin was told, or tells, cannot travel.
            Retryable: the process ended under it.
            BaseException: what the run raised.

        """
        name = self._match.instance.name
        try:
            self._process.send(self._begin())
        except UNFIT as error:
            raise Bug(f"{name} cannot be told to its process: {error}") from error
        talk = asyncio.create_task(self._talk(), name=f"process of {name}")
        try:
            end = await asyncio.shield(talk)
        except asyncio.CancelledError:
            await self._stop(talk, grace_s)
            raise
        except EOFError as error:
            how = await self._process.last_words()
            raise Retryable(f"the process of {name} ended under its run: {how}") from error
        finally:
            self._drop_asks()
        self._come_to_its_end(end)

    def _come_to_its_end(self, end: Ended) -> None:
        self.settled = True
        self._note(end.told)
        if end.part is not None:
            self._take(end.part)
        if end.suspended:
            self._ctx.suspended = True
        elif end.cancelled:
            raise asyncio.CancelledError
        elif end.raised is not None:
            raise unpacked(end.raised)

    async def _stop(self, talk: "asyncio.Task[Ended]", grace_s: float) -> None:
        """It is cancelled: what does not end by itself is killed."""
        self._drop_asks()
        try:
            self._process.send(Cancel(self._number))
            await asyncio.wait({talk}, timeout=grace_s)
        finally:
            if talk.done() and not talk.cancelled() and talk.exception() is None:
                self.settled = True
                self._note(talk.result().told)
            else:
                talk.cancel()
                self._process.end()
                KILLED.labels(instance=self._match.instance.name).inc()
                logger.error("{} does not stop: its process is killed", self._match.instance.name)

    def _drop_asks(self) -> None:
        """Nothing that it asked for is done after it."""
        lane = asyncio.current_task()
        for task in self._asks.values():
            if lane is not None and is_handed_back(lane):
                hand_back(task)
            else:
                task.cancel()

    def _begin(self) -> Begin:
        plugin, instance = self._match.instance.plugin, self._match.instance
        folder = plugin.folder
        if folder is None:
            raise Bug(f"{instance.name} was not loaded from a folder: it has no process")
        outside = self._outside
        told: dict[str, Any] | None = None
        reached = carried(outside) if outside is not None else ()
        if outside is not None:
            told = {f.name: getattr(outside, f.name) for f in fields(outside)}
            told |= dict.fromkeys(set(reached) - {"read"})
            told |= {"shared": replace(outside.shared, read=None), "sources": None}
        return Begin(
            self._number,
            folder,
            instance.name,
            names(plugin),
            tuple((plugin.handlers.index(one), given) for one, given in self._match.calls),
            plain(instance.config),
            {name: value for name, value in self._slots.items() if name not in _STAYS},
            self._slots["_state"],
            told,
            reached,
            instance.limits,
        )

    async def _talk(self) -> Ended:
        while True:
            try:
                frame = await self._process.read()
            except EOFError:
                raise
            # A pickle of what exists over there alone may raise anything.
            except (AttributeError, ImportError, pickle.UnpicklingError, TypeError) as error:
                self._process.end()
                name = self._match.instance.name
                raise Bug(f"what {name} gives cannot leave its process: {error}") from error
            if isinstance(frame, Ended):
                if frame.number == self._number:
                    return frame
            else:
                self._heard(frame)

    def _heard(self, frame: object) -> None:
        if isinstance(frame, Asked):
            task = asyncio.create_task(self._carry_out(frame), name="asked by a process")
            self._asks[frame.number] = task
            task.add_done_callback(partial(self._answer, frame))
        elif isinstance(frame, Dropped):
            if (asked := self._asks.get(frame.number)) is not None:
                asked.cancel()
        elif isinstance(frame, Returned):
            back = self._backs.pop(frame.number, None)
            if back is not None and not back.done():
                back.set_result(frame)
        elif isinstance(frame, Heard):
            self._note(frame.told)
        elif isinstance(frame, Said):
            self._ctx.log.log(frame.level, "{}", frame.text)

    async def _carry_out(self, asked: Asked) -> Any:
        self._note(asked.told)
        if asked.part is not None:
            self._take(asked.part)
        return await self._call(asked.name)(*map(self._argument, asked.arguments))

    def _answer(self, asked: Asked, task: "asyncio.Task[Any]") -> None:
        """Whatever it raised, the plugin hears it as if it ran here."""
        self._asks.pop(asked.number, None)
        raised = asyncio.CancelledError() if task.cancelled() else task.exception()
        if raised is not None:
            self._process.send(Answered(asked.number, raised=packed(raised)))
            return
        ends = asked.name in ENDS_A_PART
        state = self._slots["_state"] if ends else None
        told = dict(state) if state is not None else None
        self._process.send(Answered(asked.number, task.result(), None, told, ends))

    def _call(self, name: str) -> Callable[..., Awaitable[Any]]:
        outside = self._outside
        assert outside is not None  # noqa: S101  # a pure run asks for nothing
        if name.startswith(SOURCE):
            found = getattr(outside.sources, name.removeprefix(SOURCE))
        else:
            found = outside.shared.read if name == "read" else getattr(outside, name)
        return cast("Callable[..., Awaitable[Any]]", found)

    def _argument(self, value: Any) -> Any:
        if isinstance(value, Back):
            return self._called_back(value)
        if isinstance(value, HttpRequest):  # a redirect is asked about where it is followed
            return replace(value, passes=self._passes)
        return value

    def _passes(self, url: str) -> None:
        self._ctx.require(lambda warrant: warrant.may_ask(url))

    def _called_back(self, back: Back) -> Callable[[], Awaitable[None]]:
        async def call() -> None:
            answer = asyncio.get_running_loop().create_future()
            self._backs[back.number] = answer
            self._process.send(CalledBack(back.number))
            returned: Returned = await answer
            if returned.raised is not None:
                raise unpacked(returned.raised)

        return call

    def _note(self, told: Told) -> None:
        outside = self._outside
        if outside is None:
            return
        outside.journal.hear(told.calls, told.asked)
        outside.journal.denied += told.denied[self._denied :]
        self._denied = len(told.denied)

    def _take(self, part: Part) -> None:
        """What it yielded and wrote is what this run has."""
        self._drafts[:] = part.drafts
        state, outside = self._slots["_state"], self._outside
        if state is not None and part.state is not None:
            state.become(part.state, touched=part.touched)
        if outside is not None:
            outside.shared.versions = dict(part.versions)
            outside.shared.writes = dict(part.writes)
            outside.agenda.changes, outside.agenda.made = list(part.changes), part.made
