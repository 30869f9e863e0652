"""Looks names up in WeChat's own search for whoever asks: nothing is opened, nothing is sent."""

from collections import deque
from datetime import datetime

from loguru import logger

from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.reader import Reader
from device_agent.search import Findings, Search
from device_agent.shipping import Shipping
from device_agent.wording import normal
from schemas.event import ChatKind
from schemas.failure import Retryable
from schemas.lookup import ChatLookup, FoundChat, LookupAnswer
from schemas.phone import KnownChat

_MOST_WAITING = 100
_KINDS: tuple[ChatKind, ...] = ("private", "group")


class Lookups:
    """An errand. Each question costs one search: some eight calls, more where many names are
    alike, never more than the search's own budget.
    """

    def __init__(
        self,
        *,
        search: Search,
        listing: Listing,
        reader: Reader,
        chats: Chats,
        shipping: Shipping,
        head: Letterhead,
    ) -> None:
        """All of one phone."""
        self._search = search
        self._listing = listing
        self._reader = reader
        self._chats = chats
        self._shipping = shipping
        self._head = head
        self._waiting: deque[ChatLookup] = deque(maxlen=_MOST_WAITING)

    def ask(self, lookup: ChatLookup) -> None:
        """Take a question; one that nobody waits for any more is passed by."""
        if lookup.expires_at > self._head.clock():
            self._waiting.append(lookup)

    def due(self, _now: float, /) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    async def run(self) -> bool:
        """Answer one question.

        Raises:
            Retryable: the phone failed; who asks is told.

        """
        lookup = self._next(self._head.clock())
        if lookup is None:
            return False
        try:
            findings = await self._search.find(lookup.name)
            chats = await self._meant(normal(lookup.name), lookup.kind, findings)
        except Retryable as error:
            await self._answer(lookup, failed=str(error))
            raise
        await self._answer(lookup, tuple(chats), whole=findings.whole)
        await self._search.leave()
        return True

    def _next(self, now: datetime) -> ChatLookup | None:
        while self._waiting:
            lookup = self._waiting.popleft()
            if lookup.expires_at > now:
                return lookup
        return None

    async def _meant(
        self, title: str, kind: ChatKind | None, findings: Findings
    ) -> list[FoundChat]:
        """The chats of that name: what is known of each kind found there, what else was found
        without an id, and, where the search finds nothing, what the list shows: official accounts
        and strangers.
        """
        hits = findings.called(title, kind)
        sure = [hit for hit in hits if hit.kind is not None and hit.is_exactly(title)]
        unsure = [hit for hit in hits if hit not in sure]
        found: list[FoundChat] = []
        for each in _KINDS:
            alike = [hit for hit in sure if hit.kind == each]
            if alike:
                found += await self._of_kind(title, each, len(alike))
        known = self._titled(title, kind)
        if not sure and (len(known) == 1 or not hits) and self._listing.alike(title, ()):
            return [_told(one) for one in known]
        return found + [
            FoundChat(chat_id=None, title=hit.label, kind=hit.kind, detail=hit.detail or None)
            for hit in unsure
        ]

    async def _of_kind(self, title: str, kind: ChatKind, found: int) -> list[FoundChat]:
        """The chats of a title and kind of which the search finds so many. One that was never seen
        gets its id, and the topics know it before the answer is told; of several nobody can tell
        which is which.
        """
        known = self._titled(title, kind)
        if not known and found == 1:
            known = [self._chats.enrol(title, kind, self._head.clock())]
        for one in known:
            await self._reader.expect(one)
        unknown = FoundChat(chat_id=None, title=title, kind=kind)
        return [*map(_told, known), *[unknown] * (found - len(known))]

    def _titled(self, title: str, kind: ChatKind | None) -> list[KnownChat]:
        return [one for one in self._chats.titled(title) if kind in {None, one.kind}]

    async def _answer(
        self,
        lookup: ChatLookup,
        chats: tuple[FoundChat, ...] = (),
        *,
        whole: bool = True,
        failed: str | None = None,
    ) -> None:
        answer = LookupAnswer(
            lookup_id=lookup.lookup_id,
            channel=lookup.channel,
            account=lookup.account,
            name=lookup.name,
            chats=chats,
            whole=whole,
            failed=failed,
            at=self._head.clock(),
        )
        logger.info("looked {} up: {} chats", lookup.lookup_id, failed or len(chats))
        await self._shipping.send_soon(*self._head.answer(answer))


def _told(chat: KnownChat) -> FoundChat:
    return FoundChat(chat_id=chat.chat_id, title=chat.title, kind=chat.kind, remark=chat.remark)
