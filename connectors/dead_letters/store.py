"""Finds dead letters, and changes what becomes of them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning
from connectors.dead_letters.letter import Letter, packed, unpacked
from connectors.gates import Entry, read_entry
from connectors.tables import DEAD_LETTERS, GATE_ENTRIES, GATES
from schemas.identity import unrevised

Status = Literal["dead", "redriving", "redriven", "discarded"]
_T = DEAD_LETTERS.c
_LARGE = {"value": null(), "edited_value": null(), "error_stack": literal("")}
_SLIM = tuple(_LARGE[c.name].label(c.name) if c.name in _LARGE else c for c in DEAD_LETTERS.c)
_ABANDONED = timedelta(minutes=5)
"""A letter claimed for so long belongs to a redrive that died."""


@dataclass(frozen=True)
class Kept:
    """A letter with what became of it; `value` is the edited one where it was edited."""

    letter: Letter
    status: Status
    redrive_id: str | None
    settled_at: datetime | None
    revision: int
    edited_by: str | None
    value: bytes | None


@dataclass(frozen=True)
class Kind:
    """Letters that died of one fault."""

    fingerprint: str
    error_type: str
    message: str
    count: int
    dead: int
    chats: int
    instances: Sequence[str]
    first: datetime
    last: datetime


class DeadLetters:
    """Raises DependencyDown from every method while PostgreSQL is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine's owner disposes of it."""
        self._engine = engine

    async def find(
        self,
        condition: ColumnElement[bool],
        *,
        limit: int | None = None,
        newest: bool = False,
        values: bool = True,
    ) -> list[Kept]:
        """The letters that fulfil a condition, in the order in which they died (`newest`: the
        other way round); a group's in the order in which they stood in line. Without `values` they
        come without values and stacks, which `whole` gives: there may be very many.
        """
        order = (_T.died_at, _T.partition, _T.offset)
        wanted = tuple(column.desc() for column in order) if newest else order
        columns = (DEAD_LETTERS,) if values else _SLIM
        return await self._kept(select(*columns).where(condition).order_by(*wanted).limit(limit))

    async def whole(self, letter_ids: Sequence[str]) -> list[Kept]:
        """Letters by their ids, in the order of these; what is gone is left out."""
        found = await self._kept(select(DEAD_LETTERS).where(_T.letter_id.in_(letter_ids)))
        by_id = {kept.letter.letter_id: kept for kept in found}
        return [by_id[name] for name in letter_ids if name in by_id]

    async def count(self, condition: ColumnElement[bool]) -> int:
        """How many fulfil it."""
        async with self._connected() as connection:
            found = await connection.execute(
                select(func.count()).select_from(DEAD_LETTERS).where(condition)
            )
            return int(found.scalar_one())

    async def named(self, names: Iterable[str]) -> list[Kept]:
        """Letters by the beginnings of their ids, in the order in which they died; `last` alone is
        the newest.
        """
        names = tuple(names)
        if names == ("last",):
            return await self.find(true(), limit=1, newest=True)
        begins = or_(*(_T.letter_id.startswith(name, autoescape=True) for name in names))
        return await self.find(begins)

    async def kinds(self, condition: ColumnElement[bool]) -> list[Kind]:
        """The faults they died of, the most frequent first."""
        asked = (
            select(
                _T.fingerprint,
                func.max(_T.error_type).label("error_type"),
                func.max(_T.error_message).label("message"),
                func.count().label("count"),
                func.count().filter(_T.status == "dead").label("dead"),
                func.count(_T.lane.distinct()).label("chats"),
                func.array_agg(_T.instance.distinct()).label("instances"),
                func.min(_T.died_at).label("first"),
                func.max(_T.died_at).label("last"),
            )
            .where(condition)
            .group_by(_T.fingerprint)
            .order_by(func.count().desc(), _T.fingerprint)
        )
        async with self._connected() as connection:
            rows = await connection.execute(asked)
            return [Kind(**dict(row)) for row in rows.mappings()]

    async def edit(self, letter_id: str, value: bytes, by: str) -> int:
        """Keep another value for a letter, beside its own; its revision, counted from 1."""
        changed = (
            update(DEAD_LETTERS)
            .where(_T.letter_id == letter_id, _T.status == "dead")
            .values(edited_value=value, edited_by=by, revision=_T.revision + 1)
            .returning(_T.revision)
        )
        with meaning():
            async with self._engine.begin() as connection:
                row = (await connection.execute(changed)).first()
        if row is None:
            raise LookupError(f"{letter_id} is no letter that waits")
        return int(row[0])

    async def claim(self, letter_id: str, redrive_id: str, now: datetime) -> bool:
        """Take a letter for one redrive; False: another has it, or it is settled."""
        return bool(await self.claim_all([letter_id], redrive_id, now))

    async def claim_all(
        self, letter_ids: Sequence[str], redrive_id: str, now: datetime
    ) -> set[str]:
        """Take letters for one redrive: those that no other has, and that are not settled."""
        free = or_(
            _T.status == "dead",
            and_(
                _T.status == "redriving",
                or_(_T.redrive_id == redrive_id, _T.settled_at < now - _ABANDONED),
            ),
        )
        return await self._settled(letter_ids, free, "redriving", redrive_id, now)

    async def settle(self, letter_id: str, status: Status, redrive_id: str, now: datetime) -> bool:
        """Note that a claimed letter is done with."""
        return bool(await self.settle_all([letter_id], status, redrive_id, now))

    async def settle_all(
        self, letter_ids: Sequence[str], status: Status, redrive_id: str, now: datetime
    ) -> set[str]:
        """Note that claimed letters are done with, or free again (`dead`)."""
        mine = and_(_T.status == "redriving", _T.redrive_id == redrive_id)
        return await self._settled(letter_ids, mine, status, redrive_id, now)

    async def died_again(self, redrive_id: str, since: datetime) -> list[Kept]:
        """The letters of what a redrive brought back and that died again since it began."""
        told = _T.headers.contains(packed([("x-redrive-id", redrive_id.encode())]))
        recent = _T.died_at >= since - timedelta(minutes=1)  # two machines' clocks
        return await self.find(and_(recent, _T.redriven > 0, told))

    async def held(self, letters: Iterable[Letter]) -> dict[str, Entry]:
        """By the ids of the letters whose events hold their chats: what stands there as the head
        of the held gate.
        """
        asked = (
            select(GATE_ENTRIES)
            .join(
                GATES,
                and_(*(GATES.c[n] == GATE_ENTRIES.c[n] for n in ("prefix", "instance", "lane"))),
            )
            .where(GATES.c.state == "held", GATE_ENTRIES.c.event_id == GATES.c.head)
        )
        async with self._connected() as connection:
            rows = (await connection.execute(asked)).mappings()
            heads = {(row["instance"], row["event_id"]): read_entry(row) for row in rows}
        return {
            letter.letter_id: heads[place]
            for letter in letters
            if (place := (letter.instance, unrevised(letter.event_id))) in heads
        }

    async def _settled(
        self,
        letter_ids: Sequence[str],
        condition: ColumnElement[bool],
        status: Status,
        redrive_id: str,
        now: datetime,
    ) -> set[str]:
        changed = (
            update(DEAD_LETTERS)
            .where(_T.letter_id.in_(letter_ids), condition)
            .values(status=status, redrive_id=redrive_id, settled_at=now)
            .returning(_T.letter_id)
        )
        with meaning():
            async with self._engine.begin() as connection:
                return {row[0] for row in await connection.execute(changed)}

    async def _kept(self, asked: Select[Any]) -> list[Kept]:
        async with self._connected() as connection:
            rows = await connection.execute(asked)
            return [_kept(row) for row in rows.mappings()]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        with meaning():
            async with self._engine.connect() as connection:
                yield connection


def _kept(row: Any) -> Kept:
    fields = {name: row[name] for name in Letter.__dataclass_fields__}
    letter = Letter(**{**fields, "headers": unpacked(row["headers"])})
    edited = row["edited_value"] if row["revision"] else row["value"]
    return Kept(
        letter,
        row["status"],
        row["redrive_id"],
        row["settled_at"],
        row["revision"],
        row["edited_by"],
        edited,
    )
