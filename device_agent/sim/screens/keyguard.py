"""The lock screen."""

from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    LINEAR,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.notice import SYSTEM_UI, Notice, card_tall, notice_card
from device_agent.sim.wording import long_date

_KEYS = "123456789 0 "
# How far above the lower edge the hint and the keys begin.
_HINT_DP, _PAD_DP = 60, 400


def keyguard(look: Look, notices: list[Notice], *, pin: bool) -> Node:
    """The lock screen with its clock and notifications; with a PIN also its keys."""
    root = Node(FRAME, look.screen, rid=f"{SYSTEM_UI}:id/keyguard_root_view", role="keyguard")
    root.paint = Paint(fill="#3B6FA0", shape="wallpaper")
    # On a short screen the keys push the clock up.
    top = min(look.dp(110), look.height - look.dp(_PAD_DP + 130)) if pin else look.dp(110)
    clock = look.label(
        Rect(0, top, look.width, top + look.dp(80)),
        f"{look.now:%H:%M}",
        # A clock does not grow with the font.
        64 / look.font_scale,
        color=WHITE,
        align="center",
    )
    clock.rid = f"{SYSTEM_UI}:id/lockscreen_clock_view"
    date = look.label(
        Rect(0, top + look.dp(86), look.width, top + look.dp(116)),
        long_date(look.now, look.lang),
        15,
        color=WHITE,
        align="center",
    )
    date.rid = f"{SYSTEM_UI}:id/keyguard_date"
    parts = [clock, date, *_notices(look, notices, pin=pin), _hint(look, pin=pin)]
    if pin:
        parts.append(_pad(look))
    root.children = [nested(3, Node(LINEAR, look.screen, children=parts))]
    for node in root.walk():
        node.package = SYSTEM_UI
    return root


def _hint(look: Look, *, pin: bool) -> Node:
    rect = Rect(0, look.height - look.dp(_HINT_DP), look.width, look.height - look.dp(30))
    words = look.word("enter_pin" if pin else "swipe_up")
    hint = look.label(rect, words, 14, color=WHITE, align="center")
    hint.rid = f"{SYSTEM_UI}:id/keyguard_indication_text"
    return hint


def _notices(look: Look, notices: list[Notice], *, pin: bool) -> list[Node]:
    """As many as there is room for, above the keys or the hint."""
    rows: list[Node] = []
    low = look.height - look.dp(_PAD_DP if pin else _HINT_DP)
    top = look.dp(260)
    for notice in notices[: 1 if pin else 4]:
        rect = Rect(look.dp(12), top, look.width - look.dp(12), top + card_tall(look))
        if rect.bottom > low:
            break
        rows.append(notice_card(look, rect, notice, opens=False))
        top = rect.bottom + look.dp(8)
    return rows


def _pad(look: Look) -> Node:
    cell = look.dp(72)
    left, top = (look.width - 3 * cell) // 2, look.height - look.dp(_PAD_DP)
    keys = []
    for number, name in enumerate(_KEYS):
        if name == " ":
            continue
        x, y = left + number % 3 * cell, top + number // 3 * cell
        key = look.label(
            Rect(x, y, x + cell, y + cell).inset(look.dp(6), look.dp(6)),
            name,
            24,
            color=INK,
            align="center",
        )
        key.rid, key.clickable = f"{SYSTEM_UI}:id/key{name}", True
        key.action = Action("stay")
        if key.paint:
            key.paint.fill, key.paint.radius = "#E8EEF4", look.dp(30)
        keys.append(key)
    rect = Rect(left, top, left + 3 * cell, top + 4 * cell)
    return Node(GROUP, rect, rid=f"{SYSTEM_UI}:id/keyguard_pin_view", children=keys)
