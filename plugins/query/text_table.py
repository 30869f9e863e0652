"""Rows as text: columns that stand under each other, Chinese characters two wide. Pure."""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from plugins.database import Rows

_WIDEST: Final = 24  # of one column, in Latin characters
_YES_NO: Final = {True: "是", False: "否"}


def width(text: str) -> int:
    """How many Latin characters wide it stands."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def fitted(text: str, most: int) -> str:
    """The text in one line, cut where it is wider than `most`."""
    text = " ".join(text.split())
    if width(text) <= most:
        return text
    kept = ""
    for one in text:
        if width(kept + one) > most - 1:
            break
        kept += one
    return f"{kept}…"


def cell(value: Any) -> str:
    """A value as people read it; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES_NO[value]
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)


def aligned(rows: Rows, most: int) -> str:
    """A head, and a line for each row: numbers to the right, all else to the left."""
    table = [[column.name for column in rows.columns]]
    table += [[cell(value) for value in row] for row in rows.rows[:most]]
    shown = [[fitted(text, _WIDEST) for text in line] for line in table]
    wide = [max(width(line[place]) for line in shown) for place in range(len(rows.columns))]
    right = [column.kind == "number" for column in rows.columns]
    return "\n".join(_line(line, wide, right) for line in shown)


def listed(rows: Rows, most: int) -> str:
    """A block for each row, a line for each value that there is."""
    blocks = []
    for row in rows.rows[:most]:
        said = zip(rows.columns, row, strict=True)
        lines = [f"{column.name}: {cell(value)}" for column, value in said if value is not None]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def left_out(rows: Rows, most: int) -> str:
    """What is said where not all rows are shown; empty where they are."""
    shown = min(len(rows), most)
    if not rows.more and shown == len(rows):
        return ""
    there = f"{len(rows)}+" if rows.more else str(len(rows))
    return f"只显示前 {shown} 行，共 {there} 行。(The first {shown} of {there} rows.)"


def _line(cells: Sequence[str], wide: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for text, most, to_right in zip(cells, wide, right, strict=True):
        gap = " " * (most - width(text))
        parts.append(gap + text if to_right else text + gap)
    return "  ".join(parts).rstrip()
