"""What stands on the phone's screen: WeChat's pages, and the windows that lie over them."""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Page:
    """A page of WeChat above its start screen; which there are is in `screens.book.PAGES`.

    `target` says what it is about (a chat's id, mostly), `offset` how far it is scrolled, in pixels
    (a chat: up from its end), `words` what its own field holds (a chat's is its draft), `panel`
    what lies open below it, `picked` what is ticked on it, `quoting` the message to be quoted,
    `tokens` the people mentioned in a draft, each as shown there, `carried` the contents that wait
    for a chat to be chosen for them.
    """

    name: str
    target: str = ""
    offset: int = 0
    words: str = ""
    focused: bool = False
    panel: str = ""
    picked: list[str] = field(default_factory=list)
    quoting: str | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    carried: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Overlay:
    """A window over whatever is in front; which there are is in `screens.book.OVERLAYS`.

    It goes by itself at `until`, in monotonic seconds.
    """

    name: str
    text: str = ""
    target: str = ""
    until: float = math.inf


OF_PAGES = frozenset(
    {
        "message_menu", "viewer_menu", "resend", "delete", "shared", "confirm_send", "plus_menu",
        "row_menu", "delete_row", "leave_question", "clear_question",
    }
)  # fmt: skip
"""Windows that ask about what a page of WeChat shows."""


@dataclass(slots=True)
class Stage:
    """The state of the screen; offsets in pixels, `settles_at` in monotonic seconds."""

    wechat_front: bool = False
    wechat_running: bool = False
    tab: int = 0
    tab_offsets: dict[int, int] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    shade: bool = False
    awake: bool = True
    locked_until: float = 0.0
    pin: bool = False
    settles_at: float = 0.0
    last_toast: str | None = None
    transcribed: set[str] = field(default_factory=set)

    @property
    def tab_offset(self) -> int:
        """How far the current tab of the start screen is scrolled."""
        return self.tab_offsets.get(self.tab, 0)

    @tab_offset.setter
    def tab_offset(self, pixels: int) -> None:
        self.tab_offsets[self.tab] = pixels

    @property
    def page(self) -> Page | None:
        """The page on top; None on the start screen."""
        return self.pages[-1] if self.pages else None

    @property
    def open_chat(self) -> str | None:
        """The id of the chat whose page is on top."""
        page = self.page
        return page.target if page is not None and page.name == "chat" else None

    @property
    def in_front(self) -> bool:
        """Whether a person would be looking at WeChat now."""
        return self.wechat_front and self.awake and not self.locked

    @property
    def locked(self) -> bool:
        """Whether the lock screen stands over everything."""
        return self.locked_until > 0

    @property
    def logged_out(self) -> bool:
        """Whether WeChat shows its log-in page."""
        return any(one.name == "logged_out" for one in self.overlays)

    def lock(self, until: float, *, pin: bool) -> None:
        """Show the lock screen until it is opened, or a person opens it."""
        self.locked_until, self.pin = until, pin

    def unlock(self) -> None:
        """Take the lock screen away."""
        self.locked_until, self.pin = 0.0, False

    def lay(self, overlay: Overlay) -> None:
        """Put a window over the others; the last toast's text is remembered when it has gone."""
        self.overlays.append(overlay)
        if overlay.name == "toast":
            self.last_toast = overlay.text

    def expire(self, monotonic: float) -> bool:
        """Take away what goes by itself; whether anything went."""
        staying = [one for one in self.overlays if one.until > monotonic]
        gone = len(staying) < len(self.overlays)
        self.overlays = staying
        if 0 < self.locked_until <= monotonic:
            self.unlock()
            gone = True
        return gone

    def heal(self) -> None:
        """Take away all that no finger can: lock, log-in page, restriction, and other windows."""
        self.overlays.clear()
        self.unlock()

    def show(self, page: Page) -> None:
        """Put a page on top of WeChat's others."""
        self.wechat_front = self.wechat_running = True
        self.shade = False
        self.pages.append(page)

    def only(self, page: Page) -> None:
        """Show a page directly above the start screen."""
        self.pages.clear()
        self.show(page)

    def forget(self, message_id: str) -> None:
        """Close what is about a message that is there no more: its viewer, its menu."""
        self.pages = [one for one in self.pages if one.target != message_id]
        self.overlays = [one for one in self.overlays if one.target != message_id]

    def stop_wechat(self) -> None:
        """WeChat is gone, and the menus and questions of its pages with it; it will start at its
        list.
        """
        self.pages.clear()
        self.overlays = [one for one in self.overlays if one.name not in OF_PAGES]
        self.wechat_front = self.wechat_running = False
        self.tab = 0
        self.tab_offsets.clear()

    def dismiss(self, name: str) -> None:
        """Take an overlay away."""
        self.overlays = [one for one in self.overlays if one.name != name]
