"""Reads the chats below 折叠的聊天: when that row changed, what calls on its page is visited.

The folder of official accounts is left alone: its page holds no chats that anybody answers in.
"""

from loguru import logger

from device_agent.listwalk import ListWalk
from device_agent.naming import Naming
from device_agent.nodes import Box
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen, FolderScreen, ListRow, ListScreen
from device_agent.visits import Visits

_MOST_PAGES = 20
_DOT_SECONDS = 3.0
_MOST_SECONDS = 300.0


class FolderErrand:
    """An errand (`device_agent.errands`). A row of the folder is visited like one of the list."""

    def __init__(self, *, pilot: Pilot, walk: ListWalk, visits: Visits, naming: Naming) -> None:
        """`visits` sees the folder's row whenever a page of the list comes into view."""
        self._pilot = pilot
        self._walk = walk
        self._visits = visits
        self._naming = naming
        self._read: tuple[str, str] | None = None
        self._now = 0.0
        self._again_at = 0.0
        self._waits = 0
        self._left = False

    def due(self, now: float) -> bool:
        """Whether the folder's row changed since its chats were read, or still carries a dot: the
        same words may have come again, or a chat did not open; or what was read there is to be
        looked at once more.
        """
        self._now = now
        row = self._visits.folder
        if row is None:
            return False
        changed = (row.preview, row.time) != self._read or bool(self._visits.late)
        return changed or (row.unread > 0 and now >= self._again_at)

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
        self._wait((row.preview, row.time))
        late, self._visits.late = self._visits.late, set()
        self._visits.revisit |= late
        titles = await self._read_all(row)
        self._visits.revisit -= late
        if titles is None:
            return False
        self._naming.folded = frozenset(titles)
        self._pilot.screen = None
        await self._pilot.phone.press("back")
        if await self._visits.settle_names():
            self._read = None  # one of them is to be opened once more
        elif not self._left:
            self._visits.folder = None  # until it is seen again
        return True

    def _wait(self, shown: tuple[str, str]) -> None:
        """A row that stays as it is asks again by its dot alone, and ever more rarely."""
        self._waits = self._waits + 1 if shown == self._read else 0
        self._again_at = self._now + min(_DOT_SECONDS * 2**self._waits, _MOST_SECONDS)
        self._read = shown

    async def _read_all(self, row: ListRow) -> set[str] | None:
        """Visit what calls, page by page; all titles, or None where the folder was left over it."""
        await self._pilot.tap(row.bounds)
        page = await self._pilot.look()
        titles: set[str] = set()
        self._left = False
        for _ in range(_MOST_PAGES):
            if not isinstance(page, FolderScreen):
                logger.info("the page of the folded chats went away, or did not come")
                return None
            titles |= {one.title for one in page.rows}
            last = await self._visit(page)
            if last is None:
                return None
            self._left = self._left or any(one.unread for one in last.rows)
            await self._pilot.swipe_up_list(last.area)
            page = await self._pilot.look()
            if isinstance(page, FolderScreen) and _shown(page) == _shown(last):
                break
        return titles

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


def _shown(page: FolderScreen) -> list[tuple[str, Box]]:
    return [(row.title, row.bounds) for row in page.rows]
