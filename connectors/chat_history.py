"""Reads what was said in a chat from the projection of events."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, singly
from connectors.tables import MESSAGES
from schemas.event import MessageReceived


class ChatHistory:
    """Raises DependencyDown or Retryable while PostgreSQL is away; call again."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def recall(
        self, place: tuple[str, str, str], since: datetime, until: datetime, most: int
    ) -> list[dict[str, Any]]:
        """The messages of a chat (channel, account, id) seen from `since`, before `until`: the last
        `most`, in their order. None that was recalled, nor older than the first sight of the chat.
        """
        columns = MESSAGES.c
        channel, account, chat_id = place
        asked = (
            select(columns.body)
            .where(
                columns.type == MessageReceived.TYPE,
                columns.channel == channel,
                columns.account == account,
                columns.chat_id == chat_id,
                columns.observed_at >= since,
                columns.observed_at < until,
                columns.recalled_at.is_(None),
                columns.body["historical"].as_boolean().isnot(true()),
            )
            .order_by(columns.observed_at.desc(), columns.seq.desc())
            .limit(most)
        )
        with meaning():
            async with singly(self._engine) as connection:
                rows = (await connection.execute(asked)).scalars().all()
        return list(reversed(rows))
