"""Finds recorded runs with their events, to be run again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning
from connectors.tables import CHATS, MESSAGES, RUNS
from schemas.envelope import TYPES
from schemas.event import EVENTS, Event
from schemas.run import PluginRun


@dataclass(frozen=True)
class Recording:
    """What an instance made of an event at its last run."""

    event: Event
    run: PluginRun


@dataclass(frozen=True)
class Selection:
    """Which runs; what is None chooses nothing. `last`: so many of the newest, oldest first;
    `events`: these ids, whole.
    """

    event: str | None = None
    events: frozenset[str] | None = None
    trace: str | None = None
    chat: str | None = None
    plugin: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    last: int = 100


class Recordings:
    """Raises DependencyDown while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def find(self, wanted: Selection) -> list[Recording]:
        """The recorded runs of a selection in the order in which their events came."""
        asked = (
            select(MESSAGES.c.type, MESSAGES.c.body.label("event"), RUNS.c.body.label("run"))
            .join(RUNS, RUNS.c.event_id == MESSAGES.c.event_id)
            .distinct(RUNS.c.event_id, RUNS.c.instance)
            .where(and_(*_conditions(wanted)))
            .order_by(RUNS.c.event_id, RUNS.c.instance, RUNS.c.started_at.desc())
        )
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).all()
        found = sorted(_read(rows), key=lambda one: (one.event.observed_at, one.run.started_at))
        return found[-wanted.last :]


def _conditions(wanted: Selection) -> Iterable[ColumnElement[bool]]:
    yield RUNS.c.instance.is_not(None)
    if wanted.event is not None:
        yield MESSAGES.c.event_id.startswith(wanted.event, autoescape=True)
    if wanted.events is not None:
        yield MESSAGES.c.event_id.in_(wanted.events)
    if wanted.trace is not None:
        yield MESSAGES.c.trace.startswith(wanted.trace, autoescape=True)
    if wanted.chat is not None:
        titled = select(CHATS.c.chat_id).where(
            or_(CHATS.c.title == wanted.chat, CHATS.c.remark == wanted.chat)
        )
        yield or_(MESSAGES.c.chat_id == wanted.chat, MESSAGES.c.chat_id.in_(titled))
    if wanted.plugin is not None:
        yield RUNS.c.instance == wanted.plugin
    if wanted.since is not None:
        yield MESSAGES.c.observed_at >= wanted.since
    if wanted.until is not None:
        yield MESSAGES.c.observed_at < wanted.until


def _read(rows: Iterable[Any]) -> Iterable[Recording]:
    for row in rows:
        event = TYPES[row.type].model_validate(row.event)
        assert isinstance(event, EVENTS)  # noqa: S101  # only events are projected as messages
        yield Recording(event, PluginRun.model_validate(row.run))
