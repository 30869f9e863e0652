"""Gates in PostgreSQL: where a plugin instance waits in a chat, and the events in line behind it.

Every change says in which epoch its owner got the partition; an owner that lost it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, storable
from connectors.stored_record import packed, unpacked
from connectors.tables import GATE_ENTRIES, GATES, PARTITION_OWNERS
from schemas.topics import DEFAULT_PREFIX

State = Literal["waiting", "draining", "held"]
"""Its head waits for its time; its head is next to run; a person must decide on its head."""


class LostPartition(RuntimeError):
    """Another worker was given the partition meanwhile: nothing was changed."""


@dataclass(frozen=True)
class Owner:
    """A worker's claim on a partition number of bot.inbound and bot.due, `topic` the former."""

    topic: str
    partition: int
    epoch: int


@dataclass(frozen=True)
class Gate:
    """`head` is the event that all wait for; `attempt` its next run; `wait` grows with each wait
    and tells its retry records apart; `sent`: the broker has the present one.
    """

    instance: str
    lane: str
    partition: int
    head: str
    state: State
    attempt: int
    wait: int
    tier: str | None
    not_before: datetime | None
    sent: bool
    first_failed_at: datetime
    error: Mapping[str, str]
    closed_at: datetime

    @property
    def place(self) -> tuple[str, str]:
        """Its instance and lane."""
        return self.instance, self.lane


@dataclass(frozen=True)
class Entry:
    """An event in line: its record's bytes, and where they stood first."""

    event_id: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class GateStore:
    """Raises, from every method:
    LostPartition: the owner's epoch is over.
    DependencyDown, Retryable: PostgreSQL is away, or undid it; call again, it is idempotent.
    """

    def __init__(self, engine: AsyncEngine, prefix: str = DEFAULT_PREFIX) -> None:
        """The engine's owner disposes of it; `prefix` is the topics'."""
        self._engine = engine
        self._prefix = prefix

    async def claim(self, topic: str, partition: int) -> tuple[Owner, list[Gate]]:
        """Become a partition's owner; the gates that stand there."""
        stated = insert(PARTITION_OWNERS).values(topic=topic, partition=partition, epoch=1)
        stated = stated.on_conflict_do_update(
            index_elements=["topic", "partition"], set_={"epoch": PARTITION_OWNERS.c.epoch + 1}
        )
        with meaning():
            async with self._engine.begin() as connection:
                row = await connection.execute(stated.returning(PARTITION_OWNERS.c.epoch))
                epoch = int(row.scalar_one())
                rows = await connection.execute(
                    select(GATES).where(GATES.c.topic == topic, GATES.c.partition == partition)
                )
                gates = [_gate(found) for found in rows.mappings()]
        return Owner(topic, partition, epoch), gates

    async def overdue(self, owner: Owner, sent_before: datetime) -> list[Gate]:
        """Gates whose retry record was sent before that moment and never came back."""
        asked = select(GATES).where(
            GATES.c.topic == owner.topic,
            GATES.c.partition == owner.partition,
            GATES.c.state == "waiting",
            GATES.c.put_at < sent_before,
        )
        with meaning():
            async with self._engine.connect() as connection:
                return [_gate(row) for row in (await connection.execute(asked)).mappings()]

    async def close(self, owner: Owner, gate: Gate, entry: Entry) -> None:
        """Close a gate with the event that closes it as its head."""
        with meaning():
            async with self._engine.begin() as connection:
                await fence(connection, owner)
                values = {"topic": owner.topic, "prefix": self._prefix, **_columns(gate)}
                await connection.execute(insert(GATES).values(values).on_conflict_do_nothing())
                await connection.execute(self._append(gate.place, entry))

    async def append(self, owner: Owner, place: tuple[str, str], entry: Entry) -> int:
        """Put an event at the end of the line, unless it stands there; how many do then."""
        count = select(func.count()).select_from(GATE_ENTRIES).where(*self._at(GATE_ENTRIES, place))
        with meaning():
            async with self._engine.begin() as connection:
                await fence(connection, owner)
                await connection.execute(self._append(place, entry))
                return int((await connection.execute(count)).scalar_one())

    async def put(self, owner: Owner, gate: Gate, head: Entry | None = None) -> None:
        """Write what changed of a gate; `head`: what stands for its head in line from now on."""
        with meaning():
            async with self._engine.begin() as connection:
                await fence(connection, owner)
                await connection.execute(
                    update(GATES).where(*self._at(GATES, gate.place)).values(_columns(gate))
                )
                if head is not None:
                    own = GATE_ENTRIES.c.event_id == head.event_id
                    changed = update(GATE_ENTRIES).where(*self._at(GATE_ENTRIES, gate.place), own)
                    await connection.execute(changed.values(_record(head)))

    async def head(self, place: tuple[str, str]) -> Entry | None:
        """The first in line."""
        with meaning():
            async with self._engine.connect() as connection:
                return await self._first(connection, place)

    async def advance(
        self, owner: Owner, gate: Gate, done: str, now: datetime
    ) -> tuple[Gate, Entry] | None:
        """Take a finished event out of the line; the next one becomes the head.

        With nobody left in line the gate opens, in the same transaction: None.
        """
        with meaning():
            async with self._engine.begin() as connection:
                await fence(connection, owner)
                gone = (*self._at(GATE_ENTRIES, gate.place), GATE_ENTRIES.c.event_id == done)
                await connection.execute(delete(GATE_ENTRIES).where(*gone))
                entry = await self._first(connection, gate.place)
                if entry is None:
                    await connection.execute(delete(GATES).where(*self._at(GATES, gate.place)))
                    return None
                following = _following(gate, entry.event_id, now)
                await connection.execute(
                    update(GATES).where(*self._at(GATES, gate.place)).values(_columns(following))
                )
                return following, entry

    async def line(self, place: tuple[str, str]) -> list[Entry]:
        """All that wait, in order."""
        with meaning():
            async with self._engine.connect() as connection:
                rows = await connection.execute(self._in_order(place))
                return [read_entry(row) for row in rows.mappings()]

    async def dissolve(self, owner: Owner, place: tuple[str, str]) -> None:
        """Take the gate away with all that wait at it; they must be safe elsewhere by then."""
        with meaning():
            async with self._engine.begin() as connection:
                await fence(connection, owner)
                await connection.execute(delete(GATE_ENTRIES).where(*self._at(GATE_ENTRIES, place)))
                await connection.execute(delete(GATES).where(*self._at(GATES, place)))

    def _at(self, table: Any, place: tuple[str, str]) -> tuple[Any, Any, Any]:
        columns = table.c
        return (
            columns.prefix == self._prefix,
            columns.instance == place[0],
            columns.lane == place[1],
        )

    def _in_order(self, place: tuple[str, str]) -> Any:
        own = self._at(GATE_ENTRIES, place)
        return select(GATE_ENTRIES).where(*own).order_by(GATE_ENTRIES.c.position)

    async def _first(self, connection: AsyncConnection, place: tuple[str, str]) -> Entry | None:
        row = (await connection.execute(self._in_order(place).limit(1))).mappings().first()
        return None if row is None else read_entry(row)

    def _append(self, place: tuple[str, str], entry: Entry) -> Any:
        values = {"prefix": self._prefix, "instance": place[0], "lane": place[1]}
        values |= {"event_id": entry.event_id, **_record(entry)}
        return insert(GATE_ENTRIES).values(values).on_conflict_do_nothing()


