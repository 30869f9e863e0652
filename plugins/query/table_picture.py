"""Rows as a picture of a table."""

from typing import Final

from plugins.database import Column, Rows

from .canvas import HEAD, INK, PALE, RULE, STRIPE, Canvas, Frame, Pens
from .text_table import cell

_SIZE: Final = 24
_TITLE: Final = 30
_NOTE: Final = 20
_ROW: Final = 48
_PAD: Final = 18
_EDGE: Final = 28
_WIDEST: Final = 420  # of one column
_LEAST: Final = 70


def table_picture(rows: Rows, frame: Frame, pens: Pens) -> bytes:
    """A PNG, the title above and the note below."""
    lines = [[cell(value) for value in row] for row in rows.rows[: frame.rows]]
    columns = [
        _Column(column, pens, [column.name, *(line[place] for line in lines)])
        for place, column in enumerate(rows.columns)
    ]
    inner = sum(column.width for column in columns)
    title, note = pens.fitted(frame.title, _TITLE, max(inner, 560)), frame.note
    whole = max(inner, pens.wide(title, _TITLE), pens.wide(note, _NOTE))
    top = _EDGE + (_TITLE + 26 if title else 0)
    bottom = top + _ROW * (len(lines) + 1)
    canvas = Canvas(whole + 2 * _EDGE, bottom + (_NOTE + 40 if note else _EDGE), pens)
    canvas.text(_EDGE, _EDGE + _TITLE / 2, title, _TITLE)
    canvas.box(_EDGE, top, _EDGE + whole, top + _ROW, HEAD)
    for number in range(2, len(lines) + 1, 2):
        y = top + _ROW * number
        canvas.box(_EDGE, y, _EDGE + whole, y + _ROW, STRIPE)
    left, more = float(_EDGE), (whole - inner) / len(columns)
    for column in columns:
        column.draw(canvas, left, column.width + more, top)
        left += column.width + more
    for number in range(len(lines) + 2):
        y = top + _ROW * number
        canvas.line([(_EDGE, y), (_EDGE + whole, y)], RULE)
    canvas.text(_EDGE, bottom + 20 + _NOTE / 2, note, _NOTE, PALE)
    return canvas.png()


class _Column:
    """One column with its texts, the head first."""

    def __init__(self, column: Column, pens: Pens, texts: list[str]) -> None:
        self._right = column.kind == "number"
        self._pens = pens
        self._texts = texts
        widest = max(pens.wide(" ".join(text.split()), _SIZE) for text in texts)
        self.width = max(_LEAST, min(_WIDEST, widest) + 2 * _PAD)

    def draw(self, canvas: Canvas, left: float, width: float, top: float) -> None:
        """Numbers to the right, all else to the left."""
        x, anchor = (left + width - _PAD, "rm") if self._right else (left + _PAD, "lm")
        for number, text in enumerate(self._texts):
            shown = self._pens.fitted(text, _SIZE, width - 2 * _PAD + 1)
            colour = INK if number else PALE
            canvas.text(x, top + _ROW * (number + 0.5), shown, _SIZE, colour, anchor)
