"""The small drawings of the screens about people: lines, arrows, switches, signs."""

from device_agent.sim.screens.node import Rect
from device_agent.sim.shapes import Draw, Shape, middle

_LINE = "#E4E4E4"
_LINK = "#576B95"
_GREY = "#B8B8B8"


def _line(draw: Draw, rect: Rect, _: str) -> None:
    """The hair line below a row, beside its picture."""
    left = rect.left + (rect.right - rect.left) * 68 // 360
    draw.line((left, rect.bottom - 1, rect.right, rect.bottom - 1), fill=_LINE, width=2)


def _onward(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    arm = half * 6 // 10
    points = ((x - arm // 2, y - arm), (x + arm // 2, y), (x - arm // 2, y + arm))
    draw.line(points, fill=_GREY, width=max(3, half // 5), joint="curve")


def _small_lens(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    radius, thick = half * 6 // 10, max(3, half // 7)
    box = (x - radius - 2, y - radius - 2, x + radius - 2, y + radius - 2)
    draw.ellipse(box, outline=_LINK, width=thick)
    start = x + radius * 6 // 10
    draw.line((start, start - x + y, x + half - 2, y + half - 2), fill=_LINK, width=thick)


def _network(draw: Draw, rect: Rect, _: str) -> None:
    """A red spark of many rays."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(tuple(rect), radius=12, fill="#FA5151")
    arm, thick = half * 55 // 100, max(4, half // 7)
    for dx, dy in ((0, 100), (100, 0), (71, 71), (71, -71)):
        a, b = arm * dx // 100, arm * dy // 100
        draw.line((x - a, y - b, x + a, y + b), fill="white", width=thick)


def _under(draw: Draw, rect: Rect, _: str) -> None:
    """The hair line below a row of settings."""
    left = rect.left + (rect.right - rect.left) * 16 // 360
    draw.line((left, rect.bottom - 1, rect.right, rect.bottom - 1), fill=_LINE, width=2)


def _switch(draw: Draw, rect: Rect, on: str) -> None:
    half = (rect.bottom - rect.top) // 2
    draw.rounded_rectangle(tuple(rect), half, fill="#07C160" if on else "#DCDCDC")
    reach, y = half - 4, rect.top + half
    x = rect.right - half if on else rect.left + half
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill="white")


def _slot(draw: Draw, rect: Rect, sign: str) -> None:
    """The dashed box with `+` or `-` behind the faces of a group."""
    step, thick = 14, 3
    for start in range(0, rect.right - rect.left, 2 * step):
        x, y = rect.left + start, rect.top + start
        for edge in (rect.top, rect.bottom - thick):
            draw.line((x, edge, x + step, edge), fill=_GREY, width=thick)
        for edge in (rect.left, rect.right - thick):
            draw.line((edge, y, edge, y + step), fill=_GREY, width=thick)
    x, y, half = middle(rect)
    arm = half // 2
    draw.line((x - arm, y, x + arm, y), fill=_GREY, width=4)
    if sign == "plus":
        draw.line((x, y - arm, x, y + arm), fill=_GREY, width=4)


PEOPLE_SHAPES: dict[str, Shape] = {
    "line": _line,
    "onward": _onward,
    "small_lens": _small_lens,
    "network": _network,
    "under": _under,
    "switch": _switch,
    "slot": _slot,
}
"""What `picture` draws besides `shapes.SHAPES`."""
