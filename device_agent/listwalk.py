"""Walks over the pages of the conversation list: to its top, down, and to a chat's row."""

from device_agent.listing import Listing
from device_agent.pilot import Pilot
from device_agent.screen import ListRow, ListScreen
from device_agent.tally import Tally
from schemas.phone import KnownChat

MOST_PAGES = 60


class ListWalk:
    """Scrolls the list. WeChat keeps the place where it was left, so `at_top` is remembered too."""

    def __init__(self, pilot: Pilot, listing: Listing) -> None:
        """`listing` hears of every page that comes into view."""
        self._pilot = pilot
        self._listing = listing
        self.at_top = False

    async def to_top(self, page: ListScreen) -> ListScreen:
        """The list's first page."""
        for _ in range(MOST_PAGES):
            if not page.rows:
                self.at_top = True
                return page
            await self._pilot.swipe_down_list(page.area)
            above = await self._pilot.to_list()
            if _shown(above) == _shown(page):
                self.at_top = True
                return above
            page = above
        return page

    async def page_below(self, page: ListScreen) -> ListScreen | None:
        """The next page, or None at the end of the list."""
        if page.ends:
            return None
        self.at_top = False
        await self._pilot.swipe_up_list(page.area)
        below = await self._pilot.to_list()
        self._listing.note(below.rows)
        return None if _shown(below) == _shown(page) else below

    async def rows_of(self, title: str, *, enough: int) -> int:
        """How many rows of that title the whole list has, on whatever pages; no more than `enough`
        are looked for.
        """
        page: ListScreen | None = await self.to_top(await self._pilot.to_list())
        tally = Tally()
        for _ in range(MOST_PAGES):
            if page is None:
                break
            tally.add([row.title for row in page.rows])
            if tally.counts[title] >= enough:
                break
            page = await self.page_below(page)
        found = tally.counts[title]
        self._listing.titles[title] = max(self._listing.titles[title], found)
        return found

    async def near(self, chat: KnownChat) -> tuple[ListRow, ListScreen] | None:
        """The chat's row, if this page or the first one shows it."""
        page = self._pilot.screen
        if not isinstance(page, ListScreen):
            page = await self._pilot.to_list()
        self._listing.note(page.rows)
        found = _row_of(chat.title, page)
        if found is None and not self.at_top:
            page = await self.to_top(page)
            found = _row_of(chat.title, page)
        return None if found is None else (found, page)

    async def find(self, chat: KnownChat) -> tuple[ListRow, ListScreen] | None:
        """The chat's row, on the screen now: this page first, then the list from its top."""
        return await self.find_title(chat.title)

    async def find_title(self, title: str) -> tuple[ListRow, ListScreen] | None:
        """The first row of that title, likewise."""
        page = self._pilot.screen
        if not isinstance(page, ListScreen):
            page = await self._pilot.to_list()
        self._listing.note(page.rows)
        found = _row_of(title, page)
        if found is not None:
            return found, page
        page = await self.to_top(page)
        for _ in range(MOST_PAGES):
            found = _row_of(title, page)
            if found is not None:
                return found, page
            below = await self.page_below(page)
            if below is None:
                return None
            page = below
        return None


def _shown(page: ListScreen) -> list[tuple[str, int]]:
    return [(row.title, row.bounds.top) for row in page.rows]


def _row_of(title: str, page: ListScreen) -> ListRow | None:
    return next((row for row in page.rows if row.title == title and row.complete), None)