_OWNED = text("""
    SELECT 1 FROM partition_owners
    WHERE topic = :topic AND partition = :partition AND epoch = :epoch FOR SHARE""")


async def fence(connection: AsyncConnection, owner: Owner) -> None:
    """Within the caller's transaction: nothing of it stands if the partition has a newer owner.

    Raises:
        LostPartition: it has.

    """
    found = await connection.execute(
        _OWNED, {"topic": owner.topic, "partition": owner.partition, "epoch": owner.epoch}
    )
    if found.first() is None:
        raise LostPartition(f"{owner.topic}/{owner.partition} has a newer owner")


def _following(gate: Gate, event_id: str, now: datetime) -> Gate:
    return Gate(
        instance=gate.instance,
        lane=gate.lane,
        partition=gate.partition,
        head=event_id,
        state="draining",
        attempt=1,
        wait=gate.wait + 1,
        tier=None,
        not_before=None,
        sent=False,
        first_failed_at=now,
        error={},
        closed_at=gate.closed_at,
    )


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "topic": entry.topic,
        "partition": entry.partition,
        "offset": entry.offset,
        "timestamp_ms": entry.timestamp,
        "key": entry.key,
        "value": entry.value,
        "headers": packed(entry.headers),
    }


def _columns(gate: Gate) -> dict[str, Any]:
    return {
        "instance": gate.instance,
        "lane": gate.lane,
        "partition": gate.partition,
        "head": gate.head,
        "state": gate.state,
        "attempt": gate.attempt,
        "wait": gate.wait,
        "tier": gate.tier,
        "not_before": gate.not_before,
        "sent": gate.sent,
        "first_failed_at": gate.first_failed_at,
        "error": storable(dict(gate.error)),
        "closed_at": gate.closed_at,
        "put_at": func.now(),
    }


def _gate(row: Mapping[Any, Any]) -> Gate:
    left_out = {"topic", "prefix", "put_at"}
    return Gate(**{name: value for name, value in row.items() if name not in left_out})


def read_entry(row: Mapping[Any, Any]) -> Entry:
    """An event in line, from its row."""
    return Entry(
        event_id=row["event_id"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp=row["timestamp_ms"],
        key=row["key"],
        value=row["value"],
        headers=unpacked(row["headers"]),
    )
