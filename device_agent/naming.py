"""Keeps a chat's id when its title changes: who stands under a title that is new, or swapped."""

from collections.abc import Iterable

from loguru import logger

from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.listing import Listing
from device_agent.listwalk import ListWalk
from device_agent.notification import Notification
from device_agent.people import FOLDED
from device_agent.reading import seen
from device_agent.renames import Candidate, successor, taken_over
from device_agent.screen import ChatScreen
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.stored import pack
from schemas.phone import KnownChat


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
        self._sure: dict[str, str] = {}
        self._others: set[str] = set()
        self._left: set[str] = set()
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

    def whose(self, chat: KnownChat, screen: ChatScreen) -> KnownChat | None:
        """Whose the open chat is, that has the title of `chat`; None: that shows when the list has
        been looked through, and until then nothing of it may be stored.
        """
        tail = self._chats.tails[chat.chat_id]
        window = seen(screen.rows)
        if screen.member_count is not None:
            self.counts[chat.chat_id] = screen.member_count
        if tail.rows:
            other = taken_over(window, tail.rows, self._candidates(chat, screen)).chat
            return chat if other is None else self._take_over(chat, other)
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
        return bool(self._pending or self._left)

    async def settle(self, walk: ListWalk, listing: Listing) -> set[str]:
        """Look through the list for old titles; the ids of the chats to be opened once more."""
        for title in self._left:
            listing.forget(title)
        self._left.clear()
        pending, self._pending = self._pending, {}
        for new_id, old_id in pending.items():
            old = self._chats.known[old_id]
            found = await walk.find(old)
            rows = listing.alike(old.title, found[1].rows) if found else 0
            if rows >= len(self._chats.titled(old.title)) or self._hidden(old, listing):
                logger.info("chat {} is not {}, which still has its own title", new_id, old_id)
                self._others.add(new_id)
                self.doubted.add(new_id)
            else:
                self._sure[new_id] = old_id
        return set(pending)

    def _hidden(self, chat: KnownChat, listing: Listing) -> bool:
        """Whether a title may stand below 折叠的聊天 and not in the list itself."""
        if self.folded is not None:
            return chat.title in self.folded
        return chat.kind == "group" and any(listing.titles[title] for title in FOLDED)

    def _become(self, new: KnownChat, old_id: str) -> KnownChat:
        """The known chat takes the title over, and what the new one's badge said."""
        old = self._chats.known[old_id]
        logger.info("chat {} has a new title", old_id)
        changes = {"title": new.title, "remark": None, "at": self._head.clock()}
        changed = old.model_copy(update=changes)
        opening = self._chats.openings.get(new.chat_id)
        with self._spool.transaction():
            self._tell(changed)
            self._chats.drop_chat(new.chat_id)
            if opening is not None:
                self._chats.put_opening(old_id, opening)
            topic, record = self._head.gone(new.key)
            self._spool.add_event(f"gone:{new.chat_id}", old_id, pack(topic, record))
        self._shipping.wake()
        return changed

    def _take_over(self, titled: KnownChat, other: KnownChat) -> KnownChat:
        """Another known chat stands under a known title: it has that title now, and the one that
        had it shows its own when the row of the other's old title is opened.
        """
        logger.info("chat {} now has the title of {}", other.chat_id, titled.chat_id)
        self._left.add(other.title)
        opening = self._chats.openings.get(titled.chat_id)
        changed = self.change(other, title=titled.title, remark=None)
        if opening is not None:
            with self._spool.transaction():
                self._chats.drop_opening(titled.chat_id)
                self._chats.put_opening(other.chat_id, opening)
        return changed
