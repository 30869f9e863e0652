"""The commit store: turns and plugin state in PostgreSQL, grouped across lanes.

The first turn stored under its id wins. Turn and state writes are one transaction; the writes are
conditional on the version that the run read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.database import meaning, refuses_value, storable
from connectors.questions import Question, open_questions
from connectors.schedules import Change, change_schedules
from connectors.shared_values import SharedWrite, write_shared
from connectors.timers import Timer
from schemas.action import Action
from schemas.failure import Permanent, Retryable
from schemas.topics import DEFAULT_PREFIX

_GROUP = 256  # commits in one transaction


@dataclass(frozen=True)
class Turn:
    """The actions of one run, under an id made from the event, the instance and the part.

    `final`: nothing follows it; of an earlier part, `journal` is all that the run was told so far.
    `asks`: the question that the run ends with for now, and its time-out; `shared`: what it writes
    for all chats; `scheduled`: what it plans and cancels. They are read by commits alone.
    """

    turn_id: str
    event_id: str
    instance: str
    part: int
    topic: str
    partition: int
    offset: int
    actions: tuple[Action, ...]
    journal: tuple[Any, ...] = ()
    final: bool = True
    produced: bool = False
    asks: tuple[Question, Timer] | None = None
    shared: tuple[SharedWrite, ...] = ()
    scheduled: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """A plugin's state in one lane as a run reads it; version 0: there is none yet."""

    version: int
    value: dict[str, Any]


@dataclass(frozen=True)
class StateWrite:
    """A new value, valid only if the stored version is still the one that was read."""

    instance: str
    lane: str
    read: int
    value: dict[str, Any]


class StateConflict(Retryable):
    """Somebody wrote the state since it was read: nothing was stored; read again and re-run."""


_INSERT = text("""
    INSERT INTO turns
      (turn_id, event_id, instance, part, topic, partition, "offset", actions, journal, final)
    SELECT * FROM unnest(
      CAST(:turn_id AS text[]), CAST(:event_id AS text[]), CAST(:instance AS text[]),
      CAST(:part AS int[]), CAST(:topic AS text[]), CAST(:partition AS int[]),
      CAST(:offset AS bigint[]), CAST(:actions AS jsonb[]), CAST(:journal AS jsonb[]),
      CAST(:final AS boolean[]))
    ON CONFLICT (turn_id) DO NOTHING
    RETURNING turn_id""")

_STORED = text("SELECT * FROM turns WHERE turn_id = ANY(CAST(:turn_id AS text[]))").columns(
    actions=JSONB, journal=JSONB
)

# A version that was read but is gone again matches nothing either: version 0 alone may insert.
_WRITE = text("""
    INSERT INTO plugin_state AS stored (prefix, instance, lane, version, value, updated_at)
    SELECT CAST(:prefix AS text), w.instance, w.lane, w.read + 1, w.value, now() FROM unnest(
      CAST(:instance AS text[]), CAST(:lane AS text[]), CAST(:read AS bigint[]),
      CAST(:value AS jsonb[])) AS w (instance, lane, read, value)
    WHERE w.read = 0 OR EXISTS (SELECT 1 FROM plugin_state AS s
      WHERE s.prefix = CAST(:prefix AS text) AND s.instance = w.instance AND s.lane = w.lane
        AND s.version = w.read)
    ON CONFLICT (prefix, instance, lane) DO UPDATE
      SET version = excluded.version, value = excluded.value, updated_at = excluded.updated_at
      WHERE stored.version = excluded.version - 1
    RETURNING instance, lane""")

_READ = text("""
    SELECT s.instance, s.lane, s.version, s.value FROM plugin_state AS s
    JOIN unnest(CAST(:instance AS text[]), CAST(:lane AS text[])) AS w (instance, lane)
      ON s.instance = w.instance AND s.lane = w.lane
    WHERE s.prefix = CAST(:prefix AS text)""").columns(value=JSONB)

_UNFINISHED = text("""
    SELECT * FROM turns WHERE topic = :topic AND partition = :partition AND "offset" >= :offset
    ORDER BY "offset", created_at, turn_id, part""").columns(actions=JSONB, journal=JSONB)

_PRODUCED = text("UPDATE turns SET produced = true WHERE turn_id = ANY(CAST(:turn_id AS text[]))")

A = TypeVar("A")
R = TypeVar("R")


