"""Quotes a message before it is answered: finds its bubble, and chooses 引用 from its menu."""

from loguru import logger

from device_agent.chats import Chats
from device_agent.nodes import Box, box, first, parse, with_id
from device_agent.picker import quote_item
from device_agent.pilot import Pilot
from device_agent.rows import SeenRow
from device_agent.screen import ChatScreen, QuoteBar
from device_agent.way import NotReady, OpenChat
from device_agent.window import Scroller, Window
from device_agent.wording import preview_shows
from schemas.identity import event_id
from schemas.ledger import Row, Tail
from schemas.phone import KnownChat

_MOST_PAGES = 12


class NotQuotable(Exception):
    """The message is out of reach, gone, or of a kind that WeChat does not quote."""


class Citing:
    """Puts a quote under the field of the open chat, and takes one away."""

    def __init__(self, pilot: Pilot, chat: OpenChat, chats: Chats) -> None:
        """All of one phone."""
        self._pilot = pilot
        self._open = chat
        self._chats = chats
        self._scroller = Scroller(pilot)

    async def quote(self, chat: KnownChat, quoted: str) -> str:
        """Quote the message with that event_id in the open chat; what stands under the field then.

        Raises:
            NotQuotable: it cannot be quoted.
            Retryable: not this time.

        """
        screen = await self._open.read(chat)
        tail = self._chats.tails[chat.chat_id]
        place = place_of(quoted, chat, tail)
        if place is None:
            raise NotQuotable("it is not among the last rows of the chat, or was taken back")
        row = await self._scrolled_to(screen, len(tail.rows) - 1 - place, tail.rows[place])
        bubble = self._bubble(row)
        self._pilot.screen = None
        await self._pilot.phone.hold(*bubble.middle)
        await self._pilot.look(quote_item)
        item = quote_item(self._pilot.xml)
        if item is None:
            if not isinstance(self._pilot.screen, ChatScreen):
                await self._pilot.phone.press("back")  # the menu, without 引用
            raise NotQuotable("its menu has no 引用")
        await self._pilot.tap(item)
        shown = await self._pilot.look_at_chat()
        bar = shown.quoting if shown is not None and shown.is_of(chat.title) else None
        if bar is None or not _quotes(bar.line, row, chat):
            await self.unquote(bar)
            raise NotReady("the quote under the field is not of that message")
        return bar.line

    async def unquote(self, bar: QuoteBar | None) -> None:
        """Take away a quote that is not wanted.

        Raises:
            NotReady: it has no cross.

        """
        if bar is None:
            return
        if bar.close is None:
            raise NotReady("another message is quoted, and the quote cannot be taken away")
        logger.info("a quote that is not ours is taken away")
        await self._pilot.tap(bar.close)

    async def _scrolled_to(self, screen: ChatScreen, above_last: int, wanted: Row) -> SeenRow:
        """The row so many rows above the last one, whole on the screen."""
        window = Window(screen, list(screen.rows), at_top=screen.short)
        while len(window.rows) <= above_last and window.pages < _MOST_PAGES:
            if not await self._scroller.extend(window):
                break
        place = len(window.rows) - 1 - above_last
        if place < 0 or not window.whole or place >= len(window.screen.rows):
            raise NotQuotable("scrolling back does not reach it")
        row = window.screen.rows[place]
        if row.row != wanted:
            raise NotQuotable("another row stands in its place")
        return row

    def _bubble(self, row: SeenRow) -> Box:
        """Where the bubble of a row on the screen is; a press beside it does nothing."""
        layout = self._pilot.layout
        for node in with_id(parse(self._pilot.xml), layout.id("message_row")):
            if box(node) == row.bounds:
                body = first(node, layout.id("body"))
                body = body if body is not None else first(node, layout.id("media"))
                if body is not None:
                    return box(body)
        raise NotQuotable("its row has no bubble")


def place_of(quoted: str, chat: KnownChat, tail: Tail) -> int | None:
    """Which of the tail's rows has that event_id. Pure."""
    for place in range(len(tail.rows) - 1, -1, -1):
        seq = tail.seq - (len(tail.rows) - 1 - place)
        if seq < 1:
            return None
        row = tail.rows[place]
        if quoted == event_id(chat.account, chat.chat_id, tail.epoch, seq, row.print):
            return place
    return None


def _quotes(line: str, row: SeenRow, chat: KnownChat) -> bool:
    """Whether the line under the field is of a row."""
    for name in (row.sender, row.face, chat.title):
        said = line.removeprefix(f"{name}：")
        if name and said != line:
            return not row.text or preview_shows(said, row.text)
    return False
