"""What a run reads outside, by the owner's grants: models, databases, chats; and what it keeps."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from plugins.database import NAME as DATABASE
from plugins.database import Database
from plugins.grants import Warrant
from plugins.history import NAME as HISTORY
from plugins.history import History, Place
from plugins.llm import NAME as MODEL
from plugins.llm import Llm
from plugins.operating import NAME as OPERATE
from plugins.operating import Operations
from plugins.outside import Outside
from plugins.roles import NOBODY
from plugins.scheduling import Agenda
from plugins.shared import SharedDraft
from plugins.sources import KEEP, MOST_KEPT
from plugins.toolbox import Toolbox
from schemas.content import Media
from schemas.event import Event
from schemas.failure import Bug, Denied

if TYPE_CHECKING:
    from loguru import Logger

    from plugins.plugin import Instance

MAY: Final = "may"
"""How a question to people's roles is named in a run's journal."""


class Reading:
    """The half of a context that reads. All answers are journaled: a retry and a replay are told
    the same.
    """

    __slots__ = ()

    event: Event
    _warrant: Warrant
    _log: "Callable[[], Logger]"
    _now: datetime | None
    _chance: str | None

    if TYPE_CHECKING:  # the other half has these

        async def call(
            self,
            name: str,
            request: Any,
            ask: Callable[[], Awaitable[Any]],
            *,
            durable: bool = False,
            dependency: str | None = None,
        ) -> Any: ...
        def require(self, ask: Callable[[Warrant], Any]) -> Any: ...
        def _needed(self, what: str) -> Outside: ...

    @property
    def llm(self) -> Llm:
        """Language models: `answer = await ctx.llm.chat("…")`.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.llm")
        return Llm(outside.sources.think, self._warrant, self._journaled(MODEL, durable=True))

    @property
    def db(self) -> Database:
        """Databases by the owner's named queries: `await ctx.db.query("orders", day="今天")`.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.db")
        return Database(outside.sources.query, self._warrant, self._journaled(DATABASE))

    @property
    def history(self) -> History:
        """What was said in a chat: `await ctx.history.messages(since=…, until=…)`.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.history")
        event = self.event

        def passes(place: Place) -> None:
            self.require(lambda warrant: warrant.may_read(event, *place))

        here = (event.channel, event.account, event.chat_id)
        return History(here, outside.sources.recall, passes, self._journaled(HISTORY))

    @property
    def operations(self) -> Operations:
        """Hongyan itself, as its owner runs it: `await ctx.operations.status()`.

        Raises:
            Denied: the owner did not grant `operate`.
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.operations")
        self.require(Warrant.may_operate)

        async def journaled(
            request: Any,
            deed: bool,
            ask: Callable[[], Awaitable[Any]],  # a callback's own argument
        ) -> Any:
            return await self.call(OPERATE, request, ask, durable=deed)

        return Operations(outside.sources.operate, journaled)

    @property
    def tools(self) -> Toolbox:
        """What the plugins offer to language models, for the author of this event.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.tools")
        return Toolbox(outside.sources.offered(), self.may, self._lent)

    def may(self, *roles: str) -> bool:
        """Whether the author of the event holds one of these roles, by `roles.toml`. What no person
        caused (a declared schedule, a webhook, the API) is the owner's doing and passes; behind
        what a run planned with `ctx.schedule` may stand anybody: it is a member's.

        Raises:
            PureViolation: the plugin is pure.

        """
        journal, known = self._needed("ctx.may").journal, self._warrant.roles or NOBODY
        answer: bool = journal.note(MAY, list(roles), lambda: known.vouch(self.event, roles))
        return answer

    def _lent(self, instance: "Instance") -> Any:
        """A context for a tool of that instance: its set-up and grants, this run's event, journal
        and time. It has no memory, sends nothing and plans nothing.
        """
        outside = replace(
            self._needed("ctx.tools"),
            flush=_not_in_a_tool,
            asked=_not_in_a_tool,
            shared=SharedDraft(),
            agenda=Agenda(),
        )
        grants = instance.grants.model_copy(update={"schedule": False})
        made = cast("Any", type(self))
        return made(
            self.event,
            self._log,
            now=self._now,
            seed=f"{self._chance}/{instance.name}",
            outside=outside,
            config=instance.config,
            warrant=replace(instance.warrant, grants=grants),
        )

    async def keep(self, data: bytes, *, mime: str, name: str | None = None) -> Media:
        """Store a blob that was made here, to be sent: `Image(media=await ctx.keep(png, mime=…))`.

        Raises:
            Bug: it is empty, or over 20 MiB.
            DependencyDown: the media store is away.
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.keep")
        if not data or len(data) > MOST_KEPT:
            raise Bug(f"ctx.keep takes 1 to {MOST_KEPT} bytes, not {len(data)}")
        request = {"sha256": sha256(data).hexdigest(), "mime": mime, "name": name}
        told = await self.call(KEEP, request, lambda: outside.sources.keep(data, mime, name))
        return Media.model_validate(told)

    def _journaled(
        self, name: str, *, durable: bool = False
    ) -> Callable[[Any, Callable[[], Awaitable[Any]]], Awaitable[Any]]:
        async def journaled(request: Any, ask: Callable[[], Awaitable[Any]]) -> Any:
            try:
                return await self.call(name, request, ask, durable=durable)
            except Denied as denied:
                return self.require(partial(_refuse, denied))  # which notes it, and raises it

        return journaled


async def _not_in_a_tool(*_: object) -> NoReturn:
    raise Bug("a tool answers by what it returns: it neither flushes nor asks people")


def _refuse(denied: Denied, _: Warrant) -> NoReturn:
    raise denied
