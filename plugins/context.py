"""What a run may use: the event, drafts of answers, the chat's state, a fixed clock and chance."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from plugins.answer import CANCEL, Answer, heard
from plugins.catalogue import Offer
from plugins.catalogue import heard as heard_offers
from plugins.chat_state import ChatState
from plugins.draft import Draft
from plugins.forwarding import sendable
from plugins.grants import NO_WARRANT, Warrant
from plugins.http import Http
from plugins.outside import (
    ASK,
    CATALOGUE,
    RESERVED,
    Asking,
    Outside,
    PureViolation,
    Suspended,
    Through,
)
from plugins.reading import Reading
from plugins.scheduling import Scheduling
from plugins.shared import Shared
from schemas.content import Sendable, Text
from schemas.event import Event, MessageReceived
from schemas.failure import Bug, Denied

if TYPE_CHECKING:
    from loguru import Logger


_T = TypeVar("_T")

__all__ = ["ASK", "Asking", "Context", "Outside", "PureViolation", "Suspended", "Through"]


class Context(Reading):
    """One run's view of the world. A plugin that is `pure` has the event, drafts and the log."""

    __slots__ = (
        "_chance",
        "_config",
        "_log",
        "_now",
        "_now_told",
        "_outside",
        "_random",
        "_state",
        "_warrant",
        "event",
        "suspended",
    )

    def __init__(
        self,
        event: Event,
        log: "Callable[[], Logger]",
        *,
        state: ChatState | None = None,
        now: datetime | None = None,
        seed: str | None = None,
        outside: Outside | None = None,
        config: Any = None,
        warrant: Warrant = NO_WARRANT,
    ) -> None:
        """Without the rest it is the context of a pure run, of an instance that may nothing."""
        self.event = event
        self._log = log
        self._state = state
        self._now = now
        self._now_told = False
        self._chance = seed
        self._random: Random | None = None
        self._outside = outside
        self._config = config
        self._warrant = warrant
        self.suspended = False

    @property
    def config(self) -> Any:
        """The instance's own set-up: the plugin's `Config`, filled in by its owner; None without.

        It is a constant: pure plugins have it too.
        """
        return self._config

    def reply(
        self,
        content: str | Sendable,
        *,
        mentions: Sequence[str] = (),
        mention_all: bool = False,
        quote: bool = False,
    ) -> Draft:
        """A text, picture, video or file to the chat that the event came from (or is meant for).

        A text may call members of the group by the names shown there, and `quote` the event.
        """
        event = self.event
        return Draft(
            event.channel,
            event.account,
            event.chat_id,
            _content(content),
            mentions=tuple(mentions),
            mention_all=mention_all,
            quote=event.event_id if quote else None,
        )

    def send(
        self,
        chat_id: str,
        content: str | Sendable,
        *,
        channel: str | None = None,
        account: str | None = None,
    ) -> Draft:
        """The same to any chat; channel and account are the event's where not named.

        Raises:
            Denied: it is another chat than the event's, and the owner did not grant it.

        """
        event = self.event
        where = channel or event.channel, account or event.account, chat_id
        self.require(lambda warrant: warrant.may_send(event, *where))
        return Draft(*where, _content(content))

    def forward(
        self, chat_id: str, *, channel: str | None = None, account: str | None = None
    ) -> Draft:
        """The message of this run, passed on to another chat: text, pictures, videos and files as
        they are, what nobody can send again in words.

        Raises:
            Bug: the event is no message.
            Denied: as `send`.

        """
        event = self.event
        if not isinstance(event, MessageReceived):
            raise Bug(f"ctx.forward passes on messages; this is a {event.TYPE}")
        draft = self.send(chat_id, sendable(event.content), channel=channel, account=account)
        return replace(draft, origin=event.event_id, author=event.sender.name)

    @property
    def schedule(self) -> Scheduling:
        """Wake this instance in this chat later: `ctx.schedule(when, data) -> id`.

        Raises:
            Denied: the owner did not grant timers.
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.schedule")
        self.require(lambda warrant: warrant.may_schedule())
        seed, event = self._chance or "", self.event

        def passes(chat_id: str) -> None:
            where = event.channel, event.account, chat_id
            self.require(lambda warrant: warrant.may_send(event, *where))

        return Scheduling(outside.journal, outside.agenda, seed, lambda: self.now, passes)

    def cancel(self, schedule: str) -> None:
        """End what this instance scheduled; one that is on its way still comes."""
        self.schedule.cancel(schedule)

    async def catalogue(self) -> tuple[Offer, ...]:
        """What the author of the event can use in this chat, in the order of the plugins.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.catalogue")
        return heard_offers(await outside.journal.call(CATALOGUE, None, outside.offers))

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the author of the event holds, by its owner's roles.toml."""
        roles = self._warrant.roles
        return frozenset() if roles is None else roles.held(self.event)

    def accepted(self, yielded: object) -> Draft:
        """What a handler yielded, if it is a draft to a chat that it may write to.

        Raises:
            Bug: it is something else.
            Denied: the owner did not grant that chat.

        """
        if not isinstance(yielded, Draft):
            name, what = self._warrant.instance, type(yielded).__name__
            raise Bug(f"{name} yielded {what}, not what ctx.reply or ctx.send give")
        draft, event = yielded, self.event
        if (draft.chat_id, draft.channel) != (event.chat_id, event.channel) or (
            draft.account != event.account
        ):  # a draft may be made by hand
            where = draft.channel, draft.account, draft.chat_id
            self.require(lambda warrant: warrant.may_send(event, *where))
        return draft

    def require(self, ask: Callable[[Warrant], _T]) -> _T:
        """What the owner's grants say to a question; a refusal stands in the run's record.

        Raises:
            Denied: it is not granted.

        """
        try:
            return ask(self._warrant)
        except Denied as denied:
            if self._outside is not None:
                self._outside.journal.denied.append(denied.sought)
            self._log().warning("denied: {}", denied)
            raise

    async def flush(self) -> None:
        """Store and send what was yielded so far; a re-run goes on behind it.

        Use it before something long: what was said stands, and is said once.

        Raises:
            PureViolation: the plugin is pure.

        """
        await self._needed("ctx.flush").flush()

    async def ask(
        self,
        *,
        within: timedelta | float = timedelta(days=1),
        cancel: tuple[str, ...] = CANCEL,
    ) -> Answer:
        """Send what was yielded so far and wait for this person's next message in this chat.

        The run ends here and its chat is free; the message, which no other plugin sees, begins it
        again from the journal, and it goes on behind this line. `within` (a number: seconds) later
        it goes on without an answer. In a private chat, and where nobody wrote the event, anybody's
        next message is the answer.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.ask")
        seconds = within if isinstance(within, timedelta) else timedelta(seconds=within)
        place, told = outside.journal.open(ASK, None)
        if outside.asked is not None:
            await outside.asked(Asking(place, seconds, cancel), told is not None)
        if told is None:
            self.suspended = True
            raise Suspended
        return heard(told.response)

    async def call(
        self,
        name: str,
        request: Any,
        ask: Callable[[], Awaitable[Any]],
        *,
        durable: bool = False,
        dependency: str | None = None,
    ) -> Any:
        """Ask something outside by any means; a retry of this run is told the answer again.

        `request` says what is asked, `ask` gives what JSON holds. `durable`: the answer is stored
        before the run goes on. `dependency` names what is asked: when it fails time and again, it
        is left alone for a while, and such runs wait without being tried.

        Raises:
            Failure: what `ask` raised.
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.call")
        if name in RESERVED:
            raise Bug(f"ctx.call cannot be named {name!r}: the journal means something else by it")
        before = outside.journal.asked
        if dependency is not None and (through := outside.through) is not None:
            ask = partial(through, dependency, ask)
        answer = await outside.journal.call(name, request, ask, durable=durable)
        if durable and outside.journal.asked > before:
            await outside.checkpoint()
        return answer

    @property
    def http(self) -> Http:
        """HTTP to other sides: `await ctx.http.get(url)`.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.http")

        async def journaled(
            name: str,
            request: Any,
            ask: Callable[[], Awaitable[Any]],
            durable: bool,  # a callback's own argument
        ) -> Any:
            return await self.call(name, request, ask, durable=durable)

        def passes(url: str) -> None:
            self.require(lambda warrant: warrant.may_ask(url))

        return Http(outside.fetch, journaled, passes)

    @property
    def shared(self) -> Shared:
        """Values that all chats of this instance see.

        Raises:
            PureViolation: the plugin is pure.

        """
        outside = self._needed("ctx.shared")
        return Shared(outside.journal, outside.shared)

    @property
    def state(self) -> ChatState:
        """The plugin's memory of this chat.

        Raises:
            PureViolation: the plugin is pure.

        """
        if self._state is None:
            raise PureViolation("a pure plugin has no ctx.state: drop `pure` in plugin.toml")
        self._state.touched = True
        return self._state

    @property
    def now(self) -> datetime:
        """When the run started; it stands still, also in a re-run.

        Raises:
            PureViolation: the plugin is pure.

        """
        now = self._now
        if now is None:
            raise PureViolation("a pure plugin has no ctx.now: drop `pure` in plugin.toml")
        if self._outside is not None and not self._now_told:
            told = self._outside.journal.note("now", None, now.isoformat)
            self._now, self._now_told = datetime.fromisoformat(told), True
        return self._now or now

    @property
    def random(self) -> Random:
        """Chance that is the same for every run of this event.

        Raises:
            PureViolation: the plugin is pure.

        """
        if self._chance is None:
            raise PureViolation("a pure plugin has no ctx.random: drop `pure` in plugin.toml")
        if self._random is None:
            self._random = Random(self._chance)  # noqa: S311  # a re-run must see the same chance
        return self._random

    def reach_through(self, moved: Callable[[Outside], Outside]) -> None:
        """The world is reached another way from now on: this run goes on in a thread."""
        if self._outside is not None:
            self._outside = moved(self._outside)

    def _needed(self, what: str) -> Outside:
        if self._outside is None:
            raise PureViolation(f"a pure plugin has no {what}: drop `pure` in plugin.toml")
        if self.suspended:
            raise Suspended
        return self._outside

    @property
    def log(self) -> "Logger":
        """A logger that names the plugin and the event."""
        return self._log()


def _content(content: str | Sendable) -> Sendable:
    return Text(text=content) if isinstance(content, str) else content
