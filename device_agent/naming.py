"""Keeps a chat's id when its title changes: who stands under a title that is new, or swapped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from loguru import logger

from device_agent.alignment import agreement
from device_agent.chats import Chats, gone
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.notification import Notification
from device_agent.people import FOLDED
from device_agent.reading import seen
from device_agent.renames import Candidate, successor, taken_over
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.standing import refused, standing, stirs
from device_agent.stored import pack
from schemas.phone import KnownChat

_MOST_LOOKS = 4
_MOST_IDS = 20
_FOLDED_PATIENCE = timedelta(minutes=5)
"""How long a chat's messages wait for the folded chats to be read, whose page may never open."""


class Naming:
    """A new title gets an id of its own before its row is opened. If its rows then say that it is
    a known chat, nothing is stored until the list says that the old title is gone (`settle`);
    then the known chat takes the title, and the id made for it is taken back.
    """

    def __init__(self, chats: Chats, spool: Spool, shipping: Shipping, head: Letterhead) -> None:
        """Nothing is in doubt."""
        self._chats = chats
        self._spool = spool
        self._shipping = shipping
        self._head = head
        self._noticed: dict[str, int] = {}
        self._pending: dict[str, str] = {}
        self._since: dict[str, datetime] = {}
        self._sure: dict[str, str] = {}
        self._others: set[str] = set()
        self._swaps: dict[str, str] = {}
        self._looked: Counter[str] = Counter()
        self._alike: set[tuple[str, str]] = set()
        self._again: set[str] = set()
        self.doubted: set[str] = set()
        """Chats that may be ones known under another title, and nobody can tell."""
        self.stirred: set[str] = set()
        """Groups of which a line said that somebody came or went."""
        self.counts: dict[str, int] = {}
        """How many a group's title says are in it."""
        self.folded: frozenset[str] | None = None
        """The titles below 折叠的聊天; None while that was not read."""

    def note(self, notifications: Iterable[Notification]) -> None:
        """Remember which number WeChat gives the chat of a title: it outlives the title."""
        for one in notifications:
            if self._noticed.get(one.title, one.id) != one.id:
                self._noticed.pop(one.title)  # two chats of one title: it tells neither
            else:
                self._noticed[one.title] = one.id

    def learn(self, chat: KnownChat) -> None:
        """Keep the number of a chat whose row, the only one of its title, was just opened."""
        number = self._noticed.get(chat.title)
        if number is not None and chat.notification_id is None and self._lone(chat.title):
            self.change(chat, notification_id=number)

    def _lone(self, title: str) -> bool:
        return len(self._chats.titled(title)) == 1

    def change(self, chat: KnownChat, **changes: object) -> KnownChat:
        """Store a chat as it is from now on, and owe the topic the news; the chat changed."""
        changed = chat.model_copy(update={**changes, "at": self._head.clock()})
        with self._spool.transaction():
            self._tell(changed)
        self._shipping.wake()
        return changed

    def _tell(self, chat: KnownChat) -> None:
        self._chats.put_chat(chat)
        topic, record = self._head.chat(chat)
        identity = f"chat:{chat.chat_id}:{chat.at.isoformat()}"
        self._spool.add_event(identity, chat.chat_id, pack(topic, record))

    def hear(self, chat: KnownChat, rows: Sequence[SeenRow]) -> None:
        """What new rows say of who is in a group, and of whether one may write in the chat."""
        if chat.kind == "group" and stirs(rows):
            self.stirred.add(chat.chat_id)
        state = standing(chat.state, chat.kind, rows)
        if state != chat.state or refused(chat.kind, rows):
            self.change(chat, state=state, state_at=self._head.clock())

    def whose(self, chat: KnownChat, screen: ChatScreen) -> KnownChat | None:
        """Whose the open chat is, that has the title of `chat`; None: that shows when the list has
        been looked through, and until then nothing of it may be stored.
        """
        tail = self._chats.tails[chat.chat_id]
        window = seen(screen.rows)
        if screen.member_count is not None:
            self.counts[chat.chat_id] = screen.member_count
        if tail.rows:
            return self._at_home(chat, screen)
        if chat.chat_id in self._sure:
            return self._become(chat, self._sure.pop(chat.chat_id))
        if chat.chat_id in self._chats.seen or chat.chat_id in self._others:
            return chat
        found = successor(chat.title, window, self._candidates(chat, screen))
        if found.chat is not None:
            self._pending[chat.chat_id] = found.chat.chat_id
            return None
        if found.doubtful:
            self.doubted.add(chat.chat_id)
        return chat

    def _at_home(self, chat: KnownChat, screen: ChatScreen) -> KnownChat | None:
        """Whose rows stand under a known title: its chat's own, or, where two chats swapped their
        names, the other's. One says so; it is believed when the other's title shows this one.
        """
        window, tail = seen(screen.rows), self._chats.tails[chat.chat_id].rows
        if agreement(tail, window):
            for one in [one for one, other in self._swaps.items() if other == chat.chat_id]:
                del self._swaps[one]  # this one is where it was: they only read alike
                self._alike.add((one, chat.chat_id))
                self._again.add(one)
            self._alike = {pair for pair in self._alike if pair[0] != chat.chat_id}
            return chat
        others = [one for one in self._candidates(chat, screen) if one.chat.kind == chat.kind]
        other = taken_over(window, tail, others).chat
        if other is None or (chat.chat_id, other.chat_id) in self._alike:
            return chat
        if self._swaps.get(other.chat_id) == chat.chat_id:
            return self._swap(chat, other)
        self._swaps[chat.chat_id] = other.chat_id
        self._again.add(other.chat_id)
        return None

    def _candidates(self, chat: KnownChat, screen: ChatScreen) -> list[Candidate]:
        number = self._noticed.get(chat.title) if self._lone(chat.title) else None
        kind = screen.kind_of(chat.title)
        return [
            Candidate(
                one,
                self._chats.tails[one.chat_id].rows,
                notified=number is not None and number == one.notification_id,
            )
            for one in self._chats.known.values()
            if one.title != chat.title and one.kind in {kind, "private"}
        ]

    @property
    def open(self) -> bool:
        """Whether `settle` has something to do."""
        return bool(self._pending or self._swaps or self._again)

    async def settle(self, walk: ListWalk, listing: Listing) -> set[str]:
        """Look through the list for old titles; the ids of the chats to be opened once more. What
        the folded chats may decide waits a while until they were read; then it is another chat.
        """
        again, self._again = self._again, set()
        for new_id, old_id in list(self._pending.items()):
            old = self._chats.known[old_id]
            hidden = self._folded_unknown(old, listing)
            if hidden and self._waits(new_id):
                continue
            del self._pending[new_id]
            self._since.pop(new_id, None)
            again.add(new_id)
            if hidden or await self._stands(old, walk, listing):
                logger.info("chat {} is not {}, which may have its own title still", new_id, old_id)
                self._others.add(new_id)
                self.doubted.add(new_id)
            else:
                self._sure[new_id] = old_id
        for one, other in list(self._swaps.items()):
            self._looked[one] += 1
            known = self._chats.known[other]
            if self._looked[one] > _MOST_LOOKS or not await self._stands(known, walk, listing):
                del self._swaps[one], self._looked[one]  # that title cannot be looked at
                self._alike.add((one, other))
                again.add(one)
        return again

    async def _stands(self, chat: KnownChat, walk: ListWalk, listing: Listing) -> bool:
        """Whether the list, or the folded chats, have a row for each chat of that title."""
        if self.folded is not None and chat.title in self.folded:
            return True
        found = await walk.find(chat)
        rows = listing.alike(chat.title, found[1].rows) if found is not None else 0
        return rows >= len(self._chats.titled(chat.title))

    def _waits(self, new_id: str) -> bool:
        now = self._head.clock()
        return now - self._since.setdefault(new_id, now) < _FOLDED_PATIENCE

    def _folded_unknown(self, chat: KnownChat, listing: Listing) -> bool:
        """Whether a group may stand below 折叠的聊天, which was not read yet."""
        row = any(listing.titles[title] for title in FOLDED)
        return self.folded is None and chat.kind == "group" and row

    def _become(self, new: KnownChat, old_id: str) -> KnownChat:
        """The known chat takes the title over, and what the new one's badge said."""
        old = self._chats.known[old_id]
        logger.info("chat {} has a new title", old_id)
        changes = {
            "title": new.title,
            "remark": None,
            "formerly": (*old.formerly, *new.formerly, new.chat_id)[-_MOST_IDS:],
            "at": self._head.clock(),
        }
        changed = old.model_copy(update=changes)
        opening = self._chats.openings.get(new.chat_id)
        with self._spool.transaction():
            self._tell(changed)
            self._chats.drop_chat(new.chat_id)
            if opening is not None:
                self._chats.put_opening(old_id, opening)
            topic, record = self._head.gone(new.key)
            self._spool.add_event(gone(new.chat_id), old_id, pack(topic, record))
        self._shipping.wake()
        return changed

    def _swap(self, one: KnownChat, other: KnownChat) -> KnownChat:
        """Two chats have each other's title, and each row's badge was the other's; the chat that
        the first one's title shows.
        """
        logger.info("chats {} and {} swapped their titles", one.chat_id, other.chat_id)
        del self._swaps[other.chat_id]
        badges = [self._chats.openings.get(chat.chat_id) for chat in (one, other)]
        with self._spool.transaction():
            for chat, title, badge in (
                (one, other.title, badges[1]),
                (other, one.title, badges[0]),
            ):
                changes = {"title": title, "remark": None, "at": self._head.clock()}
                self._tell(chat.model_copy(update=changes))
                self._chats.drop_opening(chat.chat_id)
                if badge is not None:
                    self._chats.put_opening(chat.chat_id, badge)
        self._again |= {one.chat_id, other.chat_id}
        self._shipping.wake()
        return self._chats.known[other.chat_id]
