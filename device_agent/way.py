"""How one bubble gets from an open chat to its last tap: what a send needs of text and of media."""

from dataclasses import dataclass
from typing import Protocol

from device_agent.job import Job
from device_agent.nodes import Box
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.screen import ChatScreen
from schemas.content import Content
from schemas.failure import Permanent, Retryable
from schemas.phone import KnownChat


class NotReady(Retryable):
    """The phone does not show what a send needs; nothing was tapped that sends."""


class Undeliverable(Permanent):
    """It can never be sent as it was asked for; nothing was tapped that sends."""

    def __init__(self, reason: str, detail: str) -> None:
        """`reason` is the receipt's stable code."""
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class Ready:
    """One tap on `button` sends. `screen` is the chat as it was last seen before, `bubble` what
    will stand in it.
    """

    screen: ChatScreen
    button: Box
    bubble: Content


@dataclass(frozen=True)
class Glance:
    """One look after the tap. `screen`: the chat, where it shows; None: the question whether to
    send still stands.
    """

    screen: ChatScreen | None


@dataclass(frozen=True)
class Sign:
    """What the phone says of a tap besides bubbles: the message is still `held`, untapped; or it is
    `gone` from where it was held, which only the tap can have done.
    """

    held: bool
    gone: bool


class Way(Protocol):
    """One way of sending."""

    def resumes(self, job: Job) -> bool:
        """Whether what was not sent stands whole in the chat, to be tapped again where it is, also
        after the chat was left and opened again.
        """

    async def prepare(self, job: Job, chat: KnownChat, screen: ChatScreen) -> tuple[Job, Ready]:
        """From the open chat to one tap before it is sent, all verified.

        Raises:
            Undeliverable: it can never be sent as it was asked for.
            Retryable: not this time.

        """

    async def glance(self, job: Job, chat: KnownChat) -> Glance | None:
        """One look after the tap; None: neither the chat nor the question shows.

        Raises:
            Retryable: there is nothing to be seen now.

        """

    def sign(self, job: Job, screen: ChatScreen, *, tapped_now: bool) -> Sign:
        """What the phone says of the last tap; `tapped_now`: it was ours, just now."""

    async def resume(self, job: Job, chat: KnownChat, screen: ChatScreen) -> Ready | None:
        """Ready again, from a chat that still holds what was not sent."""

    async def clear(self, job: Job) -> None:
        """Leave nothing behind in the chat; what does not work now is left."""

    async def tidy(self, job: Job) -> None:
        """Leave nothing behind on the phone once it has ended; what does not work now is left."""


class OpenChat:
    """The chat that is open, read anew."""

    def __init__(self, pilot: Pilot, reader: Reader) -> None:
        """Both of one phone."""
        self._pilot = pilot
        self._reader = reader

    async def read(self, chat: KnownChat) -> ChatScreen:
        """The chat, freshly read and taken in.

        Raises:
            NotReady: another screen came, or the title fits another chat too.

        """
        screen = await self._pilot.look_at_chat()
        if screen is None or not screen.is_of(chat.title) or not self._reader.only(screen, chat):
            raise NotReady("another screen came")
        return await self._reader.take_in(screen, opened=chat)
