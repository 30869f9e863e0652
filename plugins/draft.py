"""What a handler yields: content for a chat, before it has an id. Pure."""

from dataclasses import dataclass
from typing import Any

from schemas.content import Sendable


@dataclass(frozen=True)
class Draft:
    """What a handler yields: content for a chat. It gets its id when the run has ended.

    A text may call members of a group (`mentions`, `mention_all`) and `quote` an event by its id.
    `origin` is the event that it passes on from another chat, `author` who wrote that.
    """

    channel: str
    account: str
    chat_id: str
    content: Sendable
    mentions: tuple[str, ...] = ()
    mention_all: bool = False
    quote: str | None = None
    origin: str | None = None
    author: str | None = None

    @property
    def answers(self) -> dict[str, Any]:
        """Whom it calls, quotes and passes on, by the names that an action has for it."""
        called = {"mentions": self.mentions, "mention_all": self.mention_all}
        return called | {"quote": self.quote, "origin": self.origin, "author": self.author}
