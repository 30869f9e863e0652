"""Finds chats by WeChat's own search: all hits of the sections that hold chats, and the way in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from device_agent.nodes import Box
from device_agent.pilot import Pilot
from device_agent.screen import ChatScreen
from device_agent.search_page import Hit, SearchPage, Section, joined, read_search, search_button
from device_agent.wording import normal
from schemas.event import ChatKind
from schemas.failure import Retryable

_LOOKS = 6
_MOST_PAGES = 6


@dataclass(frozen=True)
class Findings:
    """What a search found; `whole`: there is nothing else in the sections that hold chats."""

    words: str
    hits: tuple[Hit, ...]
    whole: bool

    def called(self, title: str, kind: ChatKind | None = None) -> list[Hit]:
        """The hits of that very name, or a cut one that may be it; of one kind, where that is
        given, and of those whose kind is not told.
        """
        found = [hit for hit in self.hits if hit.is_called(title)]
        return [hit for hit in found if kind is None or hit.kind in {kind, None}]


class Search:
    """Drives the search page. `find` starts at the conversation list and stays in the search;
    `Pilot.to_list` leads back.
    """

    def __init__(self, pilot: Pilot) -> None:
        """The pilot of the phone."""
        self._pilot = pilot

    async def find(self, words: str) -> Findings:
        """Everything that is found for some words, within a budget of pages.

        Raises:
            Retryable: the search did not come or did not take the words.

        """
        words = " ".join(normal(words).split())
        await self._enter(words)
        hits, more, pages, whole = await self._read()
        for section in dict.fromkeys(section for section, _ in more):
            if pages > 1:
                await self._enter(words)
            listed, ended = await self._section(section)
            hits = [hit for hit in hits if hit.section != section] + listed
            whole, pages = whole and ended, _MOST_PAGES  # left somewhere below its top, perhaps
        return Findings(words, tuple(hits), whole)

    async def open(self, findings: Findings, hit: Hit) -> ChatScreen | None:
        """Tap a hit of the search that shows and look what chat came; None: no chat did.

        Raises:
            Retryable: the hit is not there any more.

        """
        page = await self._page()
        if page is not None and page.words == findings.words and hit in page.hits:
            await self._pilot.tap(hit.bounds)
        else:
            await self._enter(findings.words)
            if not await self._tap(hit):
                await self._enter(findings.words)
                await self._lead(hit.section)
                if not await self._tap(hit, hit.section):
                    raise Retryable("what was found is not there any more")
        screen = await self._pilot.look_at_chat()
        self._pilot.at_bottom = screen is not None
        return screen

    async def leave(self) -> None:
        """One step back, to the conversation list if only `find` was called."""
        self._pilot.screen = None
        await self._pilot.phone.press("back")

    async def _enter(self, words: str) -> None:
        """The search over everything, from anywhere, at its top, its hits for these words there."""
        await self._pilot.to_list()
        lens = search_button(self._pilot.xml)
        if lens is None:
            raise Retryable("the conversation list shows no search")
        await self._pilot.tap(lens)
        page = await self._page()
        if page is None or not page.field:
            raise Retryable("the search did not open")
        await self._pilot.phone.set_text(page.field, words)
        await self._settled(words)

    async def _settled(self, words: str) -> None:
        """Two equal looks in a row at the hits for these words: they come in one after another."""
        before: SearchPage | None = None
        for _ in range(_LOOKS):
            page = await self._page()
            if page is not None and page.words == words and page == before:
                return
            before = page
        raise Retryable("the search does not show what is looked for")

    async def _page(self, above: Section = "other") -> SearchPage | None:
        """What the search shows now; words in it are no cover, whatever they say."""
        await self._pilot.look(read_search)
        return read_search(self._pilot.xml, above)

    async def _pages(self, above: Section = "other") -> AsyncIterator[SearchPage]:
        """The pages of the search that shows, from its top, as far as hits of ours go."""
        page = await self._page(above)
        for _ in range(_MOST_PAGES):
            if page is None:
                return
            yield page
            if page.beyond:
                return
            await self._pilot.swipe_up_list(page.area)
            below = await self._page(page.last)
            if below is not None and below.hits == page.hits:
                yield _ended(below)
                return
            page = below

    async def _read(
        self, section: Section = "other"
    ) -> tuple[list[Hit], list[tuple[Section, Box]], int, bool]:
        """The hits of the pages that show, what leads on, how many pages, and whether all."""
        hits: list[Hit] = []
        more: list[tuple[Section, Box]] = []
        pages, whole = 0, False
        async for page in self._pages(section):
            hits = joined(hits, tuple(hit for hit in page.hits if hit.section != "other"))
            more += page.more
            pages, whole = pages + 1, page.beyond
        return hits, more, pages, whole

    async def _section(self, section: Section) -> tuple[list[Hit], bool]:
        """All hits of one section, from its own page; whether they are all."""
        await self._lead(section)
        hits, _, _, ended = await self._read(section)
        await self._pilot.phone.press("back")
        return [hit for hit in hits if hit.section == section], ended

    async def _lead(self, section: Section) -> None:
        """From the search over everything to the page of one section."""
        async for page in self._pages():
            for leads, bounds in page.more:
                if leads == section:
                    await self._pilot.tap(bounds)
                    return
        raise Retryable("the search does not lead to all that was found")

    async def _tap(self, wanted: Hit, above: Section = "other") -> bool:
        """Tap the hit on the pages that show; False: it is on none."""
        async for page in self._pages(above):
            for hit in page.hits:
                if hit.said == wanted.said:
                    await self._pilot.tap(hit.bounds)
                    return True
        return False


def _ended(page: SearchPage) -> SearchPage:
    """A page that scrolls no further: nothing stands below."""
    return replace(page, beyond=True)
