"""Idempotency-Key: the first request with a key decides what all of them ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.api.problem import Problem
from connectors.database import singly
from connectors.tables import IDEMPOTENCY_KEYS
from schemas.action import Action
from schemas.identity import request_id

LIFE = timedelta(hours=24)

_KEYS = IDEMPOTENCY_KEYS.c


@dataclass(frozen=True)
class Claim:
    """One request with a key: whose, which, for what body, when."""

    caller: str
    key: str
    body_hash: str
    at: datetime


async def stored_action(engine: AsyncEngine, claim: Claim) -> tuple[Action | None, str]:
    """The action that this key stands for, if any, and the id that a new one has to take.

    After 24 h the key may be used anew: the new action then has another id, for every sink drops
    an id it knows, and the message would be lost.

    Raises:
        Problem: 422, the key was used with another body within 24 h.
        DependencyDown: the database is away.

    """
    row = await _row(engine, claim)
    if row is None or claim.at - row.created_at >= LIFE:
        # Made of the moment, not counted: the row that held a count may be purged by now. Of
        # requests at once, what `store` kept first decides for all.
        return None, request_id(claim.caller, f"{claim.key}\x1f{claim.at.isoformat()}")
    return _same(row, claim), row.action_id


async def store(engine: AsyncEngine, claim: Claim, action: Action) -> Action:
    """Store what the key asks for; returns what is stored, which may be a faster request's.

    Raises:
        Problem: 422, as above, when the faster request had another body.
        DependencyDown: the database is away.

    """
    row = {
        "key_id": claim.caller,
        "key": claim.key,
        "body_hash": claim.body_hash,
        "action_id": action.action_id,
        "action": action.model_dump(mode="json"),
        "created_at": claim.at,
    }
    statement = insert(IDEMPOTENCY_KEYS).values(row)
    renewed: Mapping[str, Any] = {name: statement.excluded[name] for name in row}
    claiming = statement.on_conflict_do_update(
        index_elements=["key_id", "key"],
        set_=renewed,
        where=_KEYS.created_at <= claim.at - LIFE,
    ).returning(_KEYS.action_id)
    async with singly(engine) as connection:  # one statement is a transaction of its own
        first = await connection.scalar(claiming)
    kept = await _row(engine, claim) if first is None else None
    return action if kept is None else _same(kept, claim)


async def _row(engine: AsyncEngine, claim: Claim) -> Row[Any] | None:
    query = select(IDEMPOTENCY_KEYS).where(_KEYS.key_id == claim.caller, _KEYS.key == claim.key)
    async with singly(engine) as connection:
        return (await connection.execute(query)).one_or_none()


def _same(row: Row[Any], claim: Claim) -> Action:
    if row.body_hash != claim.body_hash:
        raise Problem(
            422,
            "This Idempotency-Key was used with another body within 24 h. "
            "Use a new key for a new message.",
        )
    return Action.model_validate(row.action)
