"""The small drawings of the screens about people: lines, arrows, switches, signs."""

from collections.abc import Callable

from device_agent.sim.screens.node import Paint, Rect
from device_agent.sim.shapes import Draw, Shape, middle, tint

_LINE = "#E4E4E4"
_LINK = "#576B95"
_GREY = "#B8B8B8"
_THREE_FROM = 5


def mosaic(draw: Draw, rect: Rect, detail: str, write: Callable[[Rect, Paint], None]) -> None:
    """A group's picture: the small faces of up to nine people, the first row the short one.

    `detail` has a line for each: its letter, then what decides its colour.
    """
    draw.rounded_rectangle(tuple(rect), 12, fill="#DDDEE0")
    people = detail.split("\n")
    across = 1 if len(people) == 1 else 2 if len(people) < _THREE_FROM else 3
    gap = max(2, (rect.right - rect.left) // 24)
    side = (rect.right - rect.left - gap * (across + 1)) // across
    short = len(people) % across
    rows = [people[:short]] if short else []
    rows += [people[at : at + across] for at in range(short, len(people), across)]
    tall = len(rows) * (side + gap) - gap
    for number, row in enumerate(rows):
        top = (rect.top + rect.bottom - tall) // 2 + number * (side + gap)
        start = (rect.left + rect.right - len(row) * (side + gap) + gap) // 2
        for place, one in enumerate(row):
            left = start + place * (side + gap)
            box = Rect(left, top, left + side, top + side)
            draw.rectangle(tuple(box), fill=tint(one[1:]))
            size = max(6, side // 2)
            write(box, Paint(color="white", size=size, lines=(one[:1],), align="center"))


_SIGNS = {
    "new_friends": "#FA9D3B",
    "chat_only": "#FA9D3B",
    "saved_groups": "#07C160",
    "tags": "#2782D7",
    "officials": "#2782D7",
    "folded": "#8FA3BF",
}


def _sign(draw: Draw, rect: Rect, which: str) -> None:
    """The coloured boxes that stand for lists."""
    draw.rounded_rectangle(tuple(rect), 12, fill=_SIGNS[which])
    x, y, half = middle(rect)
    if which == "tags":
        arm = half * 45 // 100
        points = ((x - arm, y), (x, y - arm), (x + arm, y - arm), (x + arm, y), (x, y + arm))
        draw.polygon(points, fill="white")
        hole, a, b = half // 9, x + arm // 2, y - arm // 2
        draw.ellipse((a - hole, b - hole, a + hole, b + hole), fill=_SIGNS[which])
    elif which == "folded":
        for shift in (-half // 3, 0, half // 3):
            box = (x - half // 2, y + shift - half // 12, x + half // 2, y + shift + half // 12)
            draw.rounded_rectangle(box, 3, fill="white")
    else:
        shifts = (-half // 4, half // 4) if which == "saved_groups" else (0,)
        for shift in shifts:
            _bust(draw, x + shift, y, half)


def _bust(draw: Draw, x: int, y: int, half: int) -> None:
    """A person's head and shoulders."""
    head = half // 5
    top = y - half // 2
    draw.ellipse((x - head, top, x + head, top + 2 * head), fill="white")
    wide = half * 2 // 5
    low = top + 2 * head + half // 12
    draw.pieslice((x - wide, low, x + wide, low + 2 * wide), 180, 360, fill="white")


def _plus_item(draw: Draw, rect: Rect, which: str) -> None:
    """The white drawings in the menu of `+`."""
    x, y, half = middle(rect)
    thick = max(3, half // 7)
    if which == "start_chat":
        box = (x - half, y - half * 3 // 4, x + half, y + half // 2)
        draw.rounded_rectangle(box, half // 3, fill="white")
        draw.polygon(((x - half // 2, y), (x - half // 3, y + half), (x + half // 4, y)), "white")
    elif which == "add_friends":
        _bust(draw, x - half // 4, y + half // 6, half * 9 // 5)
        draw.line((x + half // 2, y - half // 2, x + half, y - half // 2), "white", thick)
        draw.line(
            (x + half * 3 // 4, y - half * 3 // 4, x + half * 3 // 4, y - half // 4), "white", thick
        )
    elif which == "scan":
        for a in (-1, 1):
            for b in (-1, 1):
                corner = (x + a * half * 8 // 10, y + b * half * 8 // 10)
                draw.line((*corner, corner[0] - a * half // 2, corner[1]), "white", thick)
                draw.line((*corner, corner[0], corner[1] - b * half // 2), "white", thick)
        draw.line((x - half, y, x + half, y), "white", thick)
    else:
        box = (x - half * 8 // 10, y - half * 8 // 10, x + half * 8 // 10, y + half * 8 // 10)
        draw.rounded_rectangle(box, half // 4, outline="white", width=thick)
        for a in (-1, 1):
            draw.line((x + a * half // 3, y - half // 2, x, y - half // 8), "white", thick)
        draw.line((x, y - half // 8, x, y + half // 2), "white", thick)
        draw.line((x - half // 3, y + half // 8, x + half // 3, y + half // 8), "white", thick)


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


def _rubber(draw: Draw, rect: Rect, _: str) -> None:
    """The grey disc with a cross that empties a field."""
    x, y, half = middle(rect)
    reach, arm = half * 45 // 100, half * 18 // 100
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=_GREY)
    draw.line((x - arm, y - arm, x + arm, y + arm), fill="white", width=3)
    draw.line((x - arm, y + arm, x + arm, y - arm), fill="white", width=3)


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


_SPOTS = {
    "moments": "#3C8CE7",
    "channels": "#FA9D3B",
    "live": "#FA5151",
    "scan": "#3C8CE7",
    "listen": "#FA5151",
    "top_stories": "#FFC300",
    "network": "#FA5151",
    "nearby": "#3C8CE7",
    "games": "#07C160",
    "kind_programs": "#7B68C8",
    "services": "#07C160",
    "favourites": "#FA9D3B",
    "orders": "#3C8CE7",
    "kind_stickers": "#FFC300",
    "own_settings": "#3C8CE7",
}
_BOXES = frozenset({"scan", "orders", "services", "games"})


def _spot(draw: Draw, rect: Rect, which: str) -> None:
    """The outlined coloured signs before the rows of 发现 and 我."""
    x, y, half = middle(rect)
    color, reach, thick = _SPOTS[which], half * 85 // 100, max(4, half // 7)
    box = (x - reach, y - reach, x + reach, y + reach)
    if which in _BOXES:
        draw.rounded_rectangle(box, reach // 3, outline=color, width=thick)
        draw.line((x - reach // 2, y, x + reach // 2, y), fill=color, width=thick)
    elif which in {"channels", "kind_programs"}:
        for side in (-1, 1):
            loop = (x + side * reach - (reach if side > 0 else 0), y - reach // 2)
            far = (loop[0] + reach, y + reach // 2)
            draw.ellipse((*loop, *far), outline=color, width=thick)
    else:
        draw.ellipse(box, outline=color, width=thick)
        inner = reach * 4 // 10
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), fill=color)


PEOPLE_SHAPES: dict[str, Shape] = {
    "line": _line,
    "onward": _onward,
    "small_lens": _small_lens,
    "network": _network,
    "rubber": _rubber,
    "under": _under,
    "switch": _switch,
    "sign": _sign,
    "plus_item": _plus_item,
    "spot": _spot,
    "slot": _slot,
}
"""What `picture` draws besides `shapes.SHAPES`."""
