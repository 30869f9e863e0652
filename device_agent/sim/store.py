"""Keeps a phone's world, truth and files in SQLite, so that a killed process loses nothing."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

from device_agent.sim.device import Device
from device_agent.sim.shell.files import File
from device_agent.sim.world import Chat, Message, message_record

_TABLES = """
CREATE TABLE IF NOT EXISTS chats (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS truth (number INTEGER PRIMARY KEY, kind TEXT, record TEXT);
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, mode INTEGER, mtime INTEGER, data BLOB);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_PATIENCE_S = 0.5


def kept_serials(folder: Path) -> list[str]:
    """The phones that a data folder holds. Raises OSError while another simulator uses it."""
    serials = []
    for path in sorted(folder.glob("phone-*.sqlite")):
        database = sqlite3.connect(path, timeout=_PATIENCE_S)
        try:
            row = database.execute("SELECT value FROM meta WHERE name = 'serial'").fetchone()
        except sqlite3.OperationalError as cause:
            raise OSError(
                f"{path} cannot be used, or another simulator holds it: {cause}"
            ) from cause
        finally:
            database.close()
        if row:
            serials.append(json.loads(row[0]))
    return serials


class Store:
    """One phone's database; every `write` is one transaction.

    `settings` are Android's as they were last written.

    Writes reach the operating system but are not forced to the disk: they outlive a killed
    process, not a power cut. Raises OSError where the folder cannot be written or is in use.
    """

    def __init__(self, folder: Path, serial: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]", "_", serial)
        path = folder / f"phone-{name}.sqlite"
        self.settings: dict[str, str] = {}
        self._database = sqlite3.connect(
            path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(serial)
        except sqlite3.OperationalError as cause:
            self._database.close()
            raise OSError(
                f"{path} cannot be used, or another simulator holds it: {cause}"
            ) from cause

    def _prepare(self, serial: str) -> None:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = OFF"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_TABLES)
        self.write(meta={"serial": serial})

    def write(
        self,
        *,
        chats: list[Chat] | None = None,
        messages: list[Message] | None = None,
        truth: list[tuple[str, dict[str, Any]]] | None = None,
        files: dict[str, File | None] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> None:
        """Keep what changed, all of it or nothing."""
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        for chat in chats or ():
            run("REPLACE INTO chats VALUES (?, ?)", (chat.chat_id, json.dumps(chat.record())))
        for message in messages or ():
            record = json.dumps(message_record(message))
            run("REPLACE INTO messages VALUES (?, ?)", (message.message_id, record))
        for kind, entry in truth or ():
            run("INSERT INTO truth (kind, record) VALUES (?, ?)", (kind, json.dumps(entry)))
        for path, file in (files or {}).items():
            if file is None:
                run("DELETE FROM files WHERE path = ?", (path,))
            else:
                values = (path, file.mode, file.mtime, file.data)
                run("REPLACE INTO files VALUES (?, ?, ?, ?)", values)
        for name, value in (meta or {}).items():
            run("REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))
        run("COMMIT")

    def empty(self) -> None:
        """Delete everything but the phone's name."""
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        for table in ("chats", "messages", "truth", "files"):
            run(f"DELETE FROM {table}")  # noqa: S608 - our own names
        run("DELETE FROM meta WHERE name != 'serial'")
        run("COMMIT")
        self.settings = {}

    def chats(self) -> list[Chat]:
        """The kept chats, without messages, in the order they were made."""
        rows = self._database.execute("SELECT record FROM chats").fetchall()
        found = [Chat(**json.loads(record)) for (record,) in rows]
        return sorted(found, key=lambda chat: int(chat.chat_id[1:]))

    def messages(self) -> list[Message]:
        """The kept messages in the order they were made."""
        rows = self._database.execute("SELECT record FROM messages").fetchall()
        found = [Message(**json.loads(record)) for (record,) in rows]
        return sorted(found, key=lambda message: int(message.message_id[1:]))

    def truth(self) -> list[tuple[str, dict[str, Any]]]:
        """The kept truth, oldest first."""
        rows = self._database.execute("SELECT kind, record FROM truth ORDER BY number").fetchall()
        return [(kind, json.loads(record)) for kind, record in rows]

    def files(self) -> dict[str, File]:
        """The kept files by path."""
        rows = self._database.execute("SELECT path, mode, mtime, data FROM files").fetchall()
        return {path: File(data, mode, mtime) for path, mode, mtime, data in rows}

    def meta(self) -> dict[str, Any]:
        """The kept single values."""
        rows = self._database.execute("SELECT name, value FROM meta").fetchall()
        return {name: json.loads(value) for name, value in rows}

    def device(self) -> Device | None:
        """The kept device settings."""
        kept = self.meta().get("device")
        return Device(**kept) if kept else None

    def close(self) -> None:
        """Close the database."""
        self._database.close()
