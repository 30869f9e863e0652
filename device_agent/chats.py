"""The chats an account has, their tails and openings: in memory, and every change in the spool."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from device_agent.roster import Roster
from device_agent.spool import Spool
from schemas.event import ChatKind
from schemas.ledger import SWEPT, Opening, Tail
from schemas.model import Model
from schemas.phone import KnownChat

M = TypeVar("M", bound=Model)


class Chats:
    """What is known of each chat. Random ids come from `new_id`."""

    def __init__(
        self, spool: Spool, account: str, new_id: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        """Read what the spool holds."""
        self._spool = spool
        self._account = account
        self._new_id = new_id
        self.known = _models(KnownChat, spool.all("chat"))
        self.tails = _models(Tail, spool.tails())
        self.swept = self.tails.pop(SWEPT, None) is not None
        """Whether the whole list was read once, here or by the machine before: a chat seen first
        after that is new, badge or not; a tap of ours that went astray, or its owner elsewhere, may
        have cleared it.
        """
        self.openings = _models(Opening, spool.all("opening"))
        told = spool.all("fact")
        facts = [name.partition(":") for name in told]
        self.announced = {key for kind, _, key in facts if kind == "announced"}
        self.seen = {key for kind, _, key in facts if kind == "seen"}
        self._rosters = {
            key: Roster.model_validate_json(told[f"roster:{key}"])
            for kind, _, key in facts
            if kind == "roster"
        }

    @property
    def blank(self) -> bool:
        """Whether the spool knew no chat: a new machine, or a new account."""
        return not self.known

    def titled(self, title: str) -> list[KnownChat]:
        """The chats of that very title."""
        return [chat for chat in self.known.values() if chat.title == title]

    def home_of(self, chat_id: str) -> KnownChat | None:
        """The chat of an id, also of one that it had only until it was known by its rows."""
        known = self.known.get(chat_id)
        if known is not None:
            return known
        return next((chat for chat in self.known.values() if chat_id in chat.formerly), None)

    def adopt(self, chats: list[KnownChat], tails: list[Tail]) -> None:
        """Take over what the topics hold and the spool does not (a new machine). One that was taken
        back here, which the topics need not know yet, stays gone.
        """
        chats = [one for one in chats if not self._spool.has_event(gone(one.chat_id))]
        with self._spool.transaction():
            for chat in chats:
                if chat.chat_id not in self.known:
                    self.known[chat.chat_id] = chat
                    self._spool.put("chat", chat.chat_id, chat.model_dump_json())
                    self._mark_announced(chat.chat_id)
            have = {tail.chat_id for tail in tails}
            self.swept = self.swept or SWEPT in have
            for chat in chats:
                if chat.chat_id not in self.tails and chat.chat_id not in have:
                    self.put_tail(self._first_tail(chat.chat_id, chat.at), produced=True)
            for tail in tails:
                if tail.chat_id in self.tails or tail.chat_id not in self.known:
                    continue
                self._adopt_tail(tail)

    def _adopt_tail(self, tail: Tail) -> None:
        self.put_tail(tail, produced=True)
        if tail.whole:
            self.mark_seen(tail.chat_id)  # also where it was read and held nothing
        if tail.opening is not None:
            self.put_opening(tail.chat_id, tail.opening)

    def enrol(self, title: str, kind: ChatKind, at: datetime) -> KnownChat:
        """Give a chat its id and its epoch; stored, and still to be announced."""
        chat = KnownChat(
            chat_id=self._new_id(), account=self._account, kind=kind, title=title, at=at
        )
        tail = self._first_tail(chat.chat_id, at)
        with self._spool.transaction():
            self.put_chat(chat)
            self.put_tail(tail, produced=True)  # its announcement carries it, with its opening
        return chat

    def _first_tail(self, chat_id: str, at: datetime) -> Tail:
        return Tail(chat_id=chat_id, account=self._account, epoch=self.new_epoch(), at=at)

    def new_epoch(self) -> str:
        """An epoch that no chat had."""
        return self._new_id()

    def put_chat(self, chat: KnownChat) -> None:
        """Store a chat, new or changed."""
        self.known[chat.chat_id] = chat
        self._spool.put("chat", chat.chat_id, chat.model_dump_json())

    def drop_chat(self, chat_id: str) -> None:
        """Forget a chat that turned out to be another one; nothing of it was ever stored."""
        del self.known[chat_id]
        self.tails.pop(chat_id, None)
        self.drop_opening(chat_id)
        self.announced.discard(chat_id)
        self._spool.drop("chat", chat_id)
        self._spool.drop_tail(chat_id)
        self._spool.drop("fact", f"announced:{chat_id}")

    def put_tail(self, tail: Tail, *, produced: bool) -> None:
        """Store a tail."""
        self.tails[tail.chat_id] = tail
        self._spool.put_tail(tail.chat_id, tail.model_dump_json(), produced=produced)

    def put_opening(self, chat_id: str, opening: Opening) -> None:
        """Store what a badge said before it is cleared.

        One that was not read since stands for as many rows at least, whether the chat was opened
        in between (then the new badge counts anew) or not (then it counts the old ones again): so
        the larger of the two is what is certain, never their sum. Before a first sight the older
        one alone says from which row on all is new.
        """
        before = self.openings.get(chat_id)
        if before is not None:
            if not self.tails[chat_id].rows:
                return
            opening = opening.model_copy(update={"unread": max(before.unread, opening.unread)})
        self.openings[chat_id] = opening
        self._spool.put("opening", chat_id, opening.model_dump_json())

    def presume_read(self, chat_id: str) -> None:
        """A chat never read is opened though nothing calls there: what stands in it is history. In
        memory alone: after a crash a badge that came since must count.
        """
        if not self.tails[chat_id].rows and chat_id not in self.seen:
            self.openings.setdefault(chat_id, Opening(unread=0, preview=""))

    def presume_nothing(self, chat_id: str) -> None:
        """That chat was not opened after all."""
        opening = self.openings.get(chat_id)
        if opening is not None and opening.unread == 0:
            self.drop_opening(chat_id)

    def drop_opening(self, chat_id: str) -> None:
        """What the badge counted is read and stored."""
        if self.openings.pop(chat_id, None) is not None:
            self._spool.drop("opening", chat_id)

    def mark_swept(self, at: datetime) -> None:
        """The whole list has been read; the ledger is owed the news."""
        self.swept = True
        tail = Tail(chat_id=SWEPT, account=self._account, epoch=SWEPT, at=at)
        self._spool.put_tail(SWEPT, tail.model_dump_json(), produced=False)

    def mark_announced(self, chat_id: str) -> None:
        """The topics know the chat and its epoch."""
        with self._spool.transaction():
            self._mark_announced(chat_id)

    def mark_seen(self, chat_id: str) -> None:
        """The chat has been read once: what comes next in it is new, even without a badge."""
        if chat_id not in self.seen:
            self.seen.add(chat_id)
            self._spool.put("fact", f"seen:{chat_id}", "1")

    def roster(self, chat_id: str) -> Roster:
        """The names seen in a group; empty on a new machine, and soon learned again."""
        return self._rosters.setdefault(chat_id, Roster())

    def put_roster(self, chat_id: str, roster: Roster) -> None:
        """Store a group's names."""
        self._rosters[chat_id] = roster
        self._spool.put("fact", f"roster:{chat_id}", roster.model_dump_json())

    def _mark_announced(self, chat_id: str) -> None:
        self.announced.add(chat_id)
        self._spool.put("fact", f"announced:{chat_id}", "1")


def gone(chat_id: str) -> str:
    """The event by which a chat made by mistake is taken back."""
    return f"gone:{chat_id}"


def _models(model: type[M], bodies: dict[str, str]) -> dict[str, M]:
    return {key: model.model_validate_json(body) for key, body in bodies.items()}
