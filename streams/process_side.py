"""A plugin's own process: it runs what the worker says, and asks it for everything outside.

`python -m streams.process_side FD`, started by the worker alone; it ends with it.
"""

import asyncio
import ctypes
import itertools
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Final

from loguru import logger
from pydantic import ValidationError

from plugins.context import Context, Outside
from plugins.draft import Draft
from plugins.journal import Journal
from plugins.loader import load_plugin
from plugins.manifest import PluginProblem
from plugins.plugin import Instance, Match, Plugin
from plugins.scheduling import Agenda
from plugins.shared import SharedDraft
from plugins.sources import Sources
from schemas.failure import Bug, Failure, Retryable
from schemas.run import Call
from streams.called_here import CalledHere, sent
from streams.process_frames import (
    ENDS_A_PART,
    LENGTH,
    SOURCE,
    UNFIT,
    Answered,
    Asked,
    Begin,
    CalledBack,
    Cancel,
    Dropped,
    Ended,
    Heard,
    Part,
    Said,
    Told,
    names,
    packed,
    read,
    unpacked,
    written,
)
from streams.run import collect, decided, log_of

_DIE_WITH_PARENT: Final = 1  # prctl's PR_SET_PDEATHSIG


class _Side:
    """The line to the worker, and the run that it is for now."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._begins: SimpleQueue[Begin] = SimpleQueue()
        self._run: _Run | None = None
        self._plugin: Plugin | None = None
        self.numbers = itertools.count(1)

    def send(self, frame: object) -> None:
        """Say it to the worker.

        Raises:
            Exception: whatever pickle raises over what cannot travel.

        """
        body = written(frame)
        with self._lock:
            self._line.sendall(body)

    def listen(self) -> None:
        """Until the worker is gone: then so is this process, whatever its plugin does."""
        with suppress(OSError), self._line.makefile("rb") as bytes_in:
            while len(length := bytes_in.read(LENGTH.size)) == LENGTH.size:
                frame = read(bytes_in.read(LENGTH.unpack(length)[0]))
                if isinstance(frame, Begin):
                    self._begins.put(frame)
                elif self._run is not None:
                    self._run.hear(frame)
        os._exit(0)

    def work(self) -> None:
        """One run after another."""
        while True:
            begin = self._begins.get()
            try:
                ended = self._ran(begin, self._loaded(begin))
            except Failure as failure:
                ended = Ended(begin.number, raised=packed(failure))
            self._run = None
            try:
                self.send(ended)
            except UNFIT as error:
                bug = Bug(f"what {begin.instance} made cannot leave its process: {error}")
                self.send(Ended(begin.number, raised=packed(bug)))

    def _loaded(self, begin: Begin) -> Plugin:
        if self._plugin is None:
            try:
                self._plugin = load_plugin(begin.folder)
            except PluginProblem as problem:
                raise Retryable(f"it cannot be loaded in its process: {problem}") from problem
        known = names(self._plugin)
        if known != begin.known:
            raise Retryable(
                f"{begin.folder} is not what the worker loaded: {known} instead of {begin.known}"
            )
        return self._plugin

    def _ran(self, begin: Begin, plugin: Plugin) -> Ended:
        with asyncio.Runner() as runner:
            run = _Run(self, begin, plugin, runner.get_loop())
            self._run = run
            try:
                raised = runner.run(run.main())
            except (SystemExit, KeyboardInterrupt) as error:  # which asyncio keeps in no task
                raised = error
        return run.ended(raised)


class _Run:
    """One run."""

    def __init__(
        self, side: _Side, begin: Begin, plugin: Plugin, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._side = side
        self._begin = begin
        self._plugin = plugin
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self._drafts: list[Draft] = []
        self._journal = Journal()
        self._known: list[Call] = []
        self._waiting: dict[int, asyncio.Future[Answered]] = {}
        self._backs: dict[int, CalledHere] = {}
        self._shared = SharedDraft()
        self._agenda = Agenda()
        self._ctx = self._context()

    async def main(self) -> BaseException | None:
        """What the run raised."""
        self._task = asyncio.create_task(self._work(), name=f"plugin {self._begin.instance}")
        if self._over:
            self._task.cancel()
        await asyncio.wait({self._task})
        cancelled = self._task.cancelled()
        return asyncio.CancelledError() if cancelled else self._task.exception()

    async def _work(self) -> None:
        handlers = self._plugin.handlers
        calls = tuple((handlers[place], arguments) for place, arguments in self._begin.calls)
        begin = self._begin
        match = Match(Instance(begin.instance, self._plugin, limits=begin.limits), calls)
        await collect(match, self._ctx, self._drafts)

    def ended(self, raised: BaseException | None) -> Ended:
        """What the worker is told of its end."""
        end = Ended(self._begin.number, self._told(), self._part())
        if self._ctx.suspended:
            return replace(end, suspended=True)
        if isinstance(raised, asyncio.CancelledError) and self._over:
            return replace(end, cancelled=True)
        if raised is None:
            return end
        failure = decided(self._begin.instance, raised, datetime.now(UTC))
        if failure is not raised:
            failure.__cause__ = raised.__cause__ or raised
        return replace(end, raised=packed(failure))

    def hear(self, frame: object) -> None:
        """From the listening thread."""
        with suppress(RuntimeError):  # the loop is closed: the run is over
            self._loop.call_soon_threadsafe(self._heard, frame)

    def _heard(self, frame: object) -> None:
        if isinstance(frame, Answered):
            waiting = self._waiting.get(frame.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
        elif isinstance(frame, CalledBack):
            if (back := self._backs.get(frame.number)) is not None:
                back.begin(self._loop)
        elif isinstance(frame, Cancel) and frame.number == self._begin.number:
            self._over = True
            if self._task is not None:
                self._task.cancel()

    def _context(self) -> Context:
        begin = self._begin
        settings = begin.config
        if self._plugin.config is not None:
            try:
                settings = self._plugin.config.model_validate(settings)
            except ValidationError as error:
                what = "its Config does not accept its own dump, by which it goes to its process"
                raise Bug(f"{begin.instance}: {what}: {error}") from error
        event = begin.slots["event"]
        log = log_of(begin.instance, event.event_id)
        ctx = Context(
            event, log, state=begin.state, config=settings, outside=self._outside(begin.outside)
        )
        for name, value in begin.slots.items():
            setattr(ctx, name, value)
        return ctx

    def _outside(self, told: Any) -> Outside | None:
        if told is None:
            return None
        self._journal = _Journal.going_on(told["journal"], self._tell)
        reached = {name: self._carried(name) for name in self._begin.carried}
        shared = told["shared"]
        if "read" in reached:
            shared = replace(shared, read=reached.pop("read"))
        self._shared = shared
        self._agenda = told["agenda"]
        sources = Sources.named(lambda name: self._carried(SOURCE + name))
        own = {"journal": self._journal, "shared": shared, "sources": sources}
        return Outside(**{**told, **reached, **own})

    def _carried(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def there(*arguments: Any) -> Any:
            return await self._asked(name, arguments)

        return there

    async def _asked(self, name: str, arguments: tuple[Any, ...]) -> Any:
        number = next(self._side.numbers)
        answer = self._waiting[number] = self._loop.create_future()
        backs = {
            next(self._side.numbers): CalledHere(self._side.send, value)
            for value in arguments
            if callable(value)
        }
        for own, back in backs.items():
            back.number = own
        self._backs |= backs
        part = self._part() if name in ENDS_A_PART else None
        given = tuple(sent(value, backs) for value in arguments)
        self._side.send(Asked(number, name, given, self._told(), part))
        try:
            told = await answer
        except asyncio.CancelledError:
            self._side.send(Dropped(number))
            raise
        finally:
            del self._waiting[number]
            for own in backs:
                del self._backs[own]
        for back in backs.values():
            if back.ran:
                return back.given(told.raised)
        if told.raised is not None:
            raise unpacked(told.raised)
        if told.settled and part is not None:
            self._settled(part, told)
        return told.result

    def _settled(self, part: Part, told: Answered) -> None:
        """A part is stored: go on behind it, as the worker does."""
        del self._drafts[: len(part.drafts)]
        self._shared.settle()
        self._agenda.settle()
        state = self._begin.state
        if state is not None and told.state is not None and told.state != part.state:
            state.become(told.state, touched=state.touched)

    def _tell(self) -> None:
        self._side.send(Heard(self._told()))

    def _told(self) -> Told:
        """The calls that are not known to the worker yet, or not as they are now."""
        calls = self._journal.calls
        known = self._known
        fresh = {
            place: call
            for place, call in enumerate(calls)
            if place >= len(known) or known[place] is not call
        }
        self._known = list(calls)
        return Told(fresh, self._journal.asked, tuple(self._journal.denied))

    def _part(self) -> Part:
        state = self._begin.state
        return Part(
            tuple(self._drafts),
            None if state is None else dict(state),
            touched=state is not None and state.touched,
            versions=dict(self._shared.versions),
            writes=dict(self._shared.writes),
            changes=tuple(self._agenda.changes),
            made=self._agenda.made,
        )


class _Journal(Journal):
    """A journal that tells of each answer at once."""

    @classmethod
    def going_on(cls, journal: Journal, tell: Callable[[], None]) -> "_Journal":
        """The same journal."""
        made = cls()
        made.__dict__.update(vars(journal))
        made.tell = tell
        return made

    tell: Callable[[], None]

    def _put(self, place: int, **heard: Any) -> None:
        super()._put(place, **heard)
        self.tell()


def main() -> None:
    """Run for the worker that holds the other end of the descriptor."""
    for name in (signal.SIGINT, signal.SIGTERM):  # the worker decides when runs end
        signal.signal(name, signal.SIG_IGN)
    if sys.platform == "linux":  # also where the plugin holds Python's lock for ever
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    side = _Side(socket.socket(fileno=int(sys.argv[1])))

    def say(message: Any) -> None:
        side.send(Said(message.record["level"].name, str(message.record["message"])))

    logger.remove()
    logger.add(say, level="DEBUG")
    threading.Thread(target=side.listen, name="line", daemon=True).start()
    side.work()


if __name__ == "__main__":
    main()
