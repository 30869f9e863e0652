"""Rows of a database as JSON holds them, bounded, and the kinds of their columns. Pure."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

Kind = Literal["number", "time", "truth", "text"]

_MOST_CELL: Final = 2000  # characters
_MOST_BYTES: Final = 256 * 1024  # of all rows, about


def told_rows(names: Sequence[str], rows: Iterable[Sequence[Any]], most: int) -> dict[str, Any]:
    """Columns with their kinds, at most `most` rows, and whether there are more."""
    cells: list[list[Any]] = []
    kinds: list[Kind | None] = [None] * len(names)
    size, more = 0, False
    for row in rows:
        if len(cells) == most or size > _MOST_BYTES:
            more = True
            break
        kinds = [_joined(kind, value) for kind, value in zip(kinds, row, strict=True)]
        cells.append([plain(value) for value in row])
        size += sum(len(str(value)) for value in cells[-1])
    columns = [
        {"name": str(name), "kind": kind or "text"} for name, kind in zip(names, kinds, strict=True)
    ]
    return {"columns": columns, "rows": cells, "more": more}


def plain(value: Any) -> Any:
    """As JSON holds it: decimals keep their digits as text, what is too long is cut."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(bytes(value))} bytes>"
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    said = str(value).replace("\x00", "\ufffd")
    return said if len(said) <= _MOST_CELL else said[: _MOST_CELL - 1] + "…"


def _joined(kind: Kind | None, value: Any) -> Kind | None:
    """A column is of a kind while all its values are."""
    if value is None:
        return kind
    found = _kind(value)
    return found if kind in {None, found} else "text"


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "time" if isinstance(value, date | datetime | time | timedelta) else "text"
