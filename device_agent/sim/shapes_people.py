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


PEOPLE_SHAPES: dict[str, Shape] = {
    "line": _line,
    "onward": _onward,
    "small_lens": _small_lens,
    "network": _network,
}
"""What `picture` draws besides `shapes.SHAPES`."""
