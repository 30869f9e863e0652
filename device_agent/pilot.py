"""Where the phone is and how it gets elsewhere: look, to the list, into a row, home."""

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from device_agent.covers import Cover, Then
from device_agent.layout import PACKAGE, Layout
from device_agent.nodes import Box
from device_agent.phone import START_WECHAT, Phone, TreeHidden
from device_agent.screen import (
    ChatScreen,
    HomeScreen,
    ListScreen,
    OtherScreen,
    Screen,
    read_screen,
    tab_box,
)
from device_agent.sight.sight import Sight
from schemas.failure import Retryable

_STEPS = 8
_LOOKS = 3
_MOST_COVERS = 4


class Lost(Retryable):
    """The screen wanted did not come."""


class TreeChanged(Retryable):
    """WeChat began to hide its tree, or ceased to: rows read before and after do not compare."""


class Covered(Retryable):
    """Something lies over WeChat that is not ours to take away."""

    def __init__(self, cover: Cover) -> None:
        """`cover` says what."""
        super().__init__(cover.about)
        self.cover = cover


class Pilot:
    """Steers WeChat. A chat left by `to_list` is shown to `on_chat` first: opening it cleared its
    badge, whoever opened it.
    """

    def __init__(self, phone: Phone, layout: Layout) -> None:
        """`layout` may be exchanged when the version is known."""
        self.phone = phone
        self.layout = layout
        self.screen: Screen | None = None
        self.at_bottom = False
        """Whether the open chat certainly shows its last row. It does where we opened it and did
        not scroll since; a chat found open may stand anywhere.
        """
        self._xml = ""
        self.sight: Sight | None = None
        """Reads pictures where the tree is hidden; None: there is none."""
        self.hidden = False
        """Whether WeChat hid its tree when last looked at: then it is only read."""
        self.on_seen: Callable[[ChatScreen], ChatScreen] | None = None
        """Knows a chat's rows again, each time one was read."""
        self.on_chat: Callable[[ChatScreen], Awaitable[ChatScreen]] | None = None
        self.on_cover: Callable[[Cover], None] | None = None
        self.on_escape: Callable[[str], None] | None = None
        """Told the dump of each unknown screen before it is left."""

    @property
    def xml(self) -> str:
        """The dump that `screen` was read from.

        Raises:
            TreeHidden: it was read from a picture.

        """
        if self.hidden:
            raise TreeHidden("WeChat hides its node tree")
        return self._xml

    @property
    def may_write(self) -> bool:
        """Whether fields and buttons are known well enough to send by them."""
        return self.layout.certain and not self.hidden

    async def look(self, wanted: Callable[[str], object] | None = None) -> Screen:
        """One dump, read; another one for each known cover that had to be taken away. A dump that
        `wanted` finds true shows what we opened ourselves, and no cover.

        Raises:
            Covered: something lies there that is left alone.
            Retryable: the dump cannot be had or is no screen.

        """
        tries = 0
        while True:
            screen = await self._read()
            cover = screen.cover if isinstance(screen, OtherScreen) else None
            if cover is None or (wanted is not None and wanted(self._xml)):
                return screen
            tries += 1
            if tries > _MOST_COVERS:
                raise Covered(cover)
            await self._uncover(cover)

    async def _read(self) -> Screen:
        self.screen, hidden = None, self.hidden
        try:
            self._xml = await self.phone.dump()
            screen = read_screen(self._xml, self.layout)
        except TreeHidden:
            screen = await self._seen()
        except ValueError as error:
            raise Retryable(str(error)) from error
        else:
            self.hidden = self.hidden and not _of_wechat(screen)
        if self.hidden != hidden:
            raise TreeChanged("WeChat hides its tree" if self.hidden else "WeChat's tree is back")
        if isinstance(screen, ChatScreen) and self.on_seen is not None:
            screen = self.on_seen(screen)
        self.screen = screen
        return screen

    async def _seen(self) -> Screen:
        """The page by its picture.

        Raises:
            TreeHidden: nothing reads pictures here.
            Retryable: there is no picture.

        """
        if self.sight is None:
            raise TreeHidden("WeChat hides its node tree, and pictures are not read: install ocr")
        self.hidden = True
        picture = await self.phone.sight()
        try:
            return await asyncio.to_thread(self.sight.read, picture)
        except OSError as error:
            raise Retryable("the picture of the screen cannot be read") from error

    async def _uncover(self, cover: Cover) -> None:
        """Do the one thing that may be done about a cover."""
        self.screen = None
        if self.on_cover is not None:
            self.on_cover(cover)
        if cover.tap is not None:
            await self.phone.tap(*cover.tap.middle)
        elif cover.key is not None:
            await self.phone.press(cover.key)
        elif cover.then is Then.UNLOCK:
            await self.phone.wake()
            x = cover.area.middle[0]
            low, high = cover.area.height * 9 // 10, cover.area.height // 5
            await self.phone.swipe((x, low), (x, high))
        else:
            raise Covered(cover)
        logger.info("{}: {}", cover.about, cover.then.value)
        if cover.then is Then.RESTART:
            await self.phone.shell(START_WECHAT)

    async def start_wechat(self) -> Screen:
        """Bring WeChat to the front: one shell call and a look."""
        self.screen = None
        await self.phone.shell(START_WECHAT)
        return await self.look()

    async def to_list(self) -> ListScreen:
        """The conversation list on the screen, freshly read.

        Raises:
            Lost: it did not come; what stood there instead is in the message.

        """
        screen = self.screen if isinstance(self.screen, ChatScreen) else await self.look()
        for _ in range(_STEPS):
            if isinstance(screen, ListScreen) and screen.selected:
                return screen
            screen = await self._towards_list(screen)
        raise Lost(f"the conversation list does not come, the screen shows {_told(screen)}")

    async def _towards_list(self, screen: Screen) -> Screen:
        if isinstance(screen, HomeScreen):
            return await self.start_wechat()
        if isinstance(screen, ListScreen):
            tab = self._tab()
            if tab is not None:
                await self.tap(tab)
        elif isinstance(screen, ChatScreen):
            await self.leave_chat(screen)
        else:
            await self._escape(screen)
        return await self.look()

    def _tab(self) -> Box | None:
        if self.hidden:
            return self.sight.tab if self.sight is not None else None
        return tab_box(self._xml, self.layout)

    async def leave_chat(self, screen: ChatScreen) -> None:
        """Back to the list, after what the chat shows has been taken in."""
        if self.on_chat is not None:
            await self.on_chat(screen)
        self.screen = None
        await self.phone.press("back")

    async def _escape(self, screen: OtherScreen) -> None:
        logger.info("an unknown screen: {}; going back", _told(screen))
        if self.on_escape is not None and not self.hidden:
            self.on_escape(self._xml)
        self.screen = None
        await self.phone.press("back")

    async def tap(self, area: Box) -> None:
        """Tap the middle of a box; the screen is unknown then."""
        self.screen = None
        await self.phone.tap(*area.middle)

    async def write(self, text: str) -> None:
        """Replace the field's text; what was seen before no longer counts.

        Raises:
            TreeHidden: nothing would prove what was written where.

        """
        self.screen = None
        if self.hidden:
            raise TreeHidden("WeChat hides its node tree")
        await self.phone.set_text(self.layout.id("field"), text)

    async def look_at_chat(self) -> ChatScreen | None:
        """The chat on the screen, its title readable; None if another screen came."""
        for _ in range(_LOOKS):
            screen = await self.look()
            if not isinstance(screen, ChatScreen):
                return None
            if screen.title is not None:
                return screen
        return None

    async def swipe_up_list(self, area: Box) -> None:
        """Show the rows below."""
        await self._swipe(area, -_reach(area))

    async def swipe_down_list(self, area: Box) -> None:
        """Show the rows above."""
        await self._swipe(area, _reach(area))

    async def scroll_chat(self, area: Box, *, back: bool, way: int | None = None) -> int:
        """Drag a chat towards older rows, or newer ones, by `way` pixels (None: half a page); the
        pixels that the finger moved.
        """
        way = min(way or area.height, area.height // 2)
        await self._swipe(area, way if back else -way)
        return way

    async def _swipe(self, area: Box, way: int) -> None:
        self.screen = None
        self.at_bottom = False  # a chat may lie under what an old dump took for the list
        x = (area.left + area.right) // 2
        y = (area.top + area.bottom - way) // 2
        await self.phone.swipe((x, y), (x, y + way))

    async def home(self) -> None:
        """The launcher; WeChat stays at its list, so that its next start opens no chat."""
        self.screen = None
        await self.phone.press("home")


def _of_wechat(screen: Screen) -> bool:
    """Whether this is a page of WeChat: another one says nothing of its tree."""
    if isinstance(screen, OtherScreen):
        return screen.package == PACKAGE
    return not isinstance(screen, HomeScreen)


def _reach(area: Box) -> int:
    return area.height * 7 // 10


def _told(screen: Screen) -> str:
    """For the log; what WeChat's own pages say are names and messages, and not for it."""
    if isinstance(screen, OtherScreen) and screen.package == PACKAGE:
        return f"{screen.package}, {len(screen.words)} texts"
    return _name(screen)


def _name(screen: Screen) -> str:
    if isinstance(screen, OtherScreen):
        return f"{screen.package}: {' / '.join(screen.words) or 'no words'}"
    return type(screen).__name__
