"""Moves over WeChat's pages about people, each call counted."""

from collections.abc import Callable

from device_agent.budget import Budget
from device_agent.nodes import Box, box, parse, text, walk, with_id
from device_agent.people import Members, PeoplePage, read_people
from device_agent.pilot import Pilot

_CONTACTS = 1
_MOST_PAGES = 40


class BookPages:
    """Looks, taps, scrolls and goes back; where it ends `Pilot.to_list` takes over."""

    def __init__(self, pilot: Pilot, budget: Budget) -> None:
        """`budget` hears of every call."""
        self._pilot = pilot
        self.budget = budget
        self._unread = 0
        self.called = False
        """Whether a message came since `enter`: the badge over the first tab grew."""

    async def enter(self, *, below: bool) -> PeoplePage | None:
        """From the conversation list, which was just read, to 通讯录 as it was left."""
        tabs = with_id(parse(self._pilot.xml), self._pilot.layout.id("tab"))
        if len(tabs) <= _CONTACTS:
            return None
        self._unread, self.called = unread_badge(self._pilot.xml), False
        await self.tap(box(tabs[_CONTACTS]))
        return await self.look_at_book(below=below)

    async def look_at_book(self, *, below: bool) -> PeoplePage | None:
        """通讯录, if that tab is chosen."""
        await self._look()
        tabs = with_id(parse(self._pilot.xml), self._pilot.layout.id("tab"))
        self.called = self.called or unread_badge(self._pilot.xml) > self._unread
        chosen = [number for number, tab in enumerate(tabs) if tab.get("selected") == "true"]
        if chosen != [_CONTACTS]:
            return None
        return read_people(self._pilot.xml, tab=True, below=below)

    async def look(self) -> PeoplePage | None:
        """Whatever page of people shows."""
        await self._look()
        return read_people(self._pilot.xml)

    async def _look(self) -> None:
        self.budget.spend()
        await self._pilot.look(lambda xml: read_people(xml) is not None)

    async def tap(self, place: Box) -> None:
        """One tap."""
        self.budget.spend()
        await self._pilot.tap(place)

    async def back(self) -> None:
        """One page back."""
        self.budget.spend()
        self._pilot.screen = None
        await self._pilot.phone.press("back")

    async def scroll(self, area: Box, *, down: bool) -> None:
        """Show what stands below, or above; a part of the page stays in sight."""
        self.budget.spend()
        if down:
            await self._pilot.swipe_up_list(area)
        else:
            await self._pilot.swipe_down_list(area)

    async def all_members(self, first: Members, stop: Callable[[], bool]) -> list[str] | None:
        """The names of the page that shows all of a group's people, from its top to its end; None
        where it is to `stop` before.
        """
        names = [cell.name for cell in first.cells]
        for _ in range(_MOST_PAGES):
            if first.count is not None and len(names) >= first.count:
                break
            if stop():
                return None
            await self.scroll(first.area, down=True)
            page = await self.look()
            if not isinstance(page, Members):
                break
            more = continued(names, [cell.name for cell in page.cells])
            if more == names:
                break
            names = more
        return names


def unread_badge(xml: str) -> int:
    """The number over the first of the four tabs; 0 where there is none. Pure."""
    nodes = list(walk(parse(xml)))
    if not nodes:
        return 0
    screen = box(nodes[0])
    low = screen.bottom - screen.height // 10
    corner = (
        text(one).rstrip("+")
        for one in nodes
        if box(one).top >= low and box(one).right <= screen.left + screen.width // 4
    )
    return max((int(words) for words in corner if words.isdecimal()), default=0)


def continued(names: list[str], page: list[str]) -> list[str]:
    """Names with those of the next page, which begins with some of the last ones. Pure."""
    for overlap in range(min(len(names), len(page)), 0, -1):
        if names[-overlap:] == page[:overlap]:
            return names + page[overlap:]
    return names + page
