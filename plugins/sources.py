"""What a run reads and keeps outside besides HTTP: models, databases, chats, blobs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from plugins.database import Query
from plugins.history import Recall
from plugins.llm import Think
from schemas.failure import BadRequest

__all__ = ["KEEP", "MOST_KEPT", "NOWHERE", "Keep", "Query", "Recall", "Sources", "Think", "nobody"]

KEEP: Final = "keep"
"""How a stored blob is named in a run's journal."""

MOST_KEPT: Final = 20 * 1024 * 1024  # bytes

Keep = Callable[[bytes, str, str | None], Awaitable[dict[str, Any]]]
"""Stores bytes of a type under a name, and gives what `Media` holds. Raises DependencyDown."""


async def nobody(*_: object) -> NoReturn:
    """Stands where nothing answers, as in a replay."""
    raise BadRequest("nothing outside answers here: neither models, databases, chats nor a store")


@dataclass(frozen=True)
class Sources:
    """Made by whoever runs plugins."""

    think: Think = nobody
    query: Query = nobody
    recall: Recall = nobody
    keep: Keep = nobody

    def moved(self, back: Callable[[Any], Any]) -> "Sources":
        """The same, each called another way."""
        return Sources(back(self.think), back(self.query), back(self.recall), back(self.keep))


NOWHERE: Final = Sources()
