"""Makes events whole that wait in the spool: finds their rows in the open chat and fetches."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from loguru import logger

from device_agent.chats import Chats
from device_agent.fetcher import Fetcher, StoreAway
from device_agent.letterhead import Letterhead
from device_agent.mentions import mentions
from device_agent.pilot import Pilot
from device_agent.promises import is_promise, without
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.stored import pack, unpack
from device_agent.window import Scroller, Window
from schemas.content import Content, Text
from schemas.envelope import decode
from schemas.event import MessageRecalled, MessageReceived
from schemas.identity import event_id
from schemas.ledger import Row, Tail
from schemas.phone import KnownChat

_TRIES = 4
_MOST_FRUITLESS = 2  # walks in one visit
Names = Callable[[KnownChat], tuple[frozenset[str], frozenset[str]]]
"""The names of a group's members, and those its owner answers to."""
ReadOn = Callable[[KnownChat, ChatScreen], Awaitable[ChatScreen]]
"""Reads a chat from wherever it stands to its last row."""


@dataclass
class _Walk:
    """One walk through a chat: `owed` are the events to complete by their number; `likely` what was
    fetched on pages that would look the same had rows moved.
    """

    chat: KnownChat
    owed: dict[int, MessageReceived]
    names: tuple[frozenset[str], frozenset[str]]
    until: float
    certain: int = 0
    likely: list[tuple[MessageReceived, Content]] = field(default_factory=list)


