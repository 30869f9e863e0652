"""Tells chats of one title apart whose rows stand on different pages of the list.

While one row alone is in view its title seems to tell the chat, and a namesake's words would be
stored under the id of the chat that is known. So where nothing of that chat's end shows, the list
is asked first: has it more rows of the title than chats are known, the words are another chat's.
What was taken for one chat before is divided by the same proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from loguru import logger

from device_agent.alignment import Joined, Seen, agreement, common_rows
from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.recognition import Recognition
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from schemas.ledger import Opening, Tail
from schemas.phone import KnownChat


class CountsRows(Protocol):
    """The conversation list, looked through."""

    async def rows_of(self, title: str, *, enough: int) -> int:
        """How many rows have that title; no more than `enough` are looked for."""


@dataclass(frozen=True)
class _Doubt:
    """What was shown under a chat's title: `upto` rows of its tail are the last ones of that chat
    which are known; 0: none is.
    """

    upto: int


class Namesakes:
    """Holds what is in doubt until the list was looked through. Nothing of it is stored by then
    but an opening, so that after a crash the chat is opened and asked about once more.
    """

    def __init__(
        self,
        chats: Chats,
        spool: Spool,
        shipping: Shipping,
        head: Letterhead,
        recognition: Recognition,
    ) -> None:
        """Nothing is in doubt."""
        self._chats = chats
        self._spool = spool
        self._shipping = shipping
        self._head = head
        self._recognition = recognition
        self._doubts: dict[str, _Doubt] = {}
        self._lone: set[str] = set()

    @property
    def open(self) -> bool:
        """Whether the list is to be looked through."""
        return bool(self._doubts)

    def in_doubt(self, chat: KnownChat) -> bool:
        """Whether what shows under the chat's title may be another's."""
        return chat.chat_id in self._doubts

    def whose(
        self, chat: KnownChat, rows: Sequence[Seen], joined: Joined, *, all_shown: bool
    ) -> KnownChat | None:
        """Whose rows are that were read under the title of `chat`: its own, or those of a namesake
        that is known; None: the list must be asked, and until then they may not be stored.

        `all_shown`: these are all rows that the chat has. Fewer than were read of it before are
        another's, who said the same, or some were deleted.
        """
        tail = self._chats.tails[chat.chat_id].rows
        strange = joined.apart and not agreement(tail, rows)
        shorter = all_shown and joined.start < len(tail)
        if not tail or not (strange or shorter):
            self._lone.discard(chat.chat_id)
            return chat
        for other in self._chats.titled(chat.title):
            if other.kind == chat.kind and self._continues(other, rows, all_shown=all_shown):
                return other
        if chat.chat_id in self._lone:
            self._lone.remove(chat.chat_id)
            if not strange:
                self._shorten(chat, joined.start)
            return chat
        self._doubts[chat.chat_id] = _Doubt(common_rows(tail, rows)[1] if strange else 0)
        if chat.chat_id not in self._chats.openings:
            with self._spool.transaction():
                self._chats.put_opening(chat.chat_id, Opening(unread=0, preview=""))
        return None

    def _continues(self, chat: KnownChat, rows: Sequence[Seen], *, all_shown: bool) -> bool:
        tail = self._chats.tails[chat.chat_id].rows
        common = agreement(tail, rows)
        return common > 0 and not (all_shown and common < len(tail))

    def _shorten(self, chat: KnownChat, rows: int) -> None:
        """The chat has no others any more than its last `rows`: nobody is asked twice."""
        tail = self._chats.tails[chat.chat_id]
        if 0 < rows < len(tail.rows):
            last = {"rows": tail.rows[-rows:], "looks": tail.looks_by_row[-rows:], "whole": False}
            with self._spool.transaction():
                self._chats.put_tail(tail.model_copy(update=last), produced=False)

    async def settle(self, walk: CountsRows) -> set[str]:
        """Look through the list; the ids of the chats whose rows are still to be read."""
        waiting: set[str] = set()
        for chat_id in list(self._doubts):
            chat = self._chats.known.get(chat_id)
            if chat is None:
                del self._doubts[chat_id]
                continue
            known = len(self._chats.titled(chat.title))
            rows = await walk.rows_of(chat.title, enough=known + 1)
            doubt = self._doubts.pop(chat_id)
            if rows > known:
                waiting.add(self._part(chat, doubt))
            else:
                self._lone.add(chat_id)
                waiting.add(chat_id)
        return waiting

    def _part(self, chat: KnownChat, doubt: _Doubt) -> str:
        """Give the namesake an id of its own; the id whose rows were in doubt."""
        other = self._recognition.enrol(chat.title, chat.kind)
        logger.info("chat {} is not {}, which has its title", other.chat_id, chat.chat_id)
        if doubt.upto:
            self._divide(chat, other, doubt.upto)
            return chat.chat_id
        opening = self._chats.openings.get(chat.chat_id)
        with self._spool.transaction():
            self._chats.drop_opening(chat.chat_id)
            if opening is not None and opening.unread:
                self._chats.put_opening(other.chat_id, opening)
        self._shipping.wake()
        return other.chat_id

    def _divide(self, chat: KnownChat, other: KnownChat, upto: int) -> None:
        """Rows of both were read as one chat's: the older ones keep the id, and the younger ones go
        to the other. Both epochs are new: the old numbers were given to rows of both.
        """
        tail = self._chats.tails[chat.chat_id]
        with self._spool.transaction():
            for one, rows in ((chat, slice(upto)), (other, slice(upto, None))):
                part = Tail(
                    chat_id=one.chat_id,
                    account=one.account,
                    epoch=self._chats.new_epoch(),
                    rows=tail.rows[rows],
                    looks=tail.looks_by_row[rows],
                    at=self._head.clock(),
                )
                self._chats.put_tail(part, produced=False)
                self._chats.mark_seen(one.chat_id)
        self._shipping.wake()
