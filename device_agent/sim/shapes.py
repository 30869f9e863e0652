"""The small drawings of the rendered screen: icons, avatars, pictures and bubbles' tails."""

import zlib
from collections.abc import Callable
from typing import Any

from device_agent.sim.screens.node import Rect

INK = "#191919"
_TINTS = ("#5B8FF9", "#61B8A3", "#F6BD60", "#E8684A", "#9270CA", "#6DC8EC", "#FF9D4D", "#7E92B5")
Draw = Any  # PIL.ImageDraw.ImageDraw; Pillow is imported only when something is drawn
Shape = Callable[[Draw, Rect, str], None]


def tint(name: str) -> str:
    """A colour that belongs to a name."""
    return _TINTS[zlib.crc32(name.encode()) % len(_TINTS)]


def middle(rect: Rect) -> tuple[int, int, int]:
    """Centre and half of the shorter side."""
    half = min(rect.right - rect.left, rect.bottom - rect.top) // 2
    return (rect.left + rect.right) // 2, (rect.top + rect.bottom) // 2, half


def scaled(draw: Draw, points: float) -> int:
    """Density-independent points as pixels of the picture, whose width is 360 of them."""
    width: int = draw.im.size[0]
    return max(1, round(points * width / 360))


def _ring(draw: Draw, rect: Rect, color: str = INK) -> tuple[int, int, int]:
    x, y, half = middle(rect)
    draw.ellipse((x - half, y - half, x + half, y + half), outline=color, width=max(3, half // 11))
    return x, y, half


def _search(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    radius, thick = half * 2 // 3, max(4, half // 6)
    draw.ellipse(
        (x - radius - 4, y - radius - 4, x + radius - 4, y + radius - 4), outline=INK, width=thick
    )
    start = x + radius * 6 // 10
    draw.line((start, y + radius * 6 // 10, x + half - 3, y + half - 3), fill=INK, width=thick)


def _plus(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = _ring(draw, rect)
    arm, thick = half // 2, max(3, half // 8)
    draw.line((x - arm, y, x + arm, y), fill=INK, width=thick)
    draw.line((x, y - arm, x, y + arm), fill=INK, width=thick)


def _back(draw: Draw, rect: Rect, color: str) -> None:
    x, y, half = middle(rect)
    arm = half * 3 // 5
    points = ((x + arm // 2, y - arm), (x - arm // 2, y), (x + arm // 2, y + arm))
    draw.line(points, fill=color or INK, width=max(4, half // 6), joint="curve")


def _dots(draw: Draw, rect: Rect, color: str) -> None:
    x, y, half = middle(rect)
    radius = max(4, half // 6)
    for shift in (-half * 3 // 5, 0, half * 3 // 5):
        box = (x + shift - radius, y - radius, x + shift + radius, y + radius)
        draw.ellipse(box, fill=color or INK)


def _waves(draw: Draw, x: int, y: int, half: int, *, leftward: bool = False) -> None:
    thick = max(3, half // 8)
    for radius in (half // 5, half * 2 // 5, half * 3 // 5):
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.arc(box, 135 if leftward else -45, 225 if leftward else 45, fill=INK, width=thick)


def _voice(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = _ring(draw, rect)
    _waves(draw, x - half // 4, y, half)


def _emoji(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = _ring(draw, rect)
    eye = max(2, half // 8)
    for shift in (-half // 3, half // 3):
        draw.ellipse(
            (x + shift - eye, y - half // 4 - eye, x + shift + eye, y - half // 4 + eye), fill=INK
        )
    smile = half // 2
    draw.arc(
        (x - smile, y - smile, x + smile, y + smile), 25, 155, fill=INK, width=max(3, half // 8)
    )


def _failed(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    draw.ellipse((x - half, y - half, x + half, y + half), fill="#FA5151")
    draw.line((x, y - half // 2, x, y + half // 6), fill="white", width=max(4, half // 5))
    dot = max(1, half // 10)
    draw.ellipse((x - dot, y + half // 3, x + dot, y + half // 3 + 2 * dot), fill="white")


def _spinner(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    thick = max(3, half // 4)
    draw.arc((x - half, y - half, x + half, y + half), 0, 270, fill="#B8B8B8", width=thick)


def _handset(draw: Draw, x: int, y: int, half: int, *, down: bool) -> None:
    """A telephone's receiver, laid flat when it hangs up."""
    thick = max(6, half * 2 // 5)
    if down:
        box = (x - half, y - half // 3, x + half, y + half * 5 // 3)
        draw.arc(box, 205, 335, fill="white", width=thick)
        for side in (-1, 1):
            end = x + side * half * 8 // 10
            low = (end - thick // 2, y, end + thick // 2, y + half // 2)
            draw.rounded_rectangle(low, thick // 4, fill="white")
        return
    draw.arc((x - half, y - half * 2, x + half * 2, y + half), 100, 170, fill="white", width=thick)
    ends = ((x - half * 3 // 4, y - half * 2 // 3), (x + half * 2 // 3, y + half * 3 // 4))
    for left, top in ends:
        reach = thick * 6 // 10
        draw.ellipse((left - reach, top - reach, left + reach, top + reach), fill="white")


def _phone(draw: Draw, rect: Rect, fill: str) -> None:
    x, y, half = middle(rect)
    draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)
    _handset(draw, x, y, half // 2, down=fill == "#FA5151")


# In hundredths of the planet's radius: left, top, right, bottom.
_LANDS = (
    (-60, -62, -22, -30, "#2F6E8C"),
    (-46, -44, 2, -8, "#34788A"),
    (-20, -20, 14, 40, "#2F6E8C"),
    (24, -58, 62, -26, "#34788A"),
    (40, -38, 78, 4, "#2B6688"),
    (-78, 6, -52, 30, "#2B6688"),
)


def _earth(draw: Draw, rect: Rect, _: str) -> None:
    """The planet in the dark, its light side up."""
    x, _y, half = middle(rect)
    top = rect.top + (rect.bottom - rect.top) * 2 // 5
    radius = half * 13 // 10
    y = top + radius
    for step in range(12):
        shade = step / 12
        reach = radius - step * radius // 90
        color = (int(120 - 92 * shade), int(190 - 110 * shade), int(240 - 80 * shade))
        box = (x - reach, top + step * 3, x + reach, top + step * 3 + 2 * reach)
        draw.ellipse(box, fill=color)
    for left, low, right, high, land in _LANDS:
        corner = (x + radius * left // 100, y + radius * low // 100)
        end = (x + radius * right // 100, y + radius * high // 100)
        draw.ellipse((*corner, *end), fill=land)
    unit, pale = scaled(draw, 5), "#E8EEF5"
    waist = top - half // 7
    draw.ellipse((x - unit, waist - 3 * unit, x + unit, waist - unit), fill=pale)
    body = (x - unit, waist - unit // 2, x + unit, waist + half // 7)
    draw.rounded_rectangle(body, unit // 2, fill=pale)


def _dusk(draw: Draw, rect: Rect, _: str) -> None:
    """The blurred dark behind a call."""
    tall = rect.bottom - rect.top
    for step in range(0, tall, 8):
        share = step / tall
        color = (int(58 - 30 * share), int(64 - 30 * share), int(74 - 34 * share))
        draw.rectangle((rect.left, rect.top + step, rect.right, rect.top + step + 8), fill=color)


def _bubbles(draw: Draw, box: tuple[int, int, int, int]) -> None:
    """Two speech bubbles."""
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    first = (left, top, left + wide * 65 // 100, top + tall * 70 // 100)
    second = (left + wide * 38 // 100, top + tall * 34 // 100, right, bottom - tall * 8 // 100)
    draw.ellipse(first, fill="white")
    draw.ellipse(second, fill="white", outline="#07C160", width=max(2, wide // 30))
    for (a, b, c, d), share in ((first, 36), (second, 40)):
        y = b + (d - b) * share // 100
        for part in (34, 66):
            eye = max(1, wide // 22)
            x = a + (c - a) * part // 100
            draw.ellipse((x - eye, y - eye, x + eye, y + eye), fill="#07C160")


def _wechat(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    box = (x - half, y - half, x + half, y + half)
    draw.rounded_rectangle(box, half // 2, fill="#07C160")
    reach = half * 7 // 10
    _bubbles(draw, (x - reach, y - reach, x + reach, y + reach))


def _dot(draw: Draw, rect: Rect, _: str) -> None:
    draw.ellipse(tuple(rect), fill="#FA5151")


def _muted(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    grey, thick = "#B8B8B8", max(3, half // 6)
    draw.arc(
        (x - half // 2, y - half * 2 // 3, x + half // 2, y + half // 3),
        180,
        360,
        fill=grey,
        width=thick,
    )
    for side in (-1, 1):
        draw.line(
            (x + side * half // 2, y - half // 6, x + side * half // 2, y + half // 2),
            fill=grey,
            width=thick,
        )
    draw.line(
        (x - half * 2 // 3, y + half // 2, x + half * 2 // 3, y + half // 2), fill=grey, width=thick
    )
    draw.line(
        (x - half * 2 // 3, y - half * 2 // 3, x + half * 2 // 3, y + half * 3 // 4),
        fill=grey,
        width=thick,
    )


def _row(draw: Draw, rect: Rect, _: str) -> None:
    left = (rect.right - rect.left) * 76 // 360
    draw.line((left, rect.bottom - 1, rect.right, rect.bottom - 1), fill="#E4E4E4", width=2)


def _sticker(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    draw.ellipse((x - half, y - half, x + half, y + half), fill="#FFD75E")
    eye = max(2, half // 9)
    for side in (-1, 1):
        eye_x, eye_y = x + side * half // 3, y - half // 4
        draw.ellipse((eye_x - eye, eye_y - eye, eye_x + eye, eye_y + eye), fill="#5B3A00")
    smile = half // 2
    box = (x - smile, y - smile, x + smile, y + smile)
    draw.arc(box, 25, 155, fill="#5B3A00", width=max(3, half // 12))


def _battery(draw: Draw, rect: Rect, color: str) -> None:
    unit = max(1, (rect.bottom - rect.top) // 16)
    body = rect.inset(unit, 3 * unit)
    draw.rounded_rectangle(tuple(body), 2 * unit, outline=color or INK, width=unit)
    draw.rounded_rectangle(tuple(body.inset(2 * unit, 2 * unit)), unit, fill=color or INK)


def _wallpaper(draw: Draw, rect: Rect, _: str) -> None:
    tall = rect.bottom - rect.top
    for step in range(0, tall, 8):
        share = step / tall
        color = (int(40 + 90 * share), int(80 + 70 * share), int(140 + 40 * share))
        draw.rectangle((rect.left, rect.top + step, rect.right, rect.top + step + 8), fill=color)


def _app(draw: Draw, rect: Rect, number: str) -> None:
    x = (rect.left + rect.right) // 2
    half = (rect.right - rect.left) * 3 // 10
    y = rect.top + half
    color = ("#34C759", "#5F6368", "#8E8E93", "#07C160")[int(number) % 4]
    draw.rounded_rectangle((x - half, y - half, x + half, y + half), half // 2, fill=color)
    inner = half * 6 // 10
    if number == "0":
        _handset(draw, x, y, inner, down=False)
    elif number == "3":
        _bubbles(draw, (x - inner, y - inner, x + inner, y + inner))
    else:
        box = (x - inner, y - inner, x + inner, y + inner)
        draw.ellipse(box, outline="white", width=max(4, half // 6))
        hub = inner * 45 // 100
        draw.ellipse((x - hub, y - hub, x + hub, y + hub), fill="white")
        if number == "2":
            for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                tip = (x + dx * inner * 13 // 10, y + dy * inner * 13 // 10)
                draw.line((x + dx * inner, y + dy * inner, *tip), fill="white", width=half // 4)


def _tab(draw: Draw, rect: Rect, which: str) -> None:
    active = which.endswith("+")
    color = "#07C160" if active else INK
    x, y, half = middle(rect)
    style: dict[str, Any] = {"fill": color} if active else {"outline": color, "width": 4}
    number = which[0]
    if number == "0":
        draw.ellipse((x - half, y - half * 3 // 4, x + half, y + half * 2 // 3), **style)
        draw.polygon(
            ((x - half // 2, y + half // 2), (x - half * 2 // 3, y + half), (x, y + half * 3 // 5)),
            fill=color,
        )
    elif number == "1":
        draw.ellipse((x - half // 2, y - half, x + half // 2, y), **style)
        draw.pieslice((x - half, y, x + half, y + half * 2), 180, 360, **style)
    elif number == "2":
        draw.ellipse((x - half, y - half, x + half, y + half), **style)
        inner = "white" if active else color
        arm = half // 2
        draw.polygon(
            (
                (x + arm, y - arm),
                (x + arm // 3, y + arm // 3),
                (x - arm, y + arm),
                (x - arm // 3, y - arm // 3),
            ),
            fill=inner,
        )
    else:
        draw.ellipse((x - half * 3 // 5, y - half, x + half * 3 // 5, y + half // 5), **style)
        draw.rounded_rectangle(
            (x - half, y + half // 3, x + half, y + half), radius=half // 2, **style
        )


def _tail(draw: Draw, rect: Rect, fill: str, *, right: bool) -> None:
    """The corner of a bubble that points at the face beside it."""
    y, half = rect.top + scaled(draw, 20), scaled(draw, 5)
    edge, tip = rect.left + 2, rect.left - half
    if right:
        edge, tip = rect.right - 2, rect.right + half
    draw.polygon(((edge, y - half), (tip, y), (edge, y + half)), fill=fill)


def _own(draw: Draw, rect: Rect, fill: str) -> None:
    _tail(draw, rect, fill, right=True)


def _other(draw: Draw, rect: Rect, fill: str) -> None:
    _tail(draw, rect, fill, right=False)


def _own_voice(draw: Draw, rect: Rect, fill: str) -> None:
    _own(draw, rect, fill)
    middle_y = (rect.top + rect.bottom) // 2
    _waves(draw, rect.right - scaled(draw, 12), middle_y, scaled(draw, 18), leftward=True)


def _other_voice(draw: Draw, rect: Rect, fill: str) -> None:
    _other(draw, rect, fill)
    middle_y = (rect.top + rect.bottom) // 2
    _waves(draw, rect.left + scaled(draw, 12), middle_y, scaled(draw, 18))


SHAPES: dict[str, Shape] = {
    "search": _search,
    "plus": _plus,
    "more": _plus,
    "back": _back,
    "dots": _dots,
    "voice": _voice,
    "emoji": _emoji,
    "failed": _failed,
    "spinner": _spinner,
    "phone": _phone,
    "earth": _earth,
    "dusk": _dusk,
    "wechat": _wechat,
    "dot": _dot,
    "muted": _muted,
    "row": _row,
    "sticker": _sticker,
    "battery": _battery,
    "wallpaper": _wallpaper,
    "app": _app,
    "tab": _tab,
    "own": _own,
    "other": _other,
    "own-voice": _own_voice,
    "other-voice": _other_voice,
}
