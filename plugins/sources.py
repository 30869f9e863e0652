"""What a run reads and keeps outside besides HTTP: models, databases, chats, blobs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from plugins.database import Query
from plugins.history import Recall
from plugins.llm import Think
from schemas.failure import BadRequest

KEEP: Final = "keep"
"""How a stored blob is named in a run's journal."""

MOST_KEPT: Final = 20 * 1024 * 1024  # bytes

Keep = Callable[[bytes, str, str | None], Awaitable[dict[str, Any]]]
"""Stores bytes of a type under a name, and gives what `Media` holds. Raises DependencyDown."""


async def _nobody(*_: object) -> NoReturn:
    raise BadRequest("nothing outside answers here: neither models, databases, chats nor blobs")


@dataclass(frozen=True)
class Sources:
    """Made by whoever runs the plugin; without arguments nothing answers, as in a replay."""

    think: Think = _nobody
    query: Query = _nobody
    recall: Recall = _nobody
    keep: Keep = _nobody

    def moved(self, back: Callable[[Any], Any]) -> "Sources":
        """The same, each called another way."""
        return Sources(back(self.think), back(self.query), back(self.recall), back(self.keep))


NOWHERE: Final = Sources()
