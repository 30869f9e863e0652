"""The chats that somebody asked for a person in, or that were taken: how an owner names them.
Pure.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

KEY: Final = "chats"
_MOST: Final = 20

Standing = Literal["asked", "taken", "free"]


@dataclass(frozen=True)
class KnownChat:
    """`at` is when it came to stand so, in ISO 8601."""

    id: str
    title: str
    standing: Standing
    at: str


@dataclass(frozen=True)
class Directory:
    """The newest first."""

    chats: tuple[KnownChat, ...] = ()

    @classmethod
    def of(cls, kept: Sequence[dict[str, Any]]) -> Self:
        """As `ctx.shared` has it."""
        return cls(tuple(KnownChat(**one) for one in kept))

    def kept(self) -> list[dict[str, Any]]:
        """For `ctx.shared`."""
        return [asdict(one) for one in self.chats]

    def told(self, chat: KnownChat) -> Self:
        """A chat has come to stand otherwise."""
        others = (one for one in self.chats if one.id != chat.id)
        return type(self)((chat, *others)[:_MOST])

    def find(self, which: str) -> KnownChat | None:
        """By its number in the list, its id, or its title where only one chat has it."""
        if which.isascii() and which.isdigit() and 0 < int(which) <= len(self.chats):
            return self.chats[int(which) - 1]
        found = [one for one in self.chats if which == one.id]
        found = found or [one for one in self.chats if which == one.title]
        return found[0] if len(found) == 1 else None
