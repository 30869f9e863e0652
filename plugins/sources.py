"""What a run reads and keeps outside besides HTTP: models, databases, chats, blobs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

from plugins.database import Query
from plugins.history import Recall
from plugins.llm import Think
from plugins.operating import Operate
from plugins.toolbox import Offered
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
    """Made by whoever runs plugins; `offered` tells the tools that there are for a run's event."""

    think: Think = nobody
    query: Query = nobody
    recall: Recall = nobody
    keep: Keep = nobody
    operate: Operate = nobody
    offered: Callable[[], Sequence[Offered]] = tuple

    def offering(self, offered: Callable[[], Sequence[Offered]]) -> "Sources":
        """The same, with the tools for an event."""
        return replace(self, offered=offered)

    def moved(self, back: Callable[[Any], Any]) -> "Sources":
        """The same, each called another way."""
        return replace(self.named(lambda name: back(getattr(self, name))), offered=self.offered)

    @staticmethod
    def named(called: Callable[[str], Any]) -> "Sources":
        """What is called by each name."""
        return Sources(*(called(name) for name in ("think", "query", "recall", "keep", "operate")))


NOWHERE: Final = Sources()
