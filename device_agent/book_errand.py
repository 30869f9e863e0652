"""Reads 通讯录 in steps: its groups, its official accounts, then each person; whole once a day."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from loguru import logger

from device_agent.address_book import AddressBook
from device_agent.book_pages import BookPages
from device_agent.chats import Chats
from device_agent.letterhead import now
from device_agent.people import OFFICIALS, SAVED_GROUPS, Card, Directory, Entry

_MOST_PAGES = 60
_CARD_AGE = timedelta(days=30)
_SOON_SECONDS = 60.0
"""Between a chat with a name that the book lacks and the reading it causes."""


class BookErrand:
    """An errand (`device_agent.errands`). It goes on where it was: WeChat keeps the place of the
    list, and who was met is remembered; cards are opened for new names alone.
    """

    def __init__(
        self,
        *,
        pages: BookPages,
        book: AddressBook,
        chats: Chats,
        idle: Callable[[], float],
        busy: Callable[[], bool],
        patience: float,
        whole_every: float,
    ) -> None:
        """`idle`: for how many seconds nothing happened, `patience`: how many it takes; `busy`:
        whether an action waits; `whole_every`: seconds between two whole readings.
        """
        self._pages = pages
        self._book = book
        self._chats = chats
        self._idle = idle
        self._busy = busy
        self._patience = patience
        self._every = timedelta(seconds=whole_every)
        self._asked: set[str] = set()
        self._cause_at: float | None = None
        self._start()

    def _start(self) -> None:
        self._stage: list[frozenset[str]] = [SAVED_GROUPS, OFFICIALS]
        self._at_top = False
        self._below = False
        self._begun = False
        self._done: Counter[str] = Counter()
        self._met: set[str] = set()
        self._groups = 0

    def due(self, now_: float) -> bool:
        """Whether the book is to be read (on), the phone has rested, and the hour has room."""
        if self._idle() < self._patience or not self._pages.budget.open or self._busy():
            return False
        return self._begun or self._old() or self._caused(now_)

    def _old(self) -> bool:
        at = self._book.whole_at
        return at is None or now() - at >= self._every

    def _caused(self, now_: float) -> bool:
        """Whether a chat came whose name the book lacks; each name asks once."""
        names = {one.title for one in self._chats.known.values() if one.kind == "private"}
        fresh = names - self._asked - {one.name for one in self._book.contacts.values()}
        self._asked |= names
        if fresh and self._cause_at is None:
            self._cause_at = now_ + _SOON_SECONDS
        return self._cause_at is not None and now_ >= self._cause_at

    async def run(self) -> bool:
        """A step: read on until the step's calls are spent, an action waits, or all is read."""
        self._begun = True
        self._cause_at = None
        self._pages.budget.begin()
        page = await self._pages.enter(below=self._below)
        if not isinstance(page, Directory):
            return True
        while isinstance(page, Directory) and self._may_go_on():
            if not self._at_top:
                page = await self._to_top(page)
            elif self._stage:
                page = await self._read_list(page, self._stage.pop(0))
            else:
                following = await self._read_people(page)
                if following is None:
                    self._finish()
                    return True
                page = following
        return True

    def _may_go_on(self) -> bool:
        return self._pages.budget.left and not self._pages.called and not self._busy()

    async def _to_top(self, page: Directory) -> Directory | None:
        if any(one.head for one in page.entries):
            self._at_top = True
            return page
        await self._pages.scroll(page.area, down=False)
        above = await self._pages.look_at_book(below=False)
        if not isinstance(above, Directory):
            return None
        self._at_top = _shown(above) == _shown(page)
        return above

    async def _read_list(self, page: Directory, names: frozenset[str]) -> Directory | None:
        """Read 群聊 or 公众号, if the book has that row."""
        head = next((one for one in page.entries if one.head and one.name in names), None)
        if head is None:
            return page
        await self._pages.tap(head.bounds)
        listed = await self._pages.look()
        found: dict[str, None] = {}
        for _ in range(_MOST_PAGES):
            if not isinstance(listed, Directory) or listed.title not in names:
                break
            found.update(dict.fromkeys(one.name for one in listed.entries if one.complete))
            if listed.end:
                break
            await self._pages.scroll(listed.area, down=True)
            following = await self._pages.look()
            if isinstance(following, Directory) and _shown(following) == _shown(listed):
                break
            listed = following
        if names is OFFICIALS:
            self._met |= {self._book.put_official(name).contact_id for name in found}
        else:
            self._groups = len(found)
        await self._pages.back()
        page_again = await self._pages.look_at_book(below=False)
        return page_again if isinstance(page_again, Directory) else None

    async def _read_people(self, page: Directory) -> Directory | None:
        """The people of a page that were not met yet, then the next page; None: that was the last.

        A page whose reading is cut short comes back as it is.
        """
        here: Counter[str] = Counter()
        alike = Counter(one.name for one in page.entries)
        for entry in page.entries:
            if entry.head or not entry.complete:
                continue
            here[entry.name] += 1
            if here[entry.name] <= self._done[entry.name]:
                continue
            self._done[entry.name] += 1
            if not self._known(entry.name, alike[entry.name]):
                return await self._read_card(entry, page)
            self._met |= {one.contact_id for one in self._book.named(entry.name)}
        if page.end:
            return None
        await self._pages.scroll(page.area, down=True)
        self._below = True
        below = await self._pages.look_at_book(below=True)
        if not isinstance(below, Directory):
            return page
        return None if _shown(below) == _shown(page) else below

    def _known(self, name: str, alike: int) -> bool:
        """Whether a name needs no card: one contact has it, whose card was read of late."""
        known = self._book.named(name)
        fresh = [one for one in known if one.wechat_id and now() - one.at < _CARD_AGE]
        return alike == len(known) == len(fresh) == 1

    async def _read_card(self, entry: Entry, page: Directory) -> Directory | None:
        await self._pages.tap(entry.bounds)
        card = await self._pages.look()
        if isinstance(card, Card):
            self._met.add(self._book.put_card(card).contact_id)
        else:
            logger.info("a row of the address book opened no card")
            self._met |= {one.contact_id for one in self._book.named(entry.name)}
        if not isinstance(card, Directory):
            await self._pages.back()
        again = await self._pages.look_at_book(below=self._below)
        return again if isinstance(again, Directory) else page

    def _finish(self) -> None:
        self._book.read_whole(self._met, self._groups)
        self._book.link()
        logger.info("the address book was read: {} contacts", len(self._met))
        self._start()


def _shown(page: Directory) -> list[tuple[str, int]]:
    return [(one.name, one.bounds.top) for one in page.entries]
