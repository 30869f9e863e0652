"""Webhooks on their way, in PostgreSQL: taken once, leased by one relay, one chat's in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiokafka.structs import ConsumerRecord
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, storable
from connectors.stored_record import packed, unpacked
from connectors.webhook_tables import WEBHOOK_DELIVERIES
from schemas.action import Action
from schemas.receipt import REPEATABLE, State

EXPIRY: Final = timedelta(hours=24)
"""How long it is tried where the action does not say."""
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The driver takes the ends of the calendar for infinities, without a time zone."""


@dataclass(frozen=True)
class Delivery:
    """An action as its outbox record has it, and how far its posting has come."""

    action_id: str
    account: str
    lane: str
    attempt: int
    state: State
    tries: int
    not_before: datetime
    expires_at: datetime
    taken_at: datetime
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


_NAMES: Final = tuple(Delivery.__dataclass_fields__)
_C = WEBHOOK_DELIVERIES.c

# A known one is dropped, unless it comes for its next attempt after an end that allows one
# (design.md 7); then it stands at the end of its chat's line.
_TAKE = text("""
    INSERT INTO webhook_deliveries AS d (prefix, action_id, account, lane, attempt, state, tries,
      not_before, expires_at, taken_at, partition, "offset", key, value, headers)
    VALUES (:prefix, :action_id, :account, :lane, :attempt, 'queued', 0,
      :not_before, :expires_at, :taken_at, :partition, :offset, :key, :value, :headers)
    ON CONFLICT (prefix, action_id) DO UPDATE SET attempt = excluded.attempt, state = 'queued',
      tries = 0, position = DEFAULT, not_before = excluded.not_before,
      expires_at = excluded.expires_at, taken_at = excluded.taken_at,
      partition = excluded.partition, "offset" = excluded."offset", key = excluded.key,
      value = excluded.value, headers = excluded.headers, reason = NULL, ended_at = NULL,
      leased_by = NULL, leased_until = NULL
    WHERE d.attempt = excluded.attempt - 1 AND d.state = ANY(CAST(:repeatable AS text[]))
    """).bindparams(
    bindparam("headers", type_=JSONB),
    bindparam("repeatable", sorted(state.value for state in REPEATABLE)),
)

# The first of each chat alone, no more of one account at once than it may have, and none of one
# whose receiver asked for patience. What has expired is over wherever it stands: nothing is posted,
# and its end is told in time. Two questions, for in one with OR each row would be asked by itself.
_LEASE = text("""
    WITH heads AS (
      SELECT d.action_id FROM webhook_deliveries AS d
      WHERE d.prefix = :prefix AND d.ended_at IS NULL AND d.not_before <= :now
        AND (d.leased_until IS NULL OR d.leased_until <= :now)
        AND NOT (d.account = ANY(CAST(:busy AS text[])))
        AND NOT EXISTS (SELECT 1 FROM webhook_endpoints AS e
          WHERE e.prefix = d.prefix AND e.account = d.account AND e.paused_until > :now)
        AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS before
          WHERE before.prefix = d.prefix AND before.lane = d.lane
            AND before.ended_at IS NULL AND before.position < d.position)
      ORDER BY d.position LIMIT :most FOR UPDATE SKIP LOCKED),
    late AS (
      SELECT d.action_id FROM webhook_deliveries AS d
      WHERE d.prefix = :prefix AND d.ended_at IS NULL AND d.expires_at <= :now
        AND (d.leased_until IS NULL OR d.leased_until <= :now)
      LIMIT :most FOR UPDATE SKIP LOCKED)
    UPDATE webhook_deliveries SET leased_by = :relay, leased_until = :until
    WHERE prefix = :prefix
      AND action_id IN (SELECT action_id FROM heads UNION SELECT action_id FROM late)
    RETURNING *""").columns(headers=JSONB)


_NEXT = text("""
    SELECT min(d.not_before) FROM webhook_deliveries AS d
    WHERE d.prefix = :prefix AND d.ended_at IS NULL AND d.leased_until IS NULL
      AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS before
        WHERE before.prefix = d.prefix AND before.lane = d.lane
          AND before.ended_at IS NULL AND before.position < d.position)""")


