"""One run of an instance on one event in a made-up world; it may wait for a person in between."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import aclosing
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import orjson
from loguru import logger

from plugins.answer import Ended, told
from plugins.chat_state import ChatState
from plugins.classification import classified
from plugins.context import Asking, Context, Outside, Suspended
from plugins.draft import Draft
from plugins.http import Fetch
from plugins.journal import Journal
from plugins.kit.clockwork import Clockwork
from plugins.plugin import Match
from plugins.scheduling import Agenda
from plugins.shared import SharedDraft
from plugins.sources import NOWHERE, Sources
from schemas.content import Recalled, SystemLine, Text
from schemas.event import Event, MessageReceived
from schemas.failure import Bug, Failure, Retryable
from schemas.identity import turn_id
from schemas.run import Call

Memory = tuple[dict[tuple[str, str], dict[str, Any]], dict[str, dict[str, tuple[int, Any]]]]


@dataclass
class World:
    """What lasts between runs: memories by instance and chat, and shared values by instance."""

    fetch: Fetch
    states: dict[tuple[str, str], dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    shared: dict[str, dict[str, tuple[int, Any]]] = field(default_factory=lambda: defaultdict(dict))
    clockwork: Clockwork = field(default_factory=Clockwork)
    sources: Sources = NOWHERE
    journal: Callable[[list[Call], int], Journal] = lambda told, settled: Journal(
        told, settled=settled
    )

    def memory(self) -> "Memory":
        """What is remembered now."""
        return deepcopy((dict(self.states), dict(self.shared)))

    def remember(self, memory: "Memory") -> None:
        """As it was then."""
        states, shared = deepcopy(memory)
        self.states.clear()
        self.states.update(states)
        self.shared.clear()
        self.shared.update(shared)


class Rehearsal:
    """A run. `asking` is the question at which it stands; None: it has ended, or not begun."""

    def __init__(self, match: Match, event: Event, now: datetime, world: World) -> None:
        """Nothing has run yet; `now` is when it starts, and it stays that in all its parts."""
        self._match = match
        self._event = event
        self._now = now
        self._world = world
        self._place = match.instance.name, event.chat_id
        self._began = deepcopy(world.states[self._place])
        self._told: list[Call] = []
        self._settled = 0
        self._parts = 0
        self.asking: Asking | None = None
        self.until = now

    @property
    def name(self) -> str:
        """The instance's."""
        return self._match.instance.name

    @property
    def begun(self) -> bool:
        """Whether something of it is stored: it goes on behind that."""
        return self._parts > 0

    def anew(self) -> "Rehearsal":
        """The same run from its beginning, told what this one heard: nothing of it was stored."""
        again = Rehearsal(self._match, self._event, self._now, self._world)
        again._told = list(self._told)
        return again

    def is_answered_by(self, message: MessageReceived) -> bool:
        """Whether a message is for its question: by that person, or by anybody in private who is
        proven to hold the role that the run needs.
        """
        event, instance = self._event, self._match.instance
        if self.asking is None or message.key != event.key:
            return False
        if isinstance(message.content, SystemLine | Recalled):
            return False
        if not all(instance.permits(handler, message) for handler, _ in self._match.calls):
            return False
        group = isinstance(event, MessageReceived) and event.chat.kind == "group"
        return not group or message.sender == cast("MessageReceived", event).sender

    def hear(self, message: MessageReceived | None) -> None:
        """Its question has ended: by this message, or by nobody's."""
        asking = self.asking
        if asking is None:
            raise ValueError(f"{self.name} asked nothing")
        ended: Ended = "answered" if message is not None else "timeout"
        if message is not None and isinstance(message.content, Text):
            words = {word.casefold() for word in asking.cancel}
            ended = "cancelled" if message.content.text.strip().casefold() in words else ended
        answer = told(ended, None if message is None else message.model_dump(mode="json"))
        heard = self._told[asking.place].model_copy(update={"response": answer, "error": None})
        self._told[asking.place] = heard
        self.asking = None

    async def go(self, now: datetime, answers: list[Draft]) -> None:
        """Run to its end or its next question, adding to `answers`; what was sent stays there.

        Raises:
            Failure: as the worker would decide over it.

        """
        if self._match.instance.plugin.manifest.pure:
            answers += await self._pure()
        else:
            await self._go_on(now, answers)

    async def _go_on(self, now: datetime, answers: list[Draft]) -> None:
        drafts: list[Draft] = []
        self.asking = None
        state, shared = ChatState(self._began), SharedDraft(self._read)
        agenda = Agenda()
        passed = 0

        async def flush() -> None:
            nonlocal passed
            passed += 1
            if passed > self._parts:
                self._store(state, shared)
                self._world.clockwork.take(agenda, self._event, self.name, now)
                answers.extend(self._match.passed(self._event, drafts))
                self._parts, self._settled = passed, len(journal.calls)
            elif passed == self._parts:
                state.go_on(self._world.states[self._place])
            drafts.clear()
            agenda.settle()

        async def asked(asking: Asking, answered: bool) -> None:  # a callback's
            await flush()
            if not answered:
                self.asking, self.until = asking, now + asking.within

        async def checkpoint() -> None:
            """A crash in between cannot happen here."""

        journal = self._world.journal(self._told, self._settled)
        outside = Outside(
            journal,
            self._world.fetch,
            flush,
            checkpoint,
            asked,
            shared,
            agenda=agenda,
            sources=self._world.sources.offering(lambda: self._match.tools(self._event)),
            offers=lambda: self._match.offers(self._event),
        )
        ctx = self._context(state=state, now=self._now, outside=outside)
        await self._listened(journal, ctx, drafts)
        if self.asking is None:
            await flush()

    async def _listened(self, journal: Journal, ctx: Context, drafts: list[Draft]) -> None:
        """Run, and keep what was heard for the next time."""
        try:
            await self._collect(ctx, drafts)
        except Failure:
            self._told = list(journal.kept)
            raise
        self._told = list(journal.calls)

    async def _pure(self) -> list[Draft]:
        runs: tuple[list[Draft], list[Draft]] = [], []
        for drafts in runs:
            await self._collect(self._context(), drafts)
        first, again = runs
        if len(first) > 1 or again != first:
            raise Bug(f"{self.name} says that it is pure, and answers {first}, then {again}")
        return list(self._match.passed(self._event, first))

    def _context(self, **known: Any) -> Context:
        seed = turn_id(self._event.event_id, self.name) if known else None
        instance = self._match.instance
        known |= {"config": instance.config, "warrant": instance.warrant}
        return Context(self._event, lambda: logger, seed=seed, **known)

    async def _collect(self, ctx: Context, drafts: list[Draft]) -> None:
        try:
            for handler, arguments in self._match.calls:
                async with aclosing(cast("Any", handler(ctx, *arguments))) as answers:
                    async for draft in answers:
                        drafts.append(ctx.accepted(draft))  # noqa: PERF401  # `flush` takes them
        except Suspended:
            return
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            raise Retryable(f"{self.name} took too long") from error
        # A plugin may raise anything; the worker decides over it in the same way.
        except (Exception, SystemExit) as error:
            raise classified(self.name, error, self._now) from error

    async def _read(self, name: str) -> tuple[int, Any]:
        return deepcopy(self._world.shared[self.name].get(name, (0, None)))

    def _store(self, state: ChatState, shared: SharedDraft) -> None:
        """Keep what this part wrote, as JSON gives it back."""
        self._world.states[self._place] = orjson.loads(orjson.dumps(dict(state)))
        for name, (version, value) in shared.writes.items():
            self._world.shared[self.name][name] = version + 1, value
        shared.settle()
