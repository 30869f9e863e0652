"""Events as they came, what was made of each, and what plugins tried without being granted it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning
from connectors.tables import MESSAGES, RUNS
from schemas.envelope import TYPES
from schemas.event import EVENTS, Event
from schemas.failure import BadRequest
from schemas.run import PluginRun

_MOST_DENIED: Final = 10_000


@dataclass(frozen=True)
class RecordedEvent:
    """An event and the last run of each instance on it."""

    event: Event
    runs: tuple[PluginRun, ...]


class RecordedEvents:
    """Raises DependencyDown from every method while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def find(self, name: str) -> RecordedEvent | None:
        """The event of this id, or whose id begins so; `last`: the newest.

        Raises:
            BadRequest: several begin so.

        """
        asked = select(MESSAGES.c.type, MESSAGES.c.body, MESSAGES.c.event_id)
        if name == "last":
            asked = asked.order_by(MESSAGES.c.observed_at.desc()).limit(1)
        else:
            named = MESSAGES.c.event_id.startswith(name, autoescape=True)
            asked = asked.where(named).order_by(MESSAGES.c.event_id).limit(3)
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).all()
                if not rows:
                    return None
                if len(rows) > 1 and rows[0].event_id != name:
                    raise BadRequest(f"several events begin with {name}: write more of the id")
                ran = select(RUNS.c.body).where(RUNS.c.event_id == rows[0].event_id)
                runs = (await connection.execute(ran.order_by(RUNS.c.started_at))).scalars().all()
        event = TYPES[rows[0].type].model_validate(rows[0].body)
        assert isinstance(event, EVENTS)  # noqa: S101  # only events are projected as messages
        last = {run.instance: run for run in map(PluginRun.model_validate, runs)}
        return RecordedEvent(event, tuple(last.values()))

    async def denied(self, since: datetime) -> list[PluginRun]:
        """Runs that tried what was not granted, oldest first; 10,000 of the newest at most."""
        asked = (
            select(RUNS.c.body)
            .where(RUNS.c.started_at >= since, RUNS.c.body["denied"].astext.not_in(("[]", "null")))
            .order_by(RUNS.c.started_at.desc())
            .limit(_MOST_DENIED)
        )
        with meaning():
            async with self._engine.connect() as connection:
                bodies = (await connection.execute(asked)).scalars().all()
        return [PluginRun.model_validate(body) for body in reversed(bodies)]
