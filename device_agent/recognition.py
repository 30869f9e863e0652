"""Whose chat is on the screen: by its title and kind, and by what was read where several fit."""

from dataclasses import replace

from device_agent.alignment import join
from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.likeness import as_known
from device_agent.reading import seen
from device_agent.screen import ChatScreen
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.stored import pack
from schemas.event import ChatKind
from schemas.phone import KnownChat


class Recognition:
    """Knows chats by what the screen shows; one never seen is enrolled."""

    def __init__(self, chats: Chats, spool: Spool, shipping: Shipping, head: Letterhead) -> None:
        """All of one account."""
        self._chats = chats
        self._spool = spool
        self._shipping = shipping
        self._head = head

    def as_known(self, screen: ChatScreen, *, sighted: bool) -> ChatScreen:
        """A chat's rows under the prints by which its tail knows them (`likeness`)."""
        chats = [chat for chat in self._chats.known.values() if screen.is_of(chat.title)]
        tails = [self._chats.tails[chat.chat_id] for chat in chats]
        return replace(screen, rows=tuple(as_known(screen.rows, tails, sighted=sighted)))

    def identify(
        self, screen: ChatScreen, opened: KnownChat | None = None, rows: int = 1
    ) -> KnownChat | None:
        """Whose chat is on the screen. A chat never seen is enrolled; a title that several chats
        have goes to the one whose tail fits best; where none fits and the list has more `rows` of
        that title than chats are known, it is another chat.
        """
        if screen.title is None:
            return None
        if opened is not None and screen.is_of(opened.title):
            same = self._with_kind(opened, screen.kind_of(opened.title), screen)
            if same is not None:
                return same
        chats = [chat for chat in self._chats.known.values() if screen.is_of(chat.title)]
        alike = [chat for chat in chats if self._may_be(chat, screen)]
        best = max(alike, key=lambda chat: self._fit(chat, screen), default=None)
        if best is None or (len(alike) < rows and self._fit(best, screen) < 0):
            kind: ChatKind = "group" if screen.member_count is not None else "private"
            return self.enrol(screen.title, kind)
        return best

    def _may_be(self, chat: KnownChat, screen: ChatScreen) -> bool:
        """Whether a chat's kind is that of the screen: a group need not show that it is one."""
        if chat.kind == "group":
            return not screen.no_group(chat.title)
        return screen.kind_of(chat.title) == "private"

    def enrol(self, title: str, kind: ChatKind) -> KnownChat:
        """A chat that came unannounced: its record goes out before its first event."""
        chat = self._chats.enrol(title, kind, self._head.clock())
        topic, record = self._head.chat(chat)
        with self._spool.transaction():
            self._spool.add_event(f"chat:{chat.chat_id}", chat.chat_id, pack(topic, record))
        self._chats.mark_announced(chat.chat_id)
        return chat

    def only(self, screen: ChatScreen, chat: KnownChat) -> bool:
        """Whether the title on the screen, cut or with a number behind it, fits no other chat."""
        return not any(
            screen.is_of(other.title)
            for other in self._chats.known.values()
            if other.title != chat.title
        )

    def _fit(self, chat: KnownChat, screen: ChatScreen) -> int:
        tail = self._chats.tails[chat.chat_id]
        if not tail.rows:
            return 0
        joined = join(tail.rows, seen(screen.rows), 0, at_top=False)
        if screen.short and joined.start < len(tail.rows):
            return -1  # all of a chat that has fewer rows than were read of this one
        return joined.start or -1

    def _with_kind(self, chat: KnownChat, kind: ChatKind, screen: ChatScreen) -> KnownChat | None:
        """A chat first seen in the list has its kind from its own screen; None: it is another
        chat of that title.
        """
        if chat.kind == "group" and screen.no_group(chat.title):
            return None
        if kind == "private" or chat.kind == "group":
            return chat
        if self._chats.tails[chat.chat_id].rows:
            return None
        changed = chat.model_copy(update={"kind": kind, "at": self._head.clock()})
        with self._spool.transaction():
            self._chats.put_chat(changed)
            topic, record = self._head.chat(changed)
            identity = f"chat:{changed.chat_id}:{changed.at.isoformat()}"
            self._spool.add_event(identity, changed.chat_id, pack(topic, record))
        self._shipping.wake()
        return changed
