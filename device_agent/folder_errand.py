"""Reads the chats below 折叠的聊天: when that row changed, what calls on its page is visited.

The folder of official accounts is left alone: its page holds no chats that anybody answers in.
"""

from loguru import logger

from device_agent.listwalk import ListWalk
from device_agent.naming import Naming
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen, FolderScreen, ListScreen
from device_agent.visits import Visits

_MOST_PAGES = 20


class FolderErrand:
    """An errand (`device_agent.errands`). A row of the folder is visited like one of the list."""

    def __init__(self, *, pilot: Pilot, walk: ListWalk, visits: Visits, naming: Naming) -> None:
        """`visits` sees the folder's row whenever a page of the list comes into view."""
        self._pilot = pilot
        self._walk = walk
        self._visits = visits
        self._naming = naming
        self._read: tuple[str, str, int] | None = None

    def due(self, now: float) -> bool:  # by its row, not by time
        """Whether the folder's row changed since its chats were read."""
        row = self._visits.folder
        return row is not None and (row.preview, row.time, row.unread) != self._read

    async def run(self) -> bool:
        """Open the folder, visit what calls, and come back."""
        row = self._visits.folder
        if row is None:
            return False
        found = await self._walk.find_title(row.title)
        if found is None:
            self._visits.folder = None  # no chat is folded any more
            self._naming.folded = frozenset()
            return False
        row = found[0]
        await self._pilot.tap(row.bounds)
        page = await self._pilot.look()
        if not isinstance(page, FolderScreen):
            logger.info("the row of the folded chats opened no page of chats")
            return False
        titles: set[str] = set()
        for _ in range(_MOST_PAGES):
            titles |= {one.title for one in page.rows}
            last = await self._visit(page)
            if last is None:
                return True
            await self._pilot.swipe_up_list(last.area)
            below = await self._pilot.look()
            if not isinstance(below, FolderScreen):
                return True
            if [(one.title, one.bounds) for one in below.rows] == [
                (one.title, one.bounds) for one in last.rows
            ]:
                break
            page = below
        self._naming.folded = frozenset(titles)
        self._read = row.preview, row.time, row.unread
        self._visits.folder = None  # read as it stood; it asks again when it is seen changed
        self._pilot.screen = None
        await self._pilot.phone.press("back")
        return True

    async def _visit(self, page: FolderScreen) -> FolderScreen | None:
        """Visit what calls on a page; the page after it, or None if the folder is left."""
        tried: dict[str, int] = {}
        while (row := self._visits.next_row(ListScreen(page.rows, page.area), tried)) is not None:
            tried[row.title] = tried.get(row.title, 0) + 1
            screen = await self._visits.visit(row, ListScreen(page.rows, page.area))
            if isinstance(screen, ChatScreen):
                await self._pilot.leave_chat(screen)
            shown = await self._pilot.look()
            if not isinstance(shown, FolderScreen):
                return None
            page = shown
        return page
