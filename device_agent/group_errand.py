"""Reads who is in each group, one a step: at first, then rarely, and when something changed."""

from collections.abc import Callable
from datetime import timedelta

from loguru import logger

from device_agent.address_book import AddressBook
from device_agent.book_pages import BookPages
from device_agent.chats import Chats
from device_agent.letterhead import now
from device_agent.listwalk import ListWalk
from device_agent.naming import Naming
from device_agent.people import Members, info_button
from device_agent.pilot import Pilot
from device_agent.visits import Visits
from schemas.contact import Member
from schemas.phone import KnownChat

_AGAIN_SECONDS = 600.0
"""Before a group that could not be read is tried once more; longer each time."""


class GroupErrand:
    """An errand (`device_agent.errands`). The group's chat is opened for it, and read as ever."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        pages: BookPages,
        book: AddressBook,
        chats: Chats,
        naming: Naming,
        walk: ListWalk,
        visits: Visits,
        idle: Callable[[], float],
        busy: Callable[[], bool],
        patience: float,
        whole_every: float,
        monotonic: Callable[[], float],
    ) -> None:
        """As for the address book (`BookErrand`); `walk` and `visits` lead into chats."""
        self._pilot = pilot
        self._pages = pages
        self._book = book
        self._chats = chats
        self._naming = naming
        self._walk = walk
        self._visits = visits
        self._idle = idle
        self._busy = busy
        self._patience = patience
        self._every = timedelta(seconds=whole_every)
        self._monotonic = monotonic
        self._failed: dict[str, tuple[int, float]] = {}

    def due(self, now_: float) -> bool:
        """Whether a group is to be read, the phone has rested, and the hour has room."""
        if self._idle() < self._patience or not self._pages.budget.open or self._busy():
            return False
        return self._next(now_) is not None

    def _next(self, now_: float) -> KnownChat | None:
        """The first group that was never read, changed, or was read long ago."""
        for chat in self._chats.known.values():
            if chat.kind != "group" or chat.state == "removed":
                continue
            waits = self._failed.get(chat.chat_id, (0, 0.0))[1] > now_
            if not waits and self._chats.tails[chat.chat_id].rows and self._wanted(chat):
                return chat
        return None

    def _wanted(self, chat: KnownChat) -> bool:
        known = self._book.groups.get(chat.chat_id)
        if known is None or chat.chat_id in self._naming.stirred:
            return True
        count = self._naming.counts.get(chat.chat_id, known.count)
        return count != known.count or now() - known.at >= self._every

    async def run(self) -> bool:
        """Open one group, read its people, and leave it open."""
        chat = self._next(self._monotonic())
        if chat is None:
            return False
        self._pages.budget.begin()
        read = await self._read(chat)
        if read is None:
            logger.debug("an action waits: the members of chat {} are read later", chat.chat_id)
        elif read:
            self._failed.pop(chat.chat_id, None)
            self._naming.stirred.discard(chat.chat_id)
        else:
            count, _ = self._failed.get(chat.chat_id, (0, 0.0))
            self._failed[chat.chat_id] = count + 1, self._monotonic() + _AGAIN_SECONDS * 2**count
            logger.info("the members of chat {} could not be read", chat.chat_id)
        return True

    async def _read(self, chat: KnownChat) -> bool | None:
        """Whether the group's people were read; None: something else comes first."""
        found = await self._walk.find(chat)
        if found is None:
            return False
        screen = await self._visits.visit(*found)
        self._pages.budget.spend(2)
        if screen is None or not screen.is_of(chat.title) or self._busy():
            return False
        dots = info_button(self._pilot.xml)
        if dots is None:
            return False
        await self._pages.tap(dots)
        info = await self._pages.look()
        if not isinstance(info, Members):
            return False
        names = [cell.name for cell in info.cells]
        if info.more is not None:
            everyone = await self._all(info)
            if everyone is None:
                return None
            names = everyone or names
        # What stands below the faces: the account's own name there, and the group's remark.
        shown = info
        if info.own_name is None:
            await self._pages.scroll(info.area, down=True)
            below = await self._pages.look()
            shown = below if isinstance(below, Members) else info
        self._take(chat, names, info, shown)
        await self._pages.back()
        return True

    async def _all(self, info: Members) -> list[str] | None:
        """The names on the page of all members; None where an action waits."""
        if info.more is None:
            return []
        await self._pages.tap(info.more)
        page = await self._pages.look()
        if not isinstance(page, Members) or not page.all_of_them:
            return []
        names = await self._pages.all_members(page, self._busy)
        await self._pages.back()
        await self._pages.look()
        return names

    def _take(self, chat: KnownChat, names: list[str], info: Members, shown: Members) -> None:
        own = info.own_name or shown.own_name
        managers = {own} if info.managed and own else set()
        members = [Member(name=name, role="admin" if name in managers else None) for name in names]
        self._book.put_members(chat, members, info.count, own)
        if info.count is not None:
            self._naming.counts[chat.chat_id] = info.count
        roster = self._chats.roster(chat.chat_id)
        grown = roster.with_names([name for name in names if name != own], own, now())
        if grown is not roster:
            self._chats.put_roster(chat.chat_id, grown)
        remark = info.remark or shown.remark
        if remark != chat.remark and (remark is None or remark == chat.title):
            self._naming.change(self._chats.known[chat.chat_id], remark=remark)
