"""Looks names up in WeChat's own search for whoever asks: nothing is opened, nothing is sent."""

from collections import deque
from datetime import datetime

from loguru import logger

from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.reader import Reader
from device_agent.search import Findings, Search
from device_agent.search_page import Hit
from device_agent.shipping import Shipping
from device_agent.wording import normal
from schemas.event import ChatKind
from schemas.failure import Retryable
from schemas.lookup import ChatLookup, FoundChat, LookupAnswer
from schemas.phone import KnownChat

_MOST_WAITING = 100


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
            title = normal(lookup.name)
            hits = findings.called(title, lookup.kind)
            chats = [await self._found(hit, findings, title) for hit in hits]
            chats += [] if hits else self._listed(title, lookup.kind)
        except Retryable as error:
            await self._answer(lookup, failed=str(error))
            raise
        await self._answer(lookup, tuple(chats), whole=findings.whole)
        return True

    def _next(self, now: datetime) -> ChatLookup | None:
        while self._waiting:
            lookup = self._waiting.popleft()
            if lookup.expires_at > now:
                return lookup
        return None

    async def _found(self, hit: Hit, findings: Findings, title: str) -> FoundChat:
        """The chat that a hit is; one never seen gets its id, and the topics know it before the
        answer is told. Hits that only look alike get none.
        """
        twins = [one for one in findings.called(title) if one.kind in {hit.kind, None}]
        chat = None
        if hit.kind is not None and hit.is_exactly(title) and len(twins) == 1:
            chat = await self._known(title, hit.kind)
        return FoundChat(
            chat_id=chat.chat_id if chat is not None else None,
            title=title if hit.is_exactly(title) else hit.label,
            kind=hit.kind,
            remark=chat.remark if chat is not None else None,
            detail=hit.detail or None,
        )

    def _listed(self, title: str, kind: ChatKind | None) -> list[FoundChat]:
        """What the search does not find, and the list has: official accounts, strangers."""
        if not self._listing.alike(title, ()):
            return []
        known = [one for one in self._chats.titled(title) if kind in {None, one.kind}]
        return [
            FoundChat(chat_id=one.chat_id, title=title, kind=one.kind, remark=one.remark)
            for one in known
        ]

    async def _known(self, title: str, kind: ChatKind) -> KnownChat | None:
        known = [one for one in self._chats.titled(title) if one.kind == kind]
        if len(known) > 1:
            return None  # the search finds one of them alone: which one is not told
        chat = known[0] if known else self._chats.enrol(title, kind, self._head.clock())
        await self._reader.expect(chat)
        return chat

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
