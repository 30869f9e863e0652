"""The small drawings of menus: copy, forward, keep, recall, quote, delete and others."""

from device_agent.sim.screens.node import Rect
from device_agent.sim.shapes import Draw, Shape, middle


def _thickness(half: int) -> int:
    return max(3, half // 7)


def _copies(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    style = {"outline": ink, "width": thick}
    box = (x - half * 8 // 10, y - half * 8 // 10, x + half // 3, y + half // 3)
    draw.rounded_rectangle(box, 6, **style)
    box = (x - half // 3, y - half // 3, x + half * 8 // 10, y + half * 8 // 10)
    draw.rounded_rectangle(box, 6, fill="#4C4C4C", **style)


def _onward(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    tip_x, tip_y = x + half * 9 // 10, y - half // 4
    box = (x - half, tip_y, x + half * 25 // 10, y + half * 18 // 10)
    draw.arc(box, 185, 265, ink, thick)
    draw.line((x + half * 5 // 10, tip_y, tip_x, tip_y), ink, thick)
    wing = half * 6 // 10
    points = (tip_x - wing, tip_y - wing, tip_x, tip_y, tip_x - wing, tip_y + wing)
    draw.line(points, ink, thick, "curve")


def _backward(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    left, middle_y = x - half * 8 // 10, y - half // 3
    draw.arc((x - half // 3, middle_y, x + half * 8 // 10, y + half), 270, 90, ink, thick)
    draw.line((left, middle_y, x + half // 4, middle_y), ink, thick)
    wing = (x - half // 3, middle_y - half // 2)
    draw.line((*wing, left, middle_y, x - half // 3, middle_y + half // 2), ink, thick, "curve")


def _bin(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    lid = y - half // 2
    draw.line((x - half * 8 // 10, lid, x + half * 8 // 10, lid), ink, thick)
    box = (x - half * 6 // 10, lid, x + half * 6 // 10, y + half * 9 // 10)
    draw.rounded_rectangle(box, 5, outline=ink, width=thick)
    draw.line((x - half // 4, lid - thick * 2, x + half // 4, lid - thick * 2), ink, thick)


def _marks(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    reach = half // 3
    for shift in (-half // 2, half // 2):
        left, right = x + shift - reach, x + shift + reach
        draw.ellipse((left, y - reach, right, y + reach), fill=ink)
        draw.arc((left - reach, y - reach, right, y + 2 * reach), 0, 80, ink, thick)


def _several(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    for shift in (-half // 2, half // 4):
        middle_y = y + shift + thick
        draw.line((x - half // 4, middle_y, x + half * 9 // 10, middle_y), ink, thick)
        left, reach = x - half * 9 // 10, half // 5
        box = (left, middle_y - reach, left + 2 * reach, middle_y + reach)
        draw.ellipse(box, outline=ink, width=thick)


def _letter(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    draw.text((x, y), "A", fill=ink, anchor="mm", font_size=half * 3 // 2)
    draw.rectangle((x - half, y - half, x + half, y + half), outline=ink, width=thick)


def _cube(draw: Draw, x: int, y: int, half: int, ink: str) -> None:
    thick = _thickness(half)
    points = ((x, y - half), (x + half, y - half // 2), (x + half, y + half // 2), (x, y + half))
    left = ((x - half, y + half // 2), (x - half, y - half // 2))
    draw.polygon((*points, *left), outline=ink, width=thick)
    draw.line((x - half, y - half // 2, x, y, x + half, y - half // 2), ink, thick)
    draw.line((x, y, x, y + half), ink, thick)


_MENU = {
    "copy": _copies,
    "forward": _onward,
    "recall": _backward,
    "delete": _bin,
    "quote_it": _marks,
    "select_more": _several,
    "transcribe": _letter,
    "favourite": _cube,
}


def _menu(draw: Draw, rect: Rect, detail: str) -> None:
    key, _, dark = detail.partition(":")
    x, y, half = middle(rect)
    _MENU[key](draw, x, y, half, "#3F3F3F" if dark else "white")


MENU_SHAPES: dict[str, Shape] = {"menu": _menu}
"""What `picture` draws besides `shapes.SHAPES`."""
