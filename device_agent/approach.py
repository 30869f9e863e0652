"""The way to a chat that is to be written in: the right one, proven, or none.

A title alone proves nothing unless WeChat's own search finds it once (design 8). So a chat is
opened by its row only where that was proven a short while ago; else by the one exact hit in the
section of its kind, or by its WeChat ID; and what opens is checked against title and kind.
"""

from collections.abc import Callable

from device_agent.alignment import agreement
from device_agent.chats import Chats
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.reader import Reader
from device_agent.reading import seen
from device_agent.screen import ChatScreen
from device_agent.search import Findings, Search
from device_agent.search_page import Hit
from device_agent.visits import Visits
from schemas.failure import Permanent, Retryable
from schemas.phone import KnownChat

PROOF_SECONDS = 1800.0
"""How long a search that found a title once is believed."""


class Elsewhere(Retryable):
    """The chat was not reached this time; nothing was typed."""


class Ambiguous(Permanent):
    """Nothing proves which of several chats is meant."""


class Approach:
    """Opens chats to write in them. One phone, one account."""

    def __init__(
        self,
        *,
        reader: Reader,
        chats: Chats,
        listing: Listing,
        walk: ListWalk,
        visits: Visits,
        search: Search,
        monotonic: Callable[[], float],
    ) -> None:
        """All of one phone. `monotonic` in seconds."""
        self._reader = reader
        self._chats = chats
        self._listing = listing
        self._walk = walk
        self._visits = visits
        self._search = search
        self._monotonic = monotonic
        self._proofs: dict[str, float] = {}

    def proven(self, chat: KnownChat) -> bool:
        """Whether its title is this chat's alone: among the chats known, in the list, and in a
        search not long ago. Then a chat that shows it is the one.
        """
        at = self._proofs.get(chat.title)
        fresh = at is not None and self._monotonic() - at < PROOF_SECONDS
        return fresh and self.alone(chat)

    def alone(self, chat: KnownChat) -> bool:
        """Whether no other chat that is known, listed or suspected has its title."""
        one = len(self._chats.titled(chat.title)) == 1 and not self._reader.namesakes.in_doubt(chat)
        return one and self._listing.alike(chat.title, ()) <= 1

    async def open(self, chat: KnownChat) -> ChatScreen:
        """The chat, opened, taken in, and proven to be this one.

        Raises:
            Ambiguous: several may be meant.
            Elsewhere, Retryable: not this time.

        """
        if not self.proven(chat):
            findings = await self._search.find(chat.title)
            hit = self._choose(chat, findings)
            if hit is None and chat.wechat_id is not None:
                findings = await self._search.find(chat.wechat_id)
                hit = _by_wechat_id(chat, findings)
            if hit is not None:
                return await self._by_hit(chat, findings, hit)
            if not self.proven(chat):
                raise Ambiguous(self._candidates(chat, findings))
        return await self._by_row(chat)

    async def prove(self, chat: KnownChat) -> None:
        """Search for the title, so that `proven` knows.

        Raises:
            Retryable: not this time.

        """
        self._choose(chat, await self._search.find(chat.title))
        await self._search.leave()

    async def look_at(self, chat: KnownChat) -> ChatScreen:
        """The chat, opened to read what came of a tap; its rows tell whether it is the one.

        Raises:
            Elsewhere, Retryable: not this time.

        """
        if not self.alone(chat):
            return await self._look_among(chat)
        found = await self._walk.find(chat)
        if found is None:
            findings = await self._search.find(chat.title)
            hit = self._choose(chat, findings)
            if hit is not None:
                return await self._by_hit(chat, findings, hit)
        if found is None:
            raise Elsewhere("the chat is not in the list")
        return self._checked(chat, await self._visits.visit(*found))

    async def _look_among(self, chat: KnownChat) -> ChatScreen:
        """One of several chats of its title: by its WeChat ID, else by a row if what opens reads
        like it. The field of another one may hold the same words.
        """
        if chat.wechat_id is not None:
            findings = await self._search.find(chat.wechat_id)
            hit = _by_wechat_id(chat, findings)
            if hit is not None:
                return await self._by_hit(chat, findings, hit)
        found = await self._walk.find(chat)
        if found is None:
            raise Elsewhere("the chat is not in the list")
        screen = self._checked(chat, await self._visits.visit(*found))
        best = self._reader.identify(screen)
        likely = best is not None and best.chat_id == chat.chat_id
        if not likely or not screen.rows or not self._reads_like(chat, screen):
            raise Elsewhere("another chat of its name opened")
        return screen

    def _choose(self, chat: KnownChat, findings: Findings) -> Hit | None:
        """The one hit that is the chat. A title that was found once at most, of all kinds, is
        remembered as proven.
        """
        called = findings.called(chat.title)
        alike = findings.called(chat.title, chat.kind)
        same = [one for one in self._chats.titled(chat.title) if one.kind == chat.kind]
        rows = self._listing.alike(chat.title, ())
        if findings.whole and len(called) <= 1 and self.alone(chat):
            self._proofs[chat.title] = self._monotonic()
        else:
            self._proofs.pop(chat.title, None)
        certain = findings.whole and len(same) == 1 and rows <= max(1, len(called))
        if not certain or len(alike) != 1 or not alike[0].is_exactly(chat.title):
            return None
        return alike[0]

    async def _by_hit(self, chat: KnownChat, findings: Findings, hit: Hit) -> ChatScreen:
        await self._reader.expect(chat)
        if not self._listing.alike(chat.title, ()):
            self._chats.presume_read(chat.chat_id)
        try:
            return await self._opened(chat, findings, hit)
        finally:
            self._chats.presume_nothing(chat.chat_id)

    async def _opened(self, chat: KnownChat, findings: Findings, hit: Hit) -> ChatScreen:
        screen = await self._search.open(findings, hit)
        if screen is None:
            raise Elsewhere("what was found opened no chat")
        proven = screen.kind_of(chat.title) == chat.kind and self._reads_like(chat, screen)
        known = len(self._chats.titled(chat.title))
        screen = await self._reader.take_in(
            screen, opened=chat if proven else None, alike=1 if proven else known + 1
        )
        self._visits.note(screen)
        if not proven:
            raise Ambiguous(
                f"what the search finds as {chat.title} is another chat: its rows are others. "
                f"{self._candidates(chat, findings)}"
            )
        return self._checked(chat, screen)

    def _reads_like(self, chat: KnownChat, screen: ChatScreen) -> bool:
        """Whether the rows are those of the chat as it was left. A friend who was deleted keeps a
        row in the list, and the search finds another one of that name.
        """
        tail = self._chats.tails[chat.chat_id].rows
        return not tail or not screen.rows or agreement(tail, seen(screen.rows)) > 0

    async def _by_row(self, chat: KnownChat) -> ChatScreen:
        """By its row, the title being proven; by search where the list does not show it soon."""
        found = await self._walk.near(chat)
        if found is None:
            findings = await self._search.find(chat.title)
            hit = self._choose(chat, findings)
            if hit is not None:
                return await self._by_hit(chat, findings, hit)
            found = await self._walk.find(chat)
        if found is None:
            raise Elsewhere("the chat is neither in the list nor found by search")
        row, page = found
        if self._listing.alike(row.title, page.rows) > 1:
            raise Elsewhere("another chat of that title came into the list")
        return self._checked(chat, await self._visits.visit(row, page))

    def _checked(self, chat: KnownChat, screen: ChatScreen | None) -> ChatScreen:
        """The list may have moved under the finger: what came was taken in under its own name."""
        shown = None if screen is None else self._reader.identify(screen, chat)
        if screen is None or shown is None or shown.chat_id != chat.chat_id:
            raise Elsewhere("another chat opened")
        if self._reader.namesakes.in_doubt(chat):
            raise Elsewhere("what opened may be another chat of its name")
        return screen

    def _candidates(self, chat: KnownChat, findings: Findings) -> str:
        known = [f"{one.chat_id} ({one.kind})" for one in self._chats.titled(chat.title)]
        found = [f"{one.kind or 'chat'} {one.label}" for one in findings.called(chat.title)]
        if not findings.whole:
            found.append("and more than the search was read for")
        return (
            f"several chats are called {chat.title}: {', '.join(known)}; "
            f"the search finds: {', '.join(found) or 'none'}"
        )


def _by_wechat_id(chat: KnownChat, findings: Findings) -> Hit | None:
    """The hit whose WeChat ID is the chat's."""
    fits = [
        hit
        for hit in findings.hits
        if hit.wechat_id == chat.wechat_id and hit.kind == chat.kind and hit.is_called(chat.title)
    ]
    return fits[0] if len(fits) == 1 else None
