"""The small drawings of a chat's other screens: tools, menus, ticks, maps, envelopes."""

from device_agent.sim.screens.node import Rect
from device_agent.sim.shapes import INK, Draw, Shape, middle, scaled

_GREEN = "#07C160"


def play(draw: Draw, rect: Rect) -> None:
    """The triangle in a ring over a video."""
    x, y, half = middle(rect)
    reach = max(10, min(half // 3, 66))
    thick = max(3, reach // 9)
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline="white", width=thick)
    inner = reach // 2
    points = ((x - inner // 2, y - inner), (x - inner // 2, y + inner), (x + inner, y))
    draw.polygon(points, fill="white")


def _edge(draw: Draw, rect: Rect, _: str) -> None:
    draw.line((rect.left, rect.top, rect.right, rect.top), fill="#DCDCDC", width=2)


def _cross(draw: Draw, rect: Rect, color: str) -> None:
    x, y, half = middle(rect)
    arm, thick = half // 2, max(3, half // 7)
    ink = color or INK
    draw.line((x - arm, y - arm, x + arm, y + arm), fill=ink, width=thick)
    draw.line((x - arm, y + arm, x + arm, y - arm), fill=ink, width=thick)


def _at(draw: Draw, rect: Rect, number: str) -> None:
    x, y, half = middle(rect)
    for place, shift in enumerate((-half, half)):
        color = "#8A8A8A" if str(place) == number else "#D0D0D0"
        dot = scaled(draw, 2.5)
        draw.ellipse((x + shift - dot, y - dot, x + shift + dot, y + dot), fill=color)


def _tick(draw: Draw, rect: Rect, number: str) -> None:
    x, y, half = middle(rect)
    reach = half * 6 // 10
    box = (x - reach, y - reach, x + reach, y + reach)
    if not number:
        draw.ellipse(box, outline="white", width=max(3, half // 12))
        return
    draw.ellipse(box, fill=_GREEN)
    draw.text((x, y), number, fill="white", anchor="mm", font_size=reach * 5 // 4)


def _radio(draw: Draw, rect: Rect, on: str) -> None:
    x, y, half = middle(rect)
    reach = half * 8 // 10
    box = (x - reach, y - reach, x + reach, y + reach)
    if not on:
        draw.ellipse(box, outline="#B2B2B2", width=max(3, half // 9))
        return
    draw.ellipse(box, fill=_GREEN)
    points = (
        (x - reach // 2, y),
        (x - reach // 8, y + reach * 4 // 10),
        (x + reach // 2, y - reach // 3),
    )
    draw.line(points, fill="white", width=max(3, half // 6), joint="curve")


def _field(draw: Draw, rect: Rect, place: str) -> None:
    """A field's cursor, `right:down` from the middle of its left edge."""
    right, _, down = place.partition(":")
    x, y = rect.left + int(right), (rect.top + rect.bottom) // 2 + int(down)
    half = scaled(draw, 10)
    draw.line((x, y - half, x, y + half), fill=_GREEN, width=scaled(draw, 1.4))


def _keyboard(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    thick = max(3, half // 11)
    draw.ellipse((x - half, y - half, x + half, y + half), outline=INK, width=thick)
    dot = max(2, half // 12)
    for row in (-1, 0):
        for column in (-1, 0, 1):
            left, top = x + column * half // 3, y + row * half // 3
            draw.ellipse((left - dot, top - dot, left + dot, top + dot), fill=INK)
    low = y + half // 3
    draw.line((x - half // 3, low, x + half // 3, low), fill=INK, width=thick)


def _frame(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A picture: mountains below a sun."""
    x, y, half = middle(rect)
    draw.rounded_rectangle((x - half, y - half, x + half, y + half), half // 4, fill=ink)
    points = ((x - half * 7 // 10, y + half * 6 // 10), (x - half // 6, y - half // 6))
    draw.line((*points, (x + half * 3 // 10, y + half * 5 // 10)), fill="white", width=thick)
    sun = half // 5
    draw.ellipse((x + sun, y - half // 2, x + 3 * sun, y - half // 2 + 2 * sun), fill="white")


def _lens(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A camera."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(
        (x - half, y - half * 7 // 10, x + half, y + half * 8 // 10), half // 4, ink
    )
    draw.rectangle((x - half // 3, y - half, x + half // 3, y - half // 2), fill=ink)
    reach = half * 4 // 10
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline="white", width=thick)


def _film(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A video camera."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(
        (x - half, y - half * 6 // 10, x + half * 4 // 10, y + half * 6 // 10), half // 5, ink
    )
    points = ((x + half // 2, y), (x + half, y - half // 2), (x + half, y + half // 2))
    draw.polygon(points, fill=ink)


def _pin(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A place on a map."""
    x, y, half = middle(rect)
    reach = half * 7 // 10
    draw.ellipse((x - reach, y - half, x + reach, y - half + 2 * reach), fill=ink)
    draw.polygon(((x - reach * 8 // 10, y), (x + reach * 8 // 10, y), (x, y + half)), fill=ink)
    hole = half // 4
    middle_y = y - half + reach
    draw.ellipse((x - hole, middle_y - hole, x + hole, middle_y + hole), fill="white")


def _envelope(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A red packet."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(
        (x - half * 8 // 10, y - half, x + half * 8 // 10, y + half), half // 5, ink
    )
    draw.arc((x - half, y - half * 14 // 10, x + half, y), 20, 160, fill="white", width=thick)
    reach = half // 4
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill="white")


def _arrows(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """Money that goes to and fro."""
    x, y, half = middle(rect)
    for side, shift in ((1, -half // 3), (-1, half // 3)):
        tip = x + side * half * 9 // 10
        draw.line((x - side * half * 9 // 10, y + shift, tip, y + shift), fill=ink, width=thick * 2)
        draw.line(
            (tip, y + shift, tip - side * half // 2, y + shift - side * half // 2),
            fill=ink,
            width=thick * 2,
        )


def _mouth(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A microphone."""
    x, y, half = middle(rect)
    draw.rounded_rectangle((x - half // 3, y - half, x + half // 3, y + half // 4), half // 3, ink)
    draw.arc(
        (x - half * 6 // 10, y - half // 2, x + half * 6 // 10, y + half * 6 // 10),
        0,
        180,
        ink,
        thick * 2,
    )
    draw.line((x, y + half * 6 // 10, x, y + half), fill=ink, width=thick * 2)


def _box(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """What is kept: a cube."""
    x, y, half = middle(rect)
    top, low = y - half, y + half
    side = half * 9 // 10
    points = ((x, top), (x + side, y - half // 2), (x + side, y + half // 2), (x, low))
    draw.polygon((*points, (x - side, y + half // 2), (x - side, y - half // 2)), fill=ink)
    draw.line((x - side, y - half // 2, x, y, x + side, y - half // 2), fill="white", width=thick)
    draw.line((x, y, x, low), fill="white", width=thick)


def _sheet(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A paper with lines."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(
        (x - half * 8 // 10, y - half, x + half * 8 // 10, y + half), half // 6, ink
    )
    for shift in (-half // 3, half // 6, half * 6 // 10):
        draw.line((x - half // 2, y + shift, x + half // 2, y + shift), fill="white", width=thick)


def _ticket(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A coupon."""
    x, y, half = middle(rect)
    draw.rounded_rectangle(
        (x - half, y - half * 7 // 10, x + half, y + half * 7 // 10), half // 5, ink
    )
    for shift in range(-half // 2, half // 2 + 1, max(1, half // 3)):
        draw.ellipse((x - thick, y + shift - thick, x + thick, y + shift + thick), fill="white")


def _tune(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """A note of music."""
    x, y, half = middle(rect)
    reach = half * 4 // 10
    draw.ellipse(
        (x - half * 7 // 10, y + half - 2 * reach, x - half * 7 // 10 + 2 * reach, y + half),
        fill=ink,
    )
    stem = x - half * 7 // 10 + 2 * reach
    draw.line((stem, y + half - reach, stem, y - half), fill=ink, width=thick * 2)
    draw.line((stem, y - half, x + half * 7 // 10, y - half // 2), fill=ink, width=thick * 3)


def _person(draw: Draw, rect: Rect, ink: str, thick: int) -> None:
    """Somebody's card."""
    x, y, half = middle(rect)
    reach = half * 5 // 10
    draw.ellipse((x - reach, y - half, x + reach, y - half + 2 * reach), fill=ink)
    draw.pieslice((x - half, y + half // 6, x + half, y + half * 2), 180, 360, fill=ink)


_TOOLS = {
    "album": _frame,
    "camera": _lens,
    "video_call": _film,
    "place": _pin,
    "red_packet": _envelope,
    "money": _arrows,
    "dictation": _mouth,
    "favourites": _box,
    "file": _sheet,
    "coupons": _ticket,
    "music": _tune,
    "contact_card": _person,
}


def _tool(draw: Draw, rect: Rect, key: str) -> None:
    _TOOLS[key](draw, rect, "#3F3F3F", max(3, (rect.right - rect.left) // 20))


def _clock(draw: Draw, rect: Rect, plain: str) -> None:
    x, y, half = middle(rect)
    box = (x - half, y - half, x + half, y + half)
    thick = max(5, half // 9)
    if plain:
        draw.ellipse(box, outline=INK, width=thick)
    else:
        draw.ellipse(box, fill="#10AEFF")
    hands = (x, y - half // 2, x, y, x + half // 3, y + half // 4)
    draw.line(hands, fill=INK if plain else "white", width=thick)


def _answer(draw: Draw, rect: Rect, beside: str) -> None:
    """The hairlines above a dialog's button and, where one stands on its left, beside it."""
    draw.line((rect.left, rect.top, rect.right, rect.top), fill="#E3E3E3", width=2)
    if beside:
        draw.line((rect.left, rect.top, rect.left, rect.bottom), fill="#E3E3E3", width=2)


def _slider(draw: Draw, rect: Rect, _: str) -> None:
    radius = (rect.bottom - rect.top) // 2
    draw.rounded_rectangle(tuple(rect), radius, fill="#3C4043")
    half = (rect.left + rect.right) // 2
    draw.rounded_rectangle((rect.left, rect.top, half, rect.bottom), radius, fill="#A8C7FA")


def _cover(draw: Draw, rect: Rect, _: str) -> None:
    """The flap of an opened red packet."""
    wide = rect.right - rect.left
    low = rect.top + (rect.bottom - rect.top) * 3 // 4
    box = (rect.left - wide // 4, low - wide // 2, rect.right + wide // 4, low)
    draw.arc(box, 35, 145, fill="#BF463B", width=6)


def _article(draw: Draw, rect: Rect, _: str) -> None:
    """A page of the web, from afar."""
    left, right = rect.left + 60, rect.right - 60
    top = rect.top + 80
    for number, share in enumerate((90, 60, 0, 100, 100, 96, 100, 70, 0, 100, 94, 100, 40)):
        if share:
            y = top + number * 74
            color = "#5A5A5A" if number < 2 else "#D9D9D9"
            end = left + (right - left) * share // 100
            draw.rounded_rectangle((left, y, end, y + (38 if number < 2 else 24)), 10, fill=color)


def _map(draw: Draw, rect: Rect, _: str) -> None:
    draw.rectangle(tuple(rect), fill="#EEF1E6")
    wide, tall = rect.right - rect.left, rect.bottom - rect.top
    draw.ellipse(
        (rect.left - wide // 3, rect.top + tall // 2, rect.left + wide // 2, rect.bottom),
        fill="#BFE0F2",
    )
    for share in (18, 42, 66, 84):
        y = rect.top + tall * share // 100
        draw.line((rect.left, y, rect.right, y + wide // 9), fill="white", width=22)
        x = rect.left + wide * share // 100
        draw.line((x, rect.top, x - wide // 9, rect.bottom), fill="white", width=22)
    x, y, _half = middle(rect)
    _pin(draw, Rect(x - 60, y - 60, x + 60, y + 60), "#FA5151", 6)


def _wifi(draw: Draw, rect: Rect, color: str) -> None:
    x, _y, half = middle(rect)
    low = rect.bottom - half // 4
    reach = half * 18 // 10
    draw.pieslice((x - reach, low - reach, x + reach, low + reach), 230, 310, fill=color or INK)


def _mobile(draw: Draw, rect: Rect, color: str) -> None:
    edge = (rect.bottom - rect.top) // 8
    low, high = rect.bottom - edge, rect.top + edge
    draw.polygon(((rect.left + edge, low), (rect.right, low), (rect.right, high)), color or INK)


CHAT_SHAPES: dict[str, Shape] = {
    "edge": _edge,
    "wifi": _wifi,
    "mobile": _mobile,
    "cross": _cross,
    "at": _at,
    "tick": _tick,
    "radio": _radio,
    "field+": _field,
    "caret": _field,
    "keyboard": _keyboard,
    "tool": _tool,
    "clock": _clock,
    "answer": _answer,
    "slider": _slider,
    "mouth": lambda draw, rect, _: _mouth(draw, rect, "#0B57D0", 4),
    "cover": _cover,
    "article": _article,
    "map": _map,
}
"""What `picture` draws besides `shapes.SHAPES`."""
