"""Visits to chats that call: by their row, by what was opened and not read, by late activity."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice

from loguru import logger

from device_agent.chats import Chats
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.people import ACCOUNTS, FOLDED
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.reading import words_of
from device_agent.screen import ChatScreen, ListRow, ListScreen
from schemas.failure import DependencyDown

_MOST_TRIES = 3
_RECENT = 8


class Visits:
    """Opens rows of the list on the screen and has them read. `revisit` holds the ids of chats that
    are to be opened once more, whatever their rows show, `recent` those read last, newest first.
    """

    def __init__(
        self,
        *,
        pilot: Pilot,
        reader: Reader,
        chats: Chats,
        listing: Listing,
        walk: ListWalk,
        monotonic: Callable[[], float],
    ) -> None:
        """All of one phone. `monotonic` in seconds."""
        self._pilot = pilot
        self._reader = reader
        self._chats = chats
        self._listing = listing
        self._walk = walk
        self._monotonic = monotonic
        self.revisit: set[str] = set(chats.openings)
        self._in_vain: Counter[str] = Counter()
        self.recent: dict[str, None] = {}
        self.folder: ListRow | None = None
        """The row of the folded chats, as it was seen last."""
        self.late: set[str] = set()
        """Chats that are to be re-read after activity, and are not in the list: folded ones."""

    async def page(self, page: ListScreen) -> tuple[ListScreen | None, bool]:
        """Visit the rows of a page that call, until none does; the page, and whether any did."""
        worked = False
        if await self.settle_names():
            page = await self._walk.to_top(await self._pilot.to_list())
        tried: Counter[str] = Counter()
        while True:
            folders = [row for row in page.rows if row.title in FOLDED and row.complete]
            self.folder = folders[0] if folders else self.folder
            row = self.next_row(page, tried)
            if row is None:
                return page, worked
            tried[row.title] += 1
            alike = self._listing.alike(row.title, page.rows)
            before = dict(self._reader.active)
            await self.visit(row, page)
            worked = True
            news = row.unread > 0 or self._reader.active != before
            self._in_vain[row.title] = 0 if news else self._in_vain[row.title] + 1
            if alike > 1 or self._shared(row.title):
                self._listing.accept(row)
            page = await self._pilot.to_list()
            self._listing.note(page.rows)
            if await self.settle_names():
                page = await self._walk.to_top(await self._pilot.to_list())

    async def settle_names(self) -> bool:
        """Decide whose titles are, as far as the list tells; whether a chat is to be opened
        once more for it.
        """
        again: set[str] = set()
        if self._reader.naming.open:
            again |= await self._reader.naming.settle(self._walk, self._listing)
        if self._reader.namesakes.open:
            again |= await self._reader.namesakes.settle(self._walk)
        self.revisit |= again
        return bool(again)

    def next_row(self, page: ListScreen, tried: Mapping[str, int]) -> ListRow | None:
        """The first row that calls and was not `tried` too often."""
        return next((row for row in page.rows if self._due(row, tried)), None)

    def _due(self, row: ListRow, tried: Mapping[str, int]) -> bool:
        if not row.complete or tried.get(row.title, 0) >= _MOST_TRIES:  # then the next sweep
            return False
        if row.title in FOLDED or row.title in ACCOUNTS:  # pages of their own, no chats
            return False
        if self._listing.shut(row.title, self._monotonic()):
            return False
        again = any(chat.chat_id in self.revisit for chat in self._chats.titled(row.title))
        return again or self._listing.calls(row, shared=self._shared(row.title))

    def _shared(self, title: str) -> bool:
        """Whether several chats have it: such are known, or its rows go on calling for nothing, as
        those of namesakes do that are taken for one chat, each with the other's last words.
        """
        return len(self._chats.titled(title)) > 1 or self._in_vain[title] >= _MOST_TRIES

    async def visit(self, row: ListRow, page: ListScreen) -> ChatScreen | None:
        """Open a row and take in what comes; None if no chat came."""
        alike = self._listing.alike(row.title, page.rows)
        try:
            screen = await self._reader.visit(row, alike=alike)
        except DependencyDown as error:
            if "broker" not in str(error):
                raise
            logger.info("a new chat waits for the broker")
            self._listing.visited(row.title, "")
            return None
        if screen is None:
            self._listing.refused(row.title, self._monotonic())
        else:
            self.note(screen)
        self.revisit |= set(self._chats.openings)  # opened perhaps, and not read: no badge calls
        return screen

    def note(self, screen: ChatScreen) -> None:
        """Remember how a chat is left, to compare with its row."""
        chat = self._reader.identify(screen)
        if chat is None:
            return
        last = words_of(screen.rows[-1].content) if screen.rows else ""
        self._listing.visited(chat.title, last, empty=not screen.rows and screen.short)
        self.revisit.discard(chat.chat_id)
        self.recent.pop(chat.chat_id, None)
        self.recent = {chat.chat_id: None, **dict(islice(self.recent.items(), _RECENT - 1))}

    async def settle(self, now: float, quiet: float) -> bool:
        """Re-read one chat that had activity and was quiet since: what came between our last look
        and leaving it made no badge, and may have equal words. `now` in epoch seconds.
        """
        due = [chat for chat, at in self._reader.active.items() if now - at >= quiet]
        for chat_id in due:
            active = self._reader.active[chat_id]
            found = await self._walk.find(self._chats.known[chat_id])
            if found is not None:
                await self.visit(*found)
            elif self.folder is not None:
                self.late.add(chat_id)
            if self._reader.active.get(chat_id) == active:  # else the visit found something
                del self._reader.active[chat_id]
            if found is not None:
                return True
        return False
