"""`ctx.history`: what was said in a chat, for those that are granted it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from schemas.event import MessageReceived
from schemas.failure import Bug

NAME: Final = "history"
"""How its calls are named in a run's journal."""

MOST: Final = 5000

Place = tuple[str, str, str]
"""Channel, account, chat id."""

Recall = Callable[[Place, datetime, datetime, int], Awaitable[list[dict[str, Any]]]]
"""The events of messages in a chat from a moment (with it) to another (without), the last so many
in their order. Raises Retryable (DependencyDown) where no answer came.
"""

Journaled = Callable[[Any, Callable[[], Awaitable[Any]]], Awaitable[Any]]


class History:
    """What people wrote in a chat; a retry of the run is told the same."""

    def __init__(
        self, here: Place, recall: Recall, passes: Callable[[Place], None], journaled: Journaled
    ) -> None:
        """Made by the context; `passes` raises Denied for a chat that is not granted."""
        self._here = here
        self._recall = recall
        self._passes = passes
        self._journaled = journaled

    async def messages(
        self,
        *,
        since: datetime,
        until: datetime,
        chat_id: str | None = None,
        channel: str | None = None,
        account: str | None = None,
        most: int = 1000,
    ) -> list[MessageReceived]:
        """The messages that were seen in a chat (the event's own where not named) from `since`
        (with it) to `until` (without): the last `most`, at most 5,000, in their order. What was
        recalled is not among them, nor what this account wrote itself.

        Raises:
            Denied: it is another chat than the event's, and the owner did not grant it.
            Bug: a time without a zone.
            DependencyDown, Retryable: no answer now.

        """
        if since.tzinfo is None or until.tzinfo is None:
            raise Bug("ctx.history wants times with a zone")
        own = self._here
        place = channel or own[0], account or own[1], chat_id or own[2]
        self._passes(place)
        count = min(most, MOST)
        request: Mapping[str, Any] = {
            "chat": ":".join(place),
            "since": since.isoformat(),
            "until": until.isoformat(),
            "most": count,
        }
        told = await self._journaled(request, lambda: self._recall(place, since, until, count))
        return [MessageReceived.model_validate(one) for one in told]
