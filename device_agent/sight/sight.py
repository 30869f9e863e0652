"""WeChat's pages from pictures, as the agent reads them from the tree."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from loguru import logger

from device_agent.layout import PACKAGE
from device_agent.likeness import title_among
from device_agent.nodes import Box
from device_agent.screen import ChatScreen, ListScreen, OtherScreen

if TYPE_CHECKING:  # loaded with the first picture, numpy and the models with them
    from device_agent.sight.chat_page import SightedChat
    from device_agent.sight.list_page import SightedList
    from device_agent.sight.recognizer import Recognizer, Remembering


class Sight:
    """The eyes of one phone. A chat counts only where its title is read surely, or looks like one
    title that is known; rows of others are left out, and said once.
    """

    def __init__(
        self,
        titles: Callable[[], Iterable[str]],
        recognizer: "Callable[[], Recognizer] | None" = None,
    ) -> None:
        """`titles` are those of the known chats; the recogniser (None: that of the extra `ocr`) is
        made at the first look.
        """
        self._titles = titles
        self._make = recognizer
        self._header: int | None = None
        self._unsure: set[str] = set()
        self.tab: Box | None = None
        """Where the first tab (微信) was in the last picture of a page with tabs."""

    @cached_property
    def _eyes(self) -> "Remembering":
        from device_agent.sight.recognizer import RapidRecognizer, Remembering

        return Remembering((self._make or RapidRecognizer)())

    def read(self, picture: bytes) -> ListScreen | ChatScreen | OtherScreen:
        """The page that a screenshot shows. It computes for some hundred milliseconds.

        Raises:
            OSError: it is no picture.
            Veiled: a toast lies over the page.
            NoRecognizer: the extra `ocr` is not installed.

        """
        from device_agent.sight.chat_page import sighted_chat
        from device_agent.sight.list_page import sighted_list
        from device_agent.sight.pixels import decoded
        from device_agent.sight.veil import Veiled, veiled

        pixels = decoded(picture)
        if veiled(pixels):
            raise Veiled("something lies over the page for a moment")
        listing = sighted_list(pixels, self._eyes)
        if listing is not None:
            return self._list(listing)
        chat = sighted_chat(pixels, self._eyes, header=self._header)
        if chat is not None:
            return self._chat(chat)
        return OtherScreen(PACKAGE, hidden=True)

    def _list(self, seen: "SightedList") -> ListScreen:
        self.tab = seen.tab
        screen, rows = seen.screen, []
        for row, sure in zip(screen.rows, seen.sure, strict=True):
            title = title_among(row.title, sure, self._titles())
            if title is not None:
                rows.append(replace(row, title=title))
            elif row.title not in self._unsure:
                self._unsure.add(row.title)
                logger.warning("a row of the list is left out: its title cannot be read surely")
        if screen.rows:
            self._header = screen.area.top
        return replace(screen, rows=tuple(rows))

    def _chat(self, seen: "SightedChat") -> ChatScreen:
        screen = seen.screen
        if screen.title is None:
            return screen
        return replace(screen, title=title_among(screen.title, seen.title_sure, self._titles()))
