"""What a run reads outside, by the owner's grants: models, databases, chats; and what it keeps."""

from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn

from plugins.database import NAME as DATABASE
from plugins.database import Database
from plugins.grants import Warrant
from plugins.history import NAME as HISTORY
from plugins.history import History, Place
from plugins.llm import NAME as MODEL
from plugins.llm import Llm
from plugins.outside import Outside
from plugins.sources import KEEP, MOST_KEPT
from schemas.content import Media
from schemas.event import Event
from schemas.failure import Bug, Denied


class Reading:
    """The half of a context that reads. All answers are journaled: a retry and a replay are told
    the same.
    """

    __slots__ = ()

    event: Event
    _warrant: Warrant

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


def _refuse(denied: Denied, _: Warrant) -> NoReturn:
    raise denied
