"""The spool: all that the agent knows, in one SQLite file that survives a kill at any moment.

What a read found is stored in one transaction (events, the new tail, the opening done with) before
anything is produced; an action's state before the step that follows it.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from device_agent.past_sends import Sent
from schemas.failure import Permanent

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chat (chat_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tail (
  chat_id TEXT PRIMARY KEY, body TEXT NOT NULL, produced INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS opening (chat_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event (
  number INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, chat_id TEXT NOT NULL,
  record BLOB NOT NULL, produced INTEGER NOT NULL DEFAULT 0, hold REAL) STRICT;
CREATE INDEX IF NOT EXISTS event_waiting ON event (number) WHERE produced = 0;
CREATE TABLE IF NOT EXISTS action (
  action_id TEXT PRIMARY KEY, chat_id TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  partition INTEGER NOT NULL, place INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS action_by_state ON action (state);
CREATE TABLE IF NOT EXISTS receipt (number INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS send (
  action_id TEXT NOT NULL, part INTEGER NOT NULL, at REAL NOT NULL, chat_id TEXT NOT NULL,
  text TEXT NOT NULL, voice TEXT, volley INTEGER NOT NULL, first INTEGER NOT NULL,
  PRIMARY KEY (action_id, part)) STRICT;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
_KEPT_EVENTS = 2000
_LONGEST = 3600.0
"""Seconds; no event is held longer: one that would be was stored before the clock was set back."""


class Spool:
    """The file, opened for one agent alone.

    Raises (at opening):
        Permanent: the folder cannot be written, or another agent has it.

    """

    def __init__(self, folder: Path) -> None:
        """Open or make the file under `folder`."""
        self._lock = _locked(folder)
        try:
            self._db = sqlite3.connect(
                folder / "agent.sqlite", isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._add_what_is_newer()
        except sqlite3.Error as error:
            raise Permanent(f"the agent's data in {folder} cannot be used: {error}") from error

    def _add_what_is_newer(self) -> None:
        """Columns that a file of an older agent lacks."""
        names = {row[1] for row in self._db.execute("PRAGMA table_info(event)")}
        if "hold" not in names:
            self._db.execute("ALTER TABLE event ADD COLUMN hold REAL")

    def close(self) -> None:
        """Give the folder back."""
        self._db.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside stand together on the disk when it ends, or none."""
        with self._db:  # commits at its end, rolls back on an error
            self._db.execute("BEGIN IMMEDIATE")
            yield

    # --- documents: chats, openings, facts ---

    def put(self, table: str, key: str, body: str) -> None:
        """Store a `chat`, an `opening` or a `fact`."""
        self._db.execute(f"REPLACE INTO {_table(table)} VALUES (?, ?)", (key, body))  # noqa: S608  # a fixed word

    def drop(self, table: str, key: str) -> None:
        """Forget a `chat`, an `opening` or a `fact`."""
        name = "name" if table == "fact" else "chat_id"
        self._db.execute(f"DELETE FROM {_table(table)} WHERE {name} = ?", (key,))  # noqa: S608  # fixed words

    def all(self, table: str) -> dict[str, str]:
        """All `chat`, `opening` or `fact` bodies by key."""
        return dict(self._db.execute(f"SELECT * FROM {_table(table)}").fetchall())  # noqa: S608  # a fixed word

    # --- tails ---

    def put_tail(self, chat_id: str, body: str, *, produced: bool) -> None:
        """Store a chat's tail; an unproduced one is owed to the ledger."""
        self._db.execute("REPLACE INTO tail VALUES (?, ?, ?)", (chat_id, body, int(produced)))

    def drop_tail(self, chat_id: str) -> None:
        """Forget the tail of a chat that is none."""
        self._db.execute("DELETE FROM tail WHERE chat_id = ?", (chat_id,))

    def tails(self) -> dict[str, str]:
        """All tails by chat."""
        return dict(self._db.execute("SELECT chat_id, body FROM tail").fetchall())

    def owed_tails(self) -> dict[str, str]:
        """Tails the ledger lacks, of chats whose events are all produced."""
        return dict(
            self._db.execute(
                "SELECT chat_id, body FROM tail WHERE produced = 0 AND chat_id NOT IN "
                "(SELECT chat_id FROM event WHERE produced = 0)"
            ).fetchall()
        )

    def tail_produced(self, chat_id: str, body: str) -> None:
        """The ledger has this very tail."""
        self._db.execute(
            "UPDATE tail SET produced = 1 WHERE chat_id = ? AND body = ?", (chat_id, body)
        )

    # --- events ---

    def add_event(
        self, event_id: str, chat_id: str, record: bytes, *, hold: float | None = None
    ) -> bool:
        """Store an event to be produced, and not before it was released or the moment `hold`
        (seconds of the epoch); False if it is known.
        """
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO event (event_id, chat_id, record, hold) VALUES (?, ?, ?, ?)",
            (event_id, chat_id, record, hold),
        )
        return cursor.rowcount == 1

    def waiting_events(self, limit: int, now: float) -> list[tuple[int, str, bytes]]:
        """Events to produce, in the order they were read: number, chat, record. None of a chat
        stands there whose earlier one is held.
        """
        return self._db.execute(
            "SELECT number, chat_id, record FROM event AS one WHERE produced = 0 AND NOT EXISTS "
            "(SELECT 1 FROM event AS held WHERE held.produced = 0 AND held.hold BETWEEN ? AND ? "
            "AND held.chat_id = one.chat_id AND held.number <= one.number) ORDER BY number LIMIT ?",
            (now, now + _LONGEST, limit),
        ).fetchall()

    def held_until(self, now: float) -> float | None:
        """When the next held event comes free by itself."""
        asked = "SELECT min(hold) FROM event WHERE produced = 0 AND hold BETWEEN ? AND ?"
        (found,) = self._db.execute(asked, (now, now + _LONGEST)).fetchone()
        return None if found is None else float(found)

    def held_events(self, chat_id: str, now: float) -> dict[str, bytes]:
        """The records of a chat's held events by id, in the order they were read."""
        return dict(
            self._db.execute(
                "SELECT event_id, record FROM event WHERE produced = 0 "
                "AND hold BETWEEN ? AND ? AND chat_id = ? ORDER BY number",
                (now, now + _LONGEST, chat_id),
            ).fetchall()
        )

    def held_chats(self) -> set[str]:
        """The chats that have held events."""
        asked = "SELECT DISTINCT chat_id FROM event WHERE produced = 0 AND hold IS NOT NULL"
        return {chat_id for (chat_id,) in self._db.execute(asked)}

    def release(self, event_id: str, record: bytes) -> bool:
        """Let a held event go, as `record` has it; False where it went already."""
        cursor = self._db.execute(
            "UPDATE event SET record = ?, hold = NULL "
            "WHERE event_id = ? AND produced = 0 AND hold IS NOT NULL",
            (record, event_id),
        )
        return cursor.rowcount == 1

    def has_event(self, event_id: str) -> bool:
        """Whether an event was stored of late, produced or not."""
        asked = "SELECT 1 FROM event WHERE event_id = ?"
        return self._db.execute(asked, (event_id,)).fetchone() is not None

    def event(self, event_id: str) -> bytes | None:
        """The record of an event that was stored of late."""
        asked = "SELECT record FROM event WHERE event_id = ?"
        found = self._db.execute(asked, (event_id,)).fetchone()
        return bytes(found[0]) if found else None

    def newest_event(self) -> int:
        """The number of the event stored last; 0: none."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()[0])

    def events_produced(self, numbers: list[int]) -> None:
        """The broker has these; old ones are forgotten, their seq lies under their chat's tail."""
        with self.transaction():
            self._db.executemany(
                "UPDATE event SET produced = 1 WHERE number = ?", [(n,) for n in numbers]
            )
            self._db.execute(
                "DELETE FROM event WHERE produced = 1 AND number < ?",
                (max(numbers) - _KEPT_EVENTS,),
            )

    # --- actions ---

    def put_action(
        self,
        action_id: str,
        *,
        chat_id: str,
        body: str,
        state: str,
        partition: int,
        place: int,
    ) -> None:
        """Store an action with its progress."""
        self._db.execute(
            "REPLACE INTO action VALUES (?, ?, ?, ?, ?, ?)",
            (action_id, chat_id, body, state, partition, place),
        )

    def action(self, action_id: str) -> str | None:
        """One action's body."""
        found = self._db.execute(
            "SELECT body FROM action WHERE action_id = ?", (action_id,)
        ).fetchone()
        return str(found[0]) if found else None

    def actions(self) -> list[str]:
        """All actions' bodies, in the order of their records."""
        return [
            str(body)
            for (body,) in self._db.execute("SELECT body FROM action ORDER BY partition, place")
        ]

    def forget_action(self, action_id: str) -> None:
        """Drop an action that the ledger knows better."""
        self._db.execute("DELETE FROM action WHERE action_id = ?", (action_id,))

    def forget_actions(self, keep: int) -> None:
        """Drop the oldest finished actions beyond `keep`; the ledger knows them."""
        self._db.execute(
            "DELETE FROM action WHERE state = 'closed' AND rowid < "
            "(SELECT max(rowid) FROM action) - ?",
            (keep,),
        )

    # --- what was sent, for the governor ---

    def add_send(self, name: str, part: int, sent: Sent) -> bool:
        """Remember a bubble that is tapped; False where it is known, which stays as it is."""
        facts = (sent.at, sent.chat_id, sent.text, sent.voice, sent.volley, int(sent.first))
        added = self._db.execute(
            "INSERT OR IGNORE INTO send VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (name, part, *facts)
        )
        return added.rowcount == 1

    def sends(self, since: float, until: float) -> list[Sent]:
        """Those in between, in order; times in epoch seconds."""
        asked = (
            "SELECT at, chat_id, text, voice, volley, first FROM send "
            "WHERE at > ? AND at <= ? ORDER BY at"
        )
        rows = self._db.execute(asked, (since, until)).fetchall()
        return [
            Sent(at, chat_id, text, voice, volley, bool(first))
            for at, chat_id, text, voice, volley, first in rows
        ]

    def forget_sends(self, until: float) -> None:
        """Drop those before."""
        self._db.execute("DELETE FROM send WHERE at <= ?", (until,))


def _table(name: str) -> str:
    if name not in {"chat", "opening", "fact"}:
        raise Permanent(f"no such table: {name}")
    return name


def _locked(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise Permanent(f"the data folder {folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Permanent(f"another agent works on {folder}: stop it first") from error
    return lock
