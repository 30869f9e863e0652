"""Proves titles before they are needed: an answer to who just wrote then opens the row at once."""

from collections.abc import Callable

from device_agent.approach import Approach
from device_agent.chats import Chats
from device_agent.visits import Visits
from schemas.phone import KnownChat


class Proving:
    """An errand: one search for the title of a chat that was read lately and is not proven."""

    def __init__(
        self,
        *,
        approach: Approach,
        chats: Chats,
        visits: Visits,
        pause: float,
        monotonic: Callable[[], float],
    ) -> None:
        """`pause`: seconds between two searches. `monotonic` in seconds."""
        self._approach = approach
        self._chats = chats
        self._visits = visits
        self._pause = pause
        self._monotonic = monotonic
        self._last = -pause

    def due(self, now: float, /) -> bool:
        """Whether a chat was read since the last search, and nothing proves its title yet."""
        return now - self._last >= self._pause and self._next() is not None

    async def run(self) -> bool:
        """Search for one title; a chat whose title is not proven by it waits for its next message.

        Raises:
            Retryable: the phone failed.

        """
        chat = self._next()
        if chat is None:
            return False
        self._last = self._monotonic()
        del self._visits.recent[chat.chat_id]
        await self._approach.prove(chat)
        return True

    def _next(self) -> KnownChat | None:
        for chat_id in self._visits.recent:
            chat = self._chats.known.get(chat_id)
            open_question = chat is not None and not self._approach.proven(chat)
            if chat is not None and open_question and self._approach.alone(chat):
                return chat
        return None