class Completion:
    """Of one account. What cannot be fetched in time goes out as it is: nothing waits for ever."""

    def __init__(
        self,
        *,
        pilot: Pilot,
        fetcher: Fetcher,
        spool: Spool,
        chats: Chats,
        shipping: Shipping,
        head: Letterhead,
        hold_seconds: float,
        visit_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        """`hold_seconds`: how long an event waits; `visit_seconds`: how long one visit fetches."""
        self._pilot = pilot
        self._fetcher = fetcher
        self._spool = spool
        self._chats = chats
        self._shipping = shipping
        self._head = head
        self._hold_seconds = hold_seconds
        self._visit_seconds = visit_seconds
        self._monotonic = monotonic
        self._scroller = Scroller(pilot)
        self._tries: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    @property
    def most_bytes(self) -> int:
        """The largest blob that is fetched; 0: none is."""
        return self._fetcher.most_bytes if self._hold_seconds and not self._pilot.hidden else 0

    def hold(self, event: MessageReceived | MessageRecalled) -> float | None:
        """Until when an event may wait in the spool, in seconds of the epoch; None: not at all."""
        if not self._hold_seconds or not isinstance(event, MessageReceived):
            return None
        if not is_promise(event.content):
            return None
        return self._head.clock().timestamp() + self._hold_seconds

    async def complete(
        self, chat: KnownChat, screen: ChatScreen, names: Names, read_on: ReadOn
    ) -> ChatScreen:
        """Fetch for the chat's held events; `screen` shows its last row, and all it shows is in its
        tail. The chat at its last row after it, what came meanwhile being read by `read_on`.

        Raises:
            Retryable: the phone failed, or the chat is gone; what is still held is tried again.

        """
        if self._pilot.hidden:
            return screen
        fruitless = 0
        until: float | None = None
        while fruitless < _MOST_FRUITLESS:
            owed = self._owed(chat)
            if not owed:
                break
            until = until or self._deadline(chat)
            if self._monotonic() >= until:
                break
            walk = _Walk(chat, owed, names(chat), until)
            shown = await self._fetch(screen, walk)
            fruitless += not walk.certain and not walk.likely
            seq = self._chats.tails[chat.chat_id].seq
            screen = await read_on(chat, shown)
            if self._chats.tails[chat.chat_id].seq == seq:  # nobody wrote: no row moved
                for event, content in walk.likely:
                    self._let_go(event, content, walk.names)
        return screen

    def _deadline(self, chat: KnownChat) -> float:
        """Until when a visit fetches; one that has spent its time leaves others as much before it
        fetches again.
        """
        now = self._monotonic()
        until = self._until.get(chat.chat_id, 0.0)
        if now >= until + self._visit_seconds:
            until = now + self._visit_seconds
            self._until = {chat.chat_id: until}
        return until

    async def _fetch(self, screen: ChatScreen, walk: _Walk) -> ChatScreen:
        """One walk from the last row up; the chat wherever it stands then."""
        window = Window(screen, list(screen.rows), at_top=screen.short)
        try:
            while await self._page(window, walk):
                if not await self._scroller.extend(window, gently=True):
                    break
        except StoreAway as error:
            logger.warning("no media is fetched: {}", error)
        return await self._fetcher.leave()

    def _owed(self, chat: KnownChat) -> dict[int, MessageReceived]:
        """The held events by their number. One whose row is no longer what it was goes out."""
        found: dict[int, MessageReceived] = {}
        tail = self._chats.tails[chat.chat_id]
        now = self._head.clock().timestamp()
        for packed in self._spool.held_events(chat.chat_id, now).values():
            _, record = unpack(packed)
            event = decode(record.headers, record.value)
            if not isinstance(event, MessageReceived):
                continue
            row = _row_of(tail, event.seq)
            if row is None or _id_of(chat, tail, event.seq, row) != event.event_id:
                self._let_go(event, _given_up(event.content))  # taken back, or far above
            else:
                found[event.seq] = event
        return found

    async def _page(self, window: Window, walk: _Walk) -> bool:
        """Fetch what the window's uppermost page shows, oldest first; whether to go on above it.
        Not where all is done, time is up, or the page is not what it was.
        """
        tail = self._chats.tails[walk.chat.chat_id]
        page = window.screen
        first = tail.seq - len(window.rows) + 1
        if self._monotonic() >= walk.until or not _agrees(tail, window.rows):
            return False
        for seq, row in _places(page, first):
            event = walk.owed.get(seq)
            if event is None:
                continue
            if self._monotonic() >= walk.until:
                return False
            if isinstance(event.content, Text) and row.more is None:
                last = window.pages == 0 and row is page.rows[-1]
                content = row.content if last or not row.low else None
            else:
                content = await self._fetched(row, event, walk.until)
                if not _same(page, await self._fetcher.leave()):
                    return False  # rows came: the tap may have hit another one than was meant
            if content is not None:
                del walk.owed[seq]
                self._keep(event, content, walk, certain=not _repeats(page.rows))
        return any(seq < first for seq in walk.owed)

    def _keep(
        self, event: MessageReceived, content: Content, walk: _Walk, *, certain: bool
    ) -> None:
        """Let an event go whole; where rows may have moved unseen, only when none has come."""
        if certain:
            self._let_go(event, content, walk.names)
            walk.certain += 1
        else:
            walk.likely.append((event, content))

    async def _fetched(self, row: SeenRow, event: MessageReceived, until: float) -> Content | None:
        self._tries[event.event_id] += 1
        content = await self._fetcher.fetch(row, event.content, until)
        if content is None and self._tries[event.event_id] >= _TRIES:
            return _given_up(event.content)
        return content

    def _let_go(
        self,
        event: MessageReceived,
        content: Content,
        names: tuple[frozenset[str], frozenset[str]] | None = None,
    ) -> None:
        told: dict[str, object] = {"content": content}
        if names is not None and isinstance(content, Text) and event.chat.kind == "group":
            told["mentions"] = mentions(content.text, *names)
        whole = event.model_copy(update=told)
        topic, record = self._head.event(whole, event.event_id)
        self._spool.release(event.event_id, pack(topic, record))
        del self._tries[event.event_id]
        self._shipping.wake()


def _given_up(content: Content) -> Content:
    return content if isinstance(content, Text) else without(content, "unavailable")


def _places(page: ChatScreen, first: int) -> list[tuple[int, SeenRow]]:
    """A page's rows by their numbers; also the one above them, if its 全文 alone is to be seen."""
    rows = list(enumerate(page.rows, first))
    if page.cut_more is None:
        return rows
    cut = SeenRow("other", "", Text(text=""), page.cut_more, more=page.cut_more)
    return [(first - 1, cut), *rows]


def _row_of(tail: Tail, seq: int) -> Row | None:
    place = len(tail.rows) - 1 - (tail.seq - seq)
    return tail.rows[place] if 0 <= place < len(tail.rows) else None


def _id_of(chat: KnownChat, tail: Tail, seq: int, row: Row) -> str:
    return event_id(chat.account, chat.chat_id, tail.epoch, seq, row.print)


def _agrees(tail: Tail, rows: Sequence[SeenRow]) -> bool:
    """Whether the rows from somewhere to the chat's last one are those of the tail."""
    count = min(len(rows), len(tail.rows))
    return count > 0 and [row.row for row in rows[-count:]] == list(tail.rows[-count:])


def _repeats(rows: Sequence[SeenRow]) -> bool:
    """Whether a page would look the same after some rows had come: equal ones follow each other."""
    prints = [row.row.print for row in rows]
    count = len(prints)
    return any(prints[way:] == prints[: count - way] for way in range(1, count))


def _same(before: ChatScreen, after: ChatScreen) -> bool:
    """Whether a chat shows the same rows in the same places."""
    if before.cut_more != after.cut_more:
        return False
    return [(row.row, row.bounds) for row in before.rows] == [
        (row.row, row.bounds) for row in after.rows
    ]
