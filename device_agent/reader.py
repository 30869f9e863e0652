"""Reads chats: takes in what an open chat shows, and visits chats from the list."""

import asyncio
from dataclasses import replace
from datetime import datetime

from loguru import logger

from connectors.failpoint import reach
from device_agent.alignment import (
    Joined,
    Seen,
    agreement,
    behind,
    by_surprise,
    ends_alike,
    first_sight,
    join,
)
from device_agent.chats import Chats
from device_agent.completion import Completion
from device_agent.letterhead import Letterhead
from device_agent.namesakes import Namesakes
from device_agent.naming import Naming
from device_agent.phone_clock import PhoneClock
from device_agent.pilot import Pilot
from device_agent.reading import Known, found, seen
from device_agent.recognition import Recognition
from device_agent.roster import Roster
from device_agent.screen import ChatScreen, ListRow
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.stored import pack
from device_agent.window import Scroller, Window
from schemas.failure import Retryable
from schemas.ledger import Opening
from schemas.phone import ChatState, KnownChat

_STALE_LOOKS = 4
_STALE_PAUSE = 0.6  # seconds; a tree was seen to lag by 1.5 (reference/phone.md 3)


class Reader:
    """Turns what chats show into events in the spool. Never loses: a row that cannot be joined for
    certain is emitted with `gap_possible`.
    """

    def __init__(
        self,
        *,
        pilot: Pilot,
        chats: Chats,
        spool: Spool,
        shipping: Shipping,
        head: Letterhead,
        clock: PhoneClock,
        completion: Completion,
        own_names: frozenset[str] = frozenset(),
    ) -> None:
        """All on one phone, for one account. `own_names`: it answers to these in every group."""
        self._pilot = pilot
        self._chats = chats
        self._spool = spool
        self._shipping = shipping
        self._head = head
        self._scroller = Scroller(pilot)
        self._clock = clock
        self._own_names = own_names
        self._completion = completion
        self._goes_on = not chats.blank
        self._surprise: str | None = None
        self.active: dict[str, float] = {}
        self.naming = Naming(chats, spool, shipping, head)
        self._recognition = Recognition(chats, spool, shipping, head)
        pilot.on_seen = lambda screen: self._recognition.as_known(screen, sighted=pilot.hidden)
        self.namesakes = Namesakes(chats, spool, shipping, head, self._recognition)

    async def visit(self, row: ListRow, *, alike: int) -> ChatScreen | None:
        """Open a row of the list on the screen and take in what it shows; None if no chat came.

        `alike` is how many rows have its title. The badge is stored before the tap that clears it;
        a chat never seen is announced first (its id, its epoch, its badge).

        Raises:
            DependencyDown: the broker is away, and the chat is new.

        """
        expected = await self._expected(row, alike)
        if row.unread and expected is not None:
            with self._spool.transaction():
                self._chats.put_opening(
                    expected.chat_id, Opening(unread=row.unread, preview=row.preview)
                )
        if expected is not None and self._untold(expected, row):
            await self._announce(expected)
        self._goes_on = True  # from now on a chat found open may be under our finger
        await self._pilot.tap(row.bounds)
        screen = await self._pilot.look_at_chat()
        if screen is None:
            await self._pilot.phone.wake()  # a dark screen takes no taps
            return None
        self._pilot.at_bottom = True
        return await self.take_in(screen, opened=expected, row=row, alike=alike)

    async def expect(self, chat: KnownChat) -> None:
        """Before a known chat is opened by another way than its row: the topics must know it.

        Raises:
            DependencyDown: the broker is away, and the chat is new.

        """
        if chat.chat_id not in self._chats.announced:
            await self._announce(chat)
        self._goes_on = True

    async def _expected(self, row: ListRow, alike: int) -> KnownChat | None:
        """Which chat a row is, before it is opened; None where its title does not tell."""
        chats = self._chats.titled(row.title)
        if not chats:
            return self._chats.enrol(row.title, "private", self._head.clock())
        return chats[0] if len(chats) == 1 and alike == 1 else None

    def _untold(self, chat: KnownChat, row: ListRow) -> bool:
        """Whether the topics must hear of a chat before its row is opened: of one never read, and
        of the badge of one in which nothing stood yet, for no row would tell a new machine of it.
        """
        if chat.chat_id not in self._chats.announced:
            return True
        return row.unread > 0 and not self._chats.tails[chat.chat_id].rows

    async def _announce(self, chat: KnownChat) -> None:
        tail = self._chats.tails[chat.chat_id]
        marked = tail.model_copy(update={"opening": self._chats.openings.get(chat.chat_id)})
        await self._shipping.announce(chat, marked)
        self._chats.mark_announced(chat.chat_id)

    async def take_in(
        self,
        screen: ChatScreen,
        *,
        opened: KnownChat | None = None,
        row: ListRow | None = None,
        alike: int = 1,
    ) -> ChatScreen:
        """Store what an open chat shows that was not known; the chat at its last row after it.

        `alike`: how many rows of the list have the title of the one tapped.
        """
        if not self._pilot.at_bottom and not screen.short:
            bottom = await self._scroller.to_bottom(screen)
            if bottom is None:
                return screen
            screen = bottom
        screen, titled = await self._fresh(screen, opened, alike)
        chat = self._whose(titled, screen, lone=row is not None and alike == 1)
        if chat is None or titled is None:
            return screen
        same = opened is not None and opened.chat_id == titled.chat_id
        if row is not None and not same and row.unread:
            self._blame(chat, row, screen)
        # Under our finger, or under that of a predecessor that died; else a person left it open.
        ours = row is not None or self._goes_on
        self._surprise = chat.chat_id if ours and not same else None
        owner, screen = await self._read(chat, screen)
        if owner is None:
            return screen
        return await self._completion.complete(owner, screen, self._names, self._read_on)

    async def _read_on(self, chat: KnownChat, shown: ChatScreen) -> ChatScreen:
        """Read what came while something was fetched.

        Raises:
            Retryable: the chat went away over it; all that was read is stored.

        """
        bottom = await self._end(chat, shown)
        if bottom is None:
            raise Retryable("the chat went away while its media was fetched")
        return (await self._read(chat, bottom))[1]

    def _names(self, chat: KnownChat) -> tuple[frozenset[str], frozenset[str]]:
        """The names of a group's members, and those its owner answers to."""
        roster = self._chats.roster(chat.chat_id)
        return frozenset(roster.members), roster.owns(self._head.clock(), self._own_names)

    def _whose(self, chat: KnownChat | None, screen: ChatScreen, *, lone: bool) -> KnownChat | None:
        """Whose the chat of this title is; None: in doubt. `lone`: its only row was tapped."""
        if chat is None:
            return None
        if lone:
            self.naming.learn(chat)
        return self.naming.whose(self._chats.known[chat.chat_id], screen)

    async def _read(
        self, chat: KnownChat, screen: ChatScreen
    ) -> tuple[KnownChat | None, ChatScreen]:
        """Store what the chat shows, and what comes while one scrolls; whose it was (None: that is
        in doubt, and nothing was stored), and the chat at its end.
        """
        for _ in range(3):
            window = await self._window(chat, screen)
            screen = window.screen
            joined, all_shown = self._joined(chat, window), window.at_top and window.whole
            owner = self.namesakes.whose(chat, seen(window.rows), joined, all_shown=all_shown)
            if owner is None:
                return None, screen
            chat = owner
            told = any(row.said for row in window.rows)
            self._store(chat, window, await self._clock.now() if told else None)
            if window.pages == 0:
                break
            bottom = await self._end(chat, window.screen)
            if bottom is None:
                break
            screen = bottom
        return chat, screen

    async def _end(self, chat: KnownChat, shown: ChatScreen) -> ChatScreen | None:
        """The chat scrolled to its last row; None if it is no longer on the screen."""
        bottom = await self._scroller.to_bottom(shown)
        if bottom is None:
            return None
        bottom, found = await self._fresh(bottom, chat, 1)
        return bottom if found is not None and found.chat_id == chat.chat_id else None

    async def _fresh(
        self, screen: ChatScreen, opened: KnownChat | None, alike: int
    ) -> tuple[ChatScreen, KnownChat | None]:
        """The screen and its chat; one that shows less than is known is looked at again, for it may
        be old, then scrolled down, for it may stand further up. One that goes on is believed.

        Raises:
            Retryable: the chat went away meanwhile.

        """
        chat = self.identify(screen, opened, alike)
        for look in range(_STALE_LOOKS):
            known = self._chats.tails[chat.chat_id].rows if chat is not None else ()
            if not behind(known, [row.row for row in screen.rows]):
                break
            await asyncio.sleep(_STALE_PAUSE)
            again = await (self._scroller.to_bottom(screen) if look else self._pilot.look_at_chat())
            if again is None:
                raise Retryable("the chat that the screen showed is gone")
            screen, chat = again, self.identify(again, opened, alike)
        return screen, chat

    def _blame(self, chat: KnownChat, row: ListRow, screen: ChatScreen) -> None:
        """Another chat came than the row said: its badge is the row's only if titles agree. The
        opening of the chat expected is kept: what was shown may be older than our tap.
        """
        if screen.is_of(row.title):
            with self._spool.transaction():
                opening = Opening(unread=row.unread, preview=row.preview)
                self._chats.put_opening(chat.chat_id, opening)

    def identify(
        self, screen: ChatScreen, opened: KnownChat | None = None, rows: int = 1
    ) -> KnownChat | None:
        """Whose chat is on the screen (`Recognition.identify`)."""
        return self._recognition.identify(screen, opened, rows)

    def state_of(self, chat_id: str) -> ChatState | None:
        """Whether the account may write in a chat, as far as WeChat has said."""
        chat = self._chats.known.get(chat_id)
        return chat.state if chat is not None else None

    def only(self, screen: ChatScreen, chat: KnownChat) -> bool:
        """Whether the title on the screen fits no other chat."""
        return self._recognition.only(screen, chat)

    async def _window(self, chat: KnownChat, screen: ChatScreen) -> Window:
        tail = self._chats.tails[chat.chat_id].rows
        window = Window(
            screen,
            list(screen.rows),
            agreement=lambda rows: agreement(tail, seen(rows)),
            at_top=screen.short,
        )
        while not self._joined(chat, window).reached:
            if not await self._scroller.extend(window):
                break
        return window

    def _joined(self, chat: KnownChat, window: Window) -> Joined:
        tail = self._chats.tails[chat.chat_id]
        opening = self._chats.openings.get(chat.chat_id)
        rows = seen(window.rows)
        if not tail.rows and chat.chat_id in self._chats.seen:
            joined = Joined(0, proven=window.at_top, reached=window.at_top)
        elif not tail.rows and opening is None and self._came_unread(chat, rows):
            joined = by_surprise(rows, at_top=window.at_top)
        elif not tail.rows:
            joined = first_sight(rows, opening, at_top=window.at_top)
            if opening is None and chat.chat_id in self.naming.doubted:
                joined = replace(joined, proven=False)
        else:
            joined = join(
                tail.rows,
                rows,
                opening.unread if opening else 0,
                at_top=window.at_top and window.whole,
                preview=opening.preview if opening else "",
                whole=tail.whole,
            )
        if window.whole:
            return joined
        return replace(joined, proven=False)

    def swept(self) -> None:
        """The whole list has been read once, since the start or by who was here before."""
        self._chats.mark_swept(self._head.clock())
        self._shipping.wake()

    def _came_unread(self, chat: KnownChat, rows: list[Seen]) -> bool:
        """Whether a chat never read, and without a badge, holds rows that nobody read; not where
        it ends as a chat that we know: then that one has a new name.
        """
        if chat.chat_id == self._surprise:
            return True
        tails = (tail.rows for tail in self._chats.tails.values() if tail.rows)
        return self._chats.swept and not any(ends_alike(tail, rows) for tail in tails)

    def _roster(self, chat: KnownChat, window: Window, at: datetime) -> Roster:
        """A group's names with what the window adds; a private chat has none."""
        roster = self._chats.roster(chat.chat_id)
        return roster.with_rows(window.rows, at) if chat.kind == "group" else roster

    def _store(self, chat: KnownChat, window: Window, phone_now: datetime | None) -> None:
        joined = self._joined(chat, window)
        tail = self._chats.tails[chat.chat_id]
        from_top = window.at_top and window.whole
        at = self._head.clock()
        roster = self._roster(chat, window, at)
        names = frozenset(roster.members), roster.owns(at, self._own_names)
        told = Known(*names, phone_now, self._completion.most_bytes)
        result = found(chat, tail, window.rows, joined, at, from_top=from_top, known=told)
        opening = self._chats.openings.get(chat.chat_id)
        unchanged = result.tail.model_copy(update={"at": tail.at}) == tail
        known = chat.chat_id in self._chats.seen
        if unchanged and not result.events and opening is None and known:
            return
        logger.debug(
            "chat {}: {} rows of {} pages (top {}, whole {}), new from {} (proven {}), badge {}",
            *(chat.chat_id, len(window.rows), window.pages + 1, window.at_top, window.whole),
            *(joined.start, joined.proven, opening.unread if opening else None),
        )
        with self._spool.transaction():
            for event in result.events:
                topic, record = self._head.event(event, event.event_id)
                hold = self._completion.hold(event)
                self._spool.add_event(event.event_id, chat.chat_id, pack(topic, record), hold=hold)
            self._chats.put_tail(result.tail, produced=unchanged)
            self._chats.drop_opening(chat.chat_id)
            self._chats.mark_seen(chat.chat_id)
            if roster is not self._chats.roster(chat.chat_id):
                self._chats.put_roster(chat.chat_id, roster)
        self.naming.hear(self._chats.known[chat.chat_id], window.rows[joined.start :])
        if result.events:
            reach("agent.spooled")
        self.active[chat.chat_id] = self._head.clock().timestamp()
        self._shipping.wake()
