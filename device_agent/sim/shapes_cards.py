"""The small drawings on cards: papers, links, red packets, money."""

from device_agent.sim.screens.node import Rect
from device_agent.sim.shapes import Draw, Shape, middle

_PAPERS = {
    "PDF": "#E64340",
    "DOC": "#2B7CD3",
    "DOCX": "#2B7CD3",
    "XLS": "#1F9D55",
    "XLSX": "#1F9D55",
    "CSV": "#1F9D55",
    "PPT": "#E8622B",
    "PPTX": "#E8622B",
    "ZIP": "#F2A93B",
    "TXT": "#7E92B5",
}


def _card(draw: Draw, rect: Rect, detail: str) -> None:
    kind, _, ending = detail.partition(":")
    x, y, half = middle(rect)
    if kind != "file":
        draw.rectangle((x - half, y - half, x + half, y + half), fill="#D5DCE6")
        arm, thick = half // 2, max(4, half // 7)
        for side in (-1, 1):
            center = x + side * arm // 2
            box = (center - arm * 6 // 10, y - arm // 2, center + arm * 6 // 10, y + arm // 2)
            draw.rounded_rectangle(box, arm // 2, outline="#8FA3BF", width=thick)
        return
    wide = half * 8 // 10
    fold = half // 2
    color = _PAPERS.get(ending, "#8C9AAE")
    points = ((x - wide, y - half), (x + wide - fold, y - half), (x + wide, y - half + fold))
    draw.polygon((*points, (x + wide, y + half), (x - wide, y + half)), fill=color)
    flap = (
        (x + wide - fold, y - half),
        (x + wide, y - half + fold),
        (x + wide - fold, y - half + fold),
    )
    draw.polygon(flap, fill="#FFFFFF")
    size = max(8, half * (6 if len(ending) < 4 else 5) // 10)
    draw.text((x, y + half // 5), ending or "?", fill="white", anchor="mm", font_size=size)


def _packet(draw: Draw, rect: Rect, _: str) -> None:
    x, y, half = middle(rect)
    wide = half * 8 // 10
    draw.rounded_rectangle((x - wide, y - half, x + wide, y + half), half // 6, fill="#E0524A")
    arc = (x - half * 2, y - half * 25 // 10, x + half * 2, y - half // 10)
    draw.arc(arc, 67, 113, fill="#C8403A", width=max(3, half // 12))
    reach = half * 3 // 10
    draw.ellipse(
        (x - reach, y - reach - half // 8, x + reach, y + reach - half // 8), fill="#F8D88B"
    )


def _coins(draw: Draw, rect: Rect, _: str) -> None:
    """Two arrows in a ring: money that changes hands."""
    x, y, half = middle(rect)
    thick = max(4, half // 9)
    draw.ellipse((x - half, y - half, x + half, y + half), outline="white", width=thick)
    arm = half // 2
    for side, shift in ((1, -half // 4), (-1, half // 4)):
        tip = x + side * arm
        draw.line((x - side * arm, y + shift, tip, y + shift), fill="white", width=thick)
        wing = (tip - side * arm // 2, y + shift - side * arm // 2)
        draw.line((tip, y + shift, *wing), fill="white", width=thick)


CARD_SHAPES: dict[str, Shape] = {"card": _card, "packet": _packet, "coins": _coins}
"""What `picture` draws besides `shapes.SHAPES`."""