class DeliveryStore:
    """Raises, from every method:
    DependencyDown, Retryable: PostgreSQL is away, or undid it; call again, it is idempotent.
    """

    def __init__(self, engine: AsyncEngine, prefix: str, relay: str) -> None:
        """The engine's owner disposes of it; `relay` is this process's stable name."""
        self._engine = engine
        self._prefix = prefix
        self._relay = relay

    async def take(self, deliveries: Iterable[Delivery]) -> None:
        """Store what is new, in order, or nothing of it."""
        rows = [self._row(delivery) for delivery in deliveries]
        with meaning():
            async with self._engine.begin() as connection:
                for row in rows:
                    await connection.execute(_TAKE, row)

    async def lease(
        self, now: datetime, length: timedelta, most: int, busy: Sequence[str]
    ) -> list[Delivery]:
        """What is due and may be posted now, `most` at once, and as many that have expired: for
        this relay alone until the lease ends.
        """
        asked = {
            "prefix": self._prefix,
            "relay": self._relay,
            "now": now,
            "until": now + length,
            "most": most,
            "busy": list(busy),
        }
        with meaning():
            async with self._engine.begin() as connection:
                rows = (await connection.execute(_LEASE, asked)).mappings().all()
        return sorted((_delivery(row) for row in rows), key=lambda one: one.taken_at)

    async def claim(
        self, action_id: str, attempt: int, now: datetime, length: timedelta
    ) -> Delivery | None:
        """Lease one, wherever it stands in its line; None: it is over, or being posted."""
        stated = (
            update(WEBHOOK_DELIVERIES)
            .where(self._is(action_id, attempt), _C.ended_at.is_(None))
            .where(_C.leased_until.is_(None) | (_C.leased_until <= now))
            .values(leased_by=self._relay, leased_until=now + length)
            .returning(*WEBHOOK_DELIVERIES.columns)
        )
        with meaning():
            async with self._engine.begin() as connection:
                row = (await connection.execute(stated)).mappings().first()
        return None if row is None else _delivery(row)

    async def renew(self, action_ids: Iterable[str], until: datetime) -> None:
        """Keep what this relay still has in hand."""
        stated = (
            update(WEBHOOK_DELIVERIES)
            .where(_C.prefix == self._prefix, _C.leased_by == self._relay)
            .where(_C.action_id.in_(list(action_ids)), _C.ended_at.is_(None))
            .values(leased_until=until)
        )
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(stated)

    async def is_open(self, action_id: str, attempt: int) -> bool:
        """Whether this attempt is not over."""
        asked = select(_C.action_id).where(self._is(action_id, attempt), _C.ended_at.is_(None))
        with meaning():
            async with self._engine.connect() as connection:
                return (await connection.execute(asked)).first() is not None

    async def put_off(self, delivery: Delivery, until: datetime, reason: str) -> None:
        """Try it again then, and hold its chat till then."""
        await self._set(
            delivery,
            state=State.WAITING.value,
            tries=delivery.tries + 1,
            not_before=until,
            reason=reason,
        )

    async def end(self, delivery: Delivery, state: State, reason: str) -> None:
        """It is over; its chat goes on. Its bytes are kept no longer."""
        over: dict[str, Any] = {"ended_at": func.now(), "value": None, "headers": []}
        await self._set(delivery, state=state.value, reason=reason, **over)

    async def hurry(self, account: str, now: datetime) -> None:
        """Look at once at what waits, for a person changed something."""
        stated = (
            update(WEBHOOK_DELIVERIES)
            .where(_C.prefix == self._prefix, _C.account == account, _C.ended_at.is_(None))
            .where(_C.not_before > now)
            .values(not_before=now)
        )
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(stated)

    async def give_back(self) -> int:
        """End the leases of this relay's former life; how many."""
        stated = (
            update(WEBHOOK_DELIVERIES)
            .where(_C.prefix == self._prefix, _C.leased_by == self._relay)
            .values(leased_by=None, leased_until=None)
        )
        with meaning():
            async with self._engine.begin() as connection:
                return int((await connection.execute(stated)).rowcount)

    async def next_due(self) -> datetime | None:
        """When the next one may be due, of those that are first in their chats; None: none is."""
        with meaning():
            async with self._engine.connect() as connection:
                asked = await connection.execute(_NEXT, {"prefix": self._prefix})
                found: datetime | None = asked.scalar_one()
        return found

    async def waiting(self) -> dict[str, int]:
        """How many are on their way, by account."""
        asked = (
            select(_C.account, func.count())
            .where(_C.prefix == self._prefix, _C.ended_at.is_(None))
            .group_by(_C.account)
        )
        with meaning():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(asked)).all()
        return {account: int(count) for account, count in rows}

    async def _set(self, delivery: Delivery, **values: Any) -> None:
        own = _C.leased_by == self._relay
        stated = (
            update(WEBHOOK_DELIVERIES)
            .where(self._is(delivery.action_id, delivery.attempt), own)
            .values(leased_by=None, leased_until=None, **values)
        )
        with meaning():
            async with self._engine.begin() as connection:
                await connection.execute(stated)

    def _is(self, action_id: str, attempt: int) -> Any:
        named = (_C.prefix == self._prefix) & (_C.action_id == action_id)
        return named & (_C.attempt == attempt)

    def _row(self, delivery: Delivery) -> dict[str, Any]:
        row = {name: getattr(delivery, name) for name in _NAMES if name not in {"state", "tries"}}
        texts = {name: storable(row[name]) for name in ("action_id", "account", "lane")}
        stored = {"prefix": self._prefix, "headers": packed(delivery.headers)}
        return {**row, **texts, **stored}


def delivery_of(action: Action, record: ConsumerRecord, now: datetime) -> Delivery:
    """An outbox record as it is stored. Pure."""
    return Delivery(
        action_id=action.action_id,
        account=action.account,
        lane=action.key.decode(),
        attempt=action.attempt,
        state=State.QUEUED,
        tries=0,
        not_before=now,
        expires_at=min(max(action.expires_at or now + EXPIRY, _EARLIEST), _LATEST),
        taken_at=now,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def _delivery(row: Any) -> Delivery:
    fields = {name: row[name] for name in _NAMES}
    return Delivery(
        **{
            **fields,
            "state": State(row["state"]),
            "headers": unpacked(row["headers"]),
            "value": row["value"] or b"",
        }
    )
