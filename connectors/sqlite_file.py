"""Reads an SQLite file: nothing but reading is let through, and that within a time limit."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from schemas.failure import DependencyDown

_READS: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_STEPS: Final = 10_000  # of SQLite's own machine, between two looks at the clock
_HIDDEN: Final = frozenset({"load_extension", "fts3_tokenizer"})


def read_sqlite(
    path: str, sql: str, values: Mapping[str, Any], seconds: float, most: int
) -> tuple[list[str], list[Sequence[Any]]]:
    """Names of columns, and rows: one more than `most` where there are more.

    Raises:
        sqlite3.Error: it refuses; "interrupted" where it took longer.
        DependencyDown: there is no such file, or it is locked.

    """
    plain = {
        name: value.isoformat(" ") if isinstance(value, datetime)
        else value.isoformat() if isinstance(value, date)
        else value
        for name, value in values.items()
    }  # fmt: skip
    deadline = time.monotonic() + seconds
    try:
        where = f"{Path(path).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=seconds)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            connection.set_authorizer(_only_reads)
            cursor = connection.execute(sql, plain)
            names = [one[0] for one in cursor.description or ()]
            return names, cursor.fetchmany(most + 1)
    except sqlite3.OperationalError as error:
        if any(word in str(error) for word in ("unable to open", "locked", "disk I/O")):
            raise DependencyDown(f"the SQLite file cannot be read: {error}") from error
        raise


def _only_reads(
    action: int, first: str | None, second: str | None, database: str | None, inner: str | None
) -> int:
    hidden = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _HIDDEN
    return sqlite3.SQLITE_OK if action in _READS and not hidden else sqlite3.SQLITE_DENY
