"""Rows as a picture of a chart: bars or lines, of one column of names and some of numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plugins.database import Rows
from schemas.failure import BadRequest

from .canvas import COLOURS, INK, PALE, RULE, Canvas, Frame, Pens
from .config import View
from .scale import number, short, ticks
from .text_table import cell

_WIDTH: Final = 1080
_PLOT: Final = 460
_TITLE: Final = 30
_SIZE: Final = 22
_EDGE: Final = 28
_MOST_SERIES: Final = 6


@dataclass(frozen=True)
class _Series:
    name: str
    colour: str
    values: list[float | None]


@dataclass(frozen=True)
class _Plot:
    """Where the chart's field lies, and its scale."""

    left: float
    top: float
    right: float
    bottom: float
    low: float
    high: float
    count: int

    def x(self, place: float) -> float:
        """The middle of a name's place."""
        return self.left + (self.right - self.left) * (place + 0.5) / self.count

    def y(self, value: float) -> float:
        """Where a value lies."""
        part = (value - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * part

    @property
    def step(self) -> float:
        """From one name's place to the next."""
        return (self.right - self.left) / self.count


def chart_picture(rows: Rows, view: View, frame: Frame, pens: Pens) -> bytes:
    """A PNG.

    Raises:
        BadRequest: there is nothing to draw.

    """
    labels, series = _read(rows, view, frame.rows)
    title, note = frame.title, frame.note
    lines = ticks([value for one in series for value in one.values if value is not None])
    marks = [short(line) for line in lines]
    left = _EDGE + max(pens.wide(mark, _SIZE) for mark in marks) + 16
    legend = 64 if len(series) > 1 else 0
    top = _EDGE + (_TITLE + 28 if title else 10) + legend
    count = len(labels)
    plot = _Plot(left, top, _WIDTH - _EDGE, top + _PLOT, lines[0], lines[-1], count)
    canvas = Canvas(_WIDTH, plot.bottom + 56 + (40 if note else 10), pens)
    canvas.text(_EDGE, _EDGE + _TITLE / 2, pens.fitted(title, _TITLE, _WIDTH - 80), _TITLE)
    if legend:
        _legend(canvas, pens, series, top - 44)
    for line, mark in zip(lines, marks, strict=True):
        y = plot.y(line)
        canvas.line([(left, y), (plot.right, y)], INK if line == 0 else RULE)
        canvas.text(left - 12, y, mark, _SIZE, PALE, "rm")
    (_bars if view.show == "bar" else _lines)(canvas, plot, series)
    _names(canvas, pens, plot, labels)
    canvas.text(_EDGE, plot.bottom + 74, note, 20, PALE)
    return canvas.png()


def _read(rows: Rows, view: View, most: int) -> tuple[list[str], list[_Series]]:
    names = [column.name for column in rows.columns]
    label = view.label or names[0]
    drawn = view.values or tuple(
        column.name for column in rows.columns if column.kind == "number" and column.name != label
    )
    unknown = sorted({label, *drawn} - set(names))
    if unknown:
        raise BadRequest(f"there is no column {unknown[0]!r}: {', '.join(names)}")
    kept = rows.rows[:most]
    series = [
        _Series(name, COLOURS[place], [number(row[names.index(name)]) for row in kept])
        for place, name in enumerate(drawn[:_MOST_SERIES])
    ]
    if not any(value is not None for one in series for value in one.values):
        raise BadRequest("there is no column of numbers to draw")
    return [cell(row[names.index(label)]) for row in kept], series


def _bars(canvas: Canvas, plot: _Plot, series: Sequence[_Series]) -> None:
    whole = plot.step * 0.7
    each = whole / len(series)
    for place, one in enumerate(series):
        for at, value in enumerate(one.values):
            if value is None:
                continue
            left = plot.x(at) - whole / 2 + each * place
            ends = sorted((plot.y(value), plot.y(0)))
            gap = min(2.0, each * 0.08)
            canvas.box(left + gap, ends[0], left + each - gap, ends[1], one.colour)
            if len(series) == 1 and plot.count <= 12:
                below = value < 0
                y = plot.y(value) + (6 if below else -6)
                canvas.text(plot.x(at), y, short(value), 20, INK, "ma" if below else "ms")


def _lines(canvas: Canvas, plot: _Plot, series: Sequence[_Series]) -> None:
    for one in series:
        parts: list[list[tuple[float, float]]] = [[]]
        for at, value in enumerate(one.values):
            if value is None:
                parts.append([])
            else:
                parts[-1].append((plot.x(at), plot.y(value)))
        for points in parts:
            if len(points) > 1:
                canvas.line(points, one.colour, 3)
            for x, y in points if plot.count <= 40 or len(points) == 1 else ():
                canvas.dot(x, y, 5, one.colour)


def _names(canvas: Canvas, pens: Pens, plot: _Plot, labels: Sequence[str]) -> None:
    """As many names as there is room for; a name alone may be cut."""
    widest = max(pens.wide(label, _SIZE) for label in labels)
    room = min(max(widest + 16, 40), 110)
    every = max(1, math.ceil(room / plot.step))
    for place in range(0, len(labels), every):
        shown = pens.fitted(labels[place], _SIZE, plot.step * every - 8)
        canvas.text(plot.x(place), plot.bottom + 26, shown, _SIZE, PALE, "mm")


def _legend(canvas: Canvas, pens: Pens, series: Sequence[_Series], y: float) -> None:
    x = float(_EDGE)
    for one in series:
        canvas.box(x, y - 9, x + 18, y + 9, one.colour)
        name = pens.fitted(one.name, _SIZE, 200)
        canvas.text(x + 28, y, name, _SIZE)
        x += 28 + pens.wide(name, _SIZE) + 32