class _Grouping(Generic[A, R]):
    """Calls that come while one is under way join the next one."""

    def __init__(self, carry_out: Callable[[list[A]], Awaitable[Sequence[R | Exception]]]) -> None:
        self._carry_out = carry_out
        self._pending: list[tuple[A, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def call(self, argument: A) -> R:
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._pending.append((argument, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="database group")
        return await answer

    async def _work(self) -> None:
        try:
            while self._pending:
                group, self._pending = self._pending[:_GROUP], self._pending[_GROUP:]
                await self._group(group)
        finally:
            self._task = None

    async def _group(self, group: list[tuple[A, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._carry_out([argument for argument, _ in group])
        except Exception as error:  # noqa: BLE001  # each caller must hear of it, whatever it is
            answers = [error] * len(group)
        except asyncio.CancelledError:
            for _, waiting in group:
                waiting.cancel()
            raise
        for (_, waiting), answer in zip(group, answers, strict=True):
            if waiting.done():  # its lane was cancelled
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)


_Commit = tuple[Turn, tuple[StateWrite, ...]]


class TurnStore:
    """Stores turns and state; every method waits in line with concurrent calls of its kind.

    Raises, from every method:
        DependencyDown: PostgreSQL is away; what became of a commit is unknown, and calling again
            with the same turn is safe.
        Retryable: a deadlock; call again.
    """

    def __init__(self, engine: AsyncEngine, prefix: str = DEFAULT_PREFIX) -> None:
        """The engine's owner disposes of it; `prefix` is the topics', whose state is apart."""
        self._engine = engine
        self._prefix = prefix
        self._commits = _Grouping[_Commit, tuple[Turn, bool]](self._commit_group)
        self._reads = _Grouping[tuple[str, str], Snapshot](self._read_group)
        self._produced: list[str] = []
        self._marking: list[str] = []

    async def commit(self, turn: Turn, writes: tuple[StateWrite, ...] = ()) -> tuple[Turn, bool]:
        """Store a turn with its state writes, or nothing of both.

        Returns the STORED turn, and whether it is this call's: where the id was known already, the
        older turn stands and the writes are dropped, since they went in with it.

        Raises:
            StateConflict: a write's version is no longer the stored one.
            Permanent: PostgreSQL cannot hold these values.

        """
        return await self._commits.call((turn, writes))

    async def state(self, instance: str, lane: str) -> Snapshot:
        """The state of an instance in a lane; `lane` is the chat's key."""
        return await self._reads.call((instance, lane))

    async def unfinished(self, topic: str, partition: int, from_offset: int) -> list[Turn]:
        """The stored turns of events at or after an offset, in the order of their events."""
        with meaning():
            async with self._engine.connect() as connection:
                rows = await connection.execute(
                    _UNFINISHED,
                    {"topic": topic, "partition": partition, "offset": from_offset},
                )
                return [_turn(row) for row in rows.mappings()]

    async def parts(self, turn_ids: Sequence[str]) -> list[Turn]:
        """The stored turns of these ids, in the order of the ids."""
        with meaning():
            async with self._engine.connect() as connection:
                rows = await connection.execute(_STORED, {"turn_id": list(turn_ids)})
                found = {row["turn_id"]: _turn(row) for row in rows.mappings()}
        marked = {*self._produced, *self._marking}
        return [
            replace(found[name], produced=found[name].produced or name in marked)
            for name in turn_ids
            if name in found
        ]

    def mark_produced(self, turn_id: str) -> None:
        """Note that a turn's actions are acked by the broker; written by the next `flush`."""
        self._produced.append(turn_id)

    async def flush(self) -> None:
        """Write what `mark_produced` noted. On failure it stays noted."""
        marked, self._produced = self._produced, []
        self._marking = marked
        if not marked:
            return
        written = False
        try:
            with meaning():
                async with self._engine.begin() as connection:
                    await connection.execute(_PRODUCED, {"turn_id": sorted(marked)})
            written = True
        finally:
            self._marking = []
            if not written:
                self._produced = marked + self._produced

    async def _commit_group(
        self, commits: list[_Commit]
    ) -> Sequence[tuple[Turn, bool] | Exception]:
        if len(commits) > 1 and _distinct(commits):
            try:
                return await self._transaction(commits)
            except StateConflict:
                pass  # which of them it is shows one by one
            except DBAPIError as error:
                if not refuses_value(error):
                    raise
        return [await self._commit_alone(commit) for commit in commits]

    async def _commit_alone(self, commit: _Commit) -> tuple[Turn, bool] | Exception:
        try:
            [stored] = await self._transaction([commit])
        except Retryable as failure:
            return failure
        except DBAPIError as error:
            if not refuses_value(error):
                raise
            return Permanent(f"PostgreSQL cannot hold the turn: {error.orig}")
        return stored

    async def _transaction(self, commits: list[_Commit]) -> list[tuple[Turn, bool]]:
        # One order in every process, so that two groups with a turn in common never deadlock.
        ordered = sorted(commits, key=lambda commit: commit[0].turn_id)
        with meaning():
            async with self._engine.begin() as connection:
                inserted = await _insert(connection, [turn for turn, _ in ordered])
                known = await _known(connection, [t for t, _ in ordered], inserted)
                writes = [w for turn, ws in ordered if turn.turn_id in inserted for w in ws]
                await _write(connection, self._prefix, writes)
                shared = [w for t, _ in ordered if t.turn_id in inserted for w in t.shared]
                for stale in await write_shared(connection, shared):
                    raise StateConflict(f"shared {stale.name!r} is past version {stale.read}")
                asked = [t.asks for t, _ in ordered if t.asks and t.turn_id in inserted]
                await open_questions(connection, asked)
                plans = [c for t, _ in ordered if t.turn_id in inserted for c in t.scheduled]
                await change_schedules(connection, self._prefix, plans)
        return [
            (turn, True) if turn.turn_id in inserted else (known[turn.turn_id], False)
            for turn, _ in commits
        ]

    async def _read_group(self, wanted: list[tuple[str, str]]) -> Sequence[Snapshot | Exception]:
        try:
            return await self._read_pairs(wanted)
        except DBAPIError as error:
            if not refuses_value(error):
                raise
            if len(wanted) == 1:
                return [Permanent("PostgreSQL cannot hold this chat's name")]
        return [(await self._read_group([one]))[0] for one in wanted]

    async def _read_pairs(self, wanted: list[tuple[str, str]]) -> list[Snapshot]:
        pairs = sorted(set(wanted))
        with meaning():
            async with self._engine.connect() as connection:
                rows = await connection.execute(
                    _READ,
                    {
                        "prefix": self._prefix,
                        "instance": [p[0] for p in pairs],
                        "lane": [p[1] for p in pairs],
                    },
                )
                found = {(r.instance, r.lane): Snapshot(r.version, r.value) for r in rows}
        return [found.get(pair) or Snapshot(0, {}) for pair in wanted]


def _distinct(commits: list[_Commit]) -> bool:
    """Whether no turn and no state row comes twice; one statement cannot write a row twice."""
    turns = [turn.turn_id for turn, _ in commits]
    rows = [(write.instance, write.lane) for _, writes in commits for write in writes]
    shared = [write.row for turn, _ in commits for write in turn.shared]
    return all(len(set(names)) == len(names) for names in (turns, rows, shared))


async def _insert(connection: AsyncConnection, turns: list[Turn]) -> set[str]:
    rows = await connection.execute(
        _INSERT,
        {
            "turn_id": [turn.turn_id for turn in turns],
            "event_id": [turn.event_id for turn in turns],
            "instance": [turn.instance for turn in turns],
            "part": [turn.part for turn in turns],
            "topic": [turn.topic for turn in turns],
            "partition": [turn.partition for turn in turns],
            "offset": [turn.offset for turn in turns],
            "actions": [
                _json([action.model_dump(mode="json") for action in turn.actions]) for turn in turns
            ],
            "journal": [_json(list(turn.journal)) for turn in turns],
            "final": [turn.final for turn in turns],
        },
    )
    return {row.turn_id for row in rows}


async def _known(
    connection: AsyncConnection, turns: list[Turn], inserted: set[str]
) -> dict[str, Turn]:
    missing = [turn.turn_id for turn in turns if turn.turn_id not in inserted]
    if not missing:
        return {}
    rows = await connection.execute(_STORED, {"turn_id": missing})
    return {row["turn_id"]: _turn(row) for row in rows.mappings()}


async def _write(connection: AsyncConnection, prefix: str, writes: list[StateWrite]) -> None:
    if not writes:
        return
    ordered = sorted(writes, key=lambda write: (write.instance, write.lane))
    rows = await connection.execute(
        _WRITE,
        {
            "prefix": prefix,
            "instance": [write.instance for write in ordered],
            "lane": [write.lane for write in ordered],
            "read": [write.read for write in ordered],
            "value": [_json(write.value) for write in ordered],
        },
    )
    written = {(row.instance, row.lane) for row in rows}
    for write in ordered:
        if (write.instance, write.lane) not in written:
            raise StateConflict(
                f"the state of {write.instance} in {write.lane} is past version {write.read}"
            )


def _json(value: Any) -> str:
    return orjson.dumps(storable(value)).decode()


def _turn(row: Any) -> Turn:
    return Turn(
        turn_id=row["turn_id"],
        event_id=row["event_id"],
        instance=row["instance"],
        part=row["part"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        actions=tuple(_actions(row["actions"])),
        journal=tuple(row["journal"]),
        final=row["final"],
        produced=row["produced"],
    )


def _actions(stored: Iterable[dict[str, Any]]) -> Iterable[Action]:
    return (Action.model_validate(fields) for fields in stored)
