"""What became of an event or an action, step by step, from what the topics told."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning
from connectors.tables import (
    ACTIONS,
    CHATS,
    DEAD_LETTERS,
    GATE_ENTRIES,
    GATES,
    MESSAGES,
    RECEIPTS,
    RUNS,
)
from schemas.identity import revised

_MOST_REVISIONS: Final = 50

What = Literal[
    "seen",
    "said",
    "recalled",
    "produced",
    "ran",
    "failed",
    "waits",
    "lined_up",
    "held",
    "died",
    "redriven",
    "discarded",
    "asked",
    "state",
]


@dataclass(frozen=True)
class Step:
    """One thing that happened; `words` fill in its sentence."""

    at: datetime
    what: What
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """All that is known of one cause: its steps in the order of time."""

    event_id: str | None
    trace: str | None
    steps: tuple[Step, ...]


class Stories:
    """Raises DependencyDown from every method while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def find(self, name: str) -> list[Story]:
        """The stories that an id names: an event's, an action's or a trace's, or its beginning;
        `last` names the newest event.
        """
        async with self._connected() as connection:
            if name == "last":
                newest = select(MESSAGES).order_by(MESSAGES.c.observed_at.desc()).limit(1)
                events = await _rows(connection, newest)
                return [await _story(connection, row["event_id"], None) for row in events]
            events = await _rows(connection, _named(MESSAGES, MESSAGES.c.event_id, name))
            actions = await _rows(connection, _named(ACTIONS, ACTIONS.c.action_id, name))
            seen = {row["event_id"] for row in events}
            causes: list[tuple[str | None, str | None]] = [(e["event_id"], None) for e in events]
            for action in actions:
                if action["event_id"] is None:
                    causes.append((None, action["action_id"]))
                elif action["event_id"] not in seen:
                    seen.add(action["event_id"])
                    causes.append((action["event_id"], None))
            return [await _story(connection, *cause) for cause in causes]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        with meaning():
            async with self._engine.connect() as connection:
                yield connection


def _named(table: Table, column: Any, name: str) -> Select[Any]:
    begins = or_(
        column.startswith(name, autoescape=True), table.c.trace.startswith(name, autoescape=True)
    )
    return select(table).where(begins).limit(20)


async def _rows(connection: AsyncConnection, asked: Select[Any]) -> list[Any]:
    return list((await connection.execute(asked)).mappings())


async def _story(connection: AsyncConnection, event_id: str | None, action_id: str | None) -> Story:
    steps: list[Step] = []
    trace: str | None = None
    by_event = ACTIONS.c.action_id == action_id
    if event_id is not None:
        by_event = _or_edited(ACTIONS.c.event_id, event_id)
    if event_id is not None:
        events = await _rows(connection, select(MESSAGES).where(MESSAGES.c.event_id == event_id))
        for row in events:
            trace = row["trace"]
            steps += _event_steps(row)
        for table, told in ((RUNS, _run_steps), (DEAD_LETTERS, _letter_steps)):
            rows = await _rows(
                connection, select(table).where(_or_edited(table.c.event_id, event_id))
            )
            steps += [step for row in rows for step in told(row)]
        steps += await _gate_steps(connection, event_id)
    here = (CHATS.c.channel == ACTIONS.c.channel) & (CHATS.c.account == ACTIONS.c.account)
    asked = select(ACTIONS, CHATS.c.title).outerjoin(
        CHATS, here & (CHATS.c.chat_id == ACTIONS.c.chat_id)
    )
    actions = await _rows(connection, asked.where(by_event))
    for row in actions:
        trace = trace or row["trace"]
        steps.append(Step(row["requested_at"], "asked", _action_words(row)))
    names = [row["action_id"] for row in actions]
    receipts = select(RECEIPTS).where(RECEIPTS.c.action_id.in_(names))
    steps += [_receipt_step(row) for row in await _rows(connection, receipts)]
    return Story(event_id, trace, tuple(in_order(steps)))


def _or_edited(column: Any, event_id: str) -> ColumnElement[bool]:
    """An event, and what a person made of it."""
    # By name: an index finds names, in whatever collation, but not beginnings.
    named = (revised(event_id, revision) for revision in range(1, _MOST_REVISIONS + 1))
    one_of: ColumnElement[bool] = column.in_((event_id, *named))
    return one_of


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By time; what is equal stays as told."""
    return sorted(steps, key=lambda step: step.at)


def _event_steps(row: Any) -> list[Step]:
    body = row["body"]
    chat = body.get("chat") or {}
    words = {
        "type": row["type"],
        "chat": chat.get("title") or row["chat_id"],
        "sender": row["sender"] or "",
        "text": row["text"] or (body.get("content") or {}).get("kind") or row["type"],
        "channel": row["channel"],
        "account": row["account"],
    }
    steps = [Step(row["observed_at"], "seen", words)]
    if row["produced_at"] is not None:
        steps.append(Step(row["produced_at"], "produced", {"topic": "inbound"}))
    if row["recalled_at"] is not None:
        steps.append(Step(row["recalled_at"], "recalled", words))
    return steps


def _run_steps(row: Any) -> list[Step]:
    ended = row["started_at"] + timedelta(milliseconds=row["duration_ms"])
    words = {
        "instance": row["instance"],
        "version": row["plugin_version"],
        "outcome": row["outcome"],
        "ms": f"{row['duration_ms']:.0f}",
        "actions": str(len(row["body"].get("actions") or ())),
        "error": row["error"] or "",
    }
    return [Step(ended, "failed" if row["outcome"] == "failed" else "ran", words)]


def _letter_steps(row: Any) -> list[Step]:
    words = {
        "letter": row["letter_id"],
        "instance": row["instance"],
        "attempt": str(row["attempt"]),
        "error": f"{row['error_type']}: {row['error_message']}",
        "redrive": row["redrive_id"] or "",
    }
    steps = [Step(row["died_at"], "died", words)]
    if row["status"] in {"redriven", "discarded"} and row["settled_at"] is not None:
        steps.append(Step(row["settled_at"], row["status"], words))
    return steps


async def _gate_steps(connection: AsyncConnection, event_id: str) -> list[Step]:
    """Where it waits now."""
    asked = (
        select(GATES, func.now().label("now"))
        .join(
            GATE_ENTRIES,
            and_(*(GATES.c[n] == GATE_ENTRIES.c[n] for n in ("prefix", "instance", "lane"))),
        )
        .where(GATE_ENTRIES.c.event_id == event_id)
    )
    steps = []
    for row in await _rows(connection, asked):
        words = {
            "instance": row["instance"],
            "attempt": str(row["attempt"]),
            "tier": row["tier"] or "",
            "head": row["head"],
            "error": row["error"].get("x-error-message", ""),
        }
        behind = row["head"] != event_id
        what: What = "lined_up" if behind else "held" if row["state"] == "held" else "waits"
        steps.append(Step(row["now"], what, words))
    return steps


def _action_words(row: Any) -> dict[str, str]:
    content = row["body"].get("content") or {}
    return {
        "action": row["action_id"],
        "instance": row["instance"] or "API",
        "chat": row["title"] or row["chat_id"],
        "channel": row["channel"],
        "account": row["account"],
        "text": content.get("text") or content.get("kind") or "",
    }


def _receipt_step(row: Any) -> Step:
    body = row["body"]
    told = (body.get("reason"), body.get("detail"))
    words = {
        "state": row["state"],
        "action": row["action_id"],
        "attempt": str(row["attempt"]),
        "why": ": ".join(str(part) for part in told if part),
    }
    return Step(row["at"], "state", words)
