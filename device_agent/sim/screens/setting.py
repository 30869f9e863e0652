"""Rows of settings: a label with its value and an arrow, a switch, words that do something."""

from dataclasses import dataclass

from device_agent.sim.lettering import shorten, width, wrap
from device_agent.sim.screens.column import Item
from device_agent.sim.screens.entry import SIDE_DP, SOFT
from device_agent.sim.screens.look import INK, WHITE, Look
from device_agent.sim.screens.node import (
    IMAGE,
    LINEAR,
    RELATIVE,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)

SWITCH = "android.widget.Switch"
_TALL_DP = 54
_MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """A row; `value` stands on the right, `detail` in lines of its own below the label.

    `on` makes it a switch, `icon` is the shape of a small drawing before the label. Without an
    `action` it only says something.
    """

    role: str
    label: str
    action: Action | None = None
    value: str = ""
    detail: str = ""
    on: bool | None = None
    icon: str = ""


def setting_item(look: Look, setting: Setting) -> Item:
    """The row for a list."""
    detail = _detail(look, setting)
    tall = max(look.dp(_TALL_DP), look.sp(44)) + len(detail) * look.sp(20)
    return Item(tall, lambda rect: _row(look, rect, setting, detail))


def _detail(look: Look, setting: Setting) -> tuple[str, ...]:
    if not setting.detail:
        return ()
    lines = wrap(setting.detail, look.sp(14), look.width - look.dp(2 * SIDE_DP + 24))
    return lines[:_MOST_LINES]


def _row(look: Look, rect: Rect, setting: Setting, detail: tuple[str, ...]) -> Node:
    left, right = rect.left + look.dp(SIDE_DP), rect.right - look.dp(SIDE_DP)
    head = rect._replace(bottom=rect.bottom - len(detail) * look.sp(20))
    parts: list[Node] = []
    if setting.icon:
        middle = (head.top + head.bottom) // 2
        box = Rect(left, middle - look.dp(12), left + look.dp(24), middle + look.dp(12))
        parts.append(Node(IMAGE, box, paint=Paint(shape=setting.icon)))
        left = box.right + look.dp(16)
    wide = min(width(setting.label, look.sp(17)) + look.dp(4), right - left)
    label = look.label(
        Rect(left, head.top, left + wide, head.bottom),
        setting.label,
        17,
        role="setting_label",
        lines=(shorten(setting.label, look.sp(17), right - left),),
    )
    # Preference rows carry the ids of Android's own layouts.
    label.rid = "android:id/title"
    parts += [label, *_tail(look, head, setting, label.rect.right)]
    if detail:
        box = Rect(left, head.bottom - look.dp(8), right, rect.bottom - look.dp(8))
        summary = look.label(
            box, setting.detail, 14, role="setting_detail", color=SOFT, lines=detail
        )
        summary.rid = "android:id/summary"
        parts.append(summary)
    inner = Node(RELATIVE, rect, children=parts)
    row = Node(LINEAR, rect, children=[nested(look.profile.depth - 1, inner)], role=setting.role)
    row.clickable = row.focusable = setting.action is not None
    row.action = setting.action
    row.paint = Paint(fill=WHITE, shape="under")
    return row


def _tail(look: Look, rect: Rect, setting: Setting, free: int) -> list[Node]:
    """What stands on the right: a switch, or the value and an arrow."""
    right, middle = rect.right - look.dp(SIDE_DP), (rect.top + rect.bottom) // 2
    if setting.on is not None:
        box = Rect(right - look.dp(50), middle - look.dp(15), right, middle + look.dp(15))
        switch = Node(SWITCH, box, rid=look.rid("setting_switch"), role=f"{setting.role}_switch")
        switch.checkable = switch.clickable = True
        switch.checked, switch.action = setting.on, setting.action
        switch.desc = look.word("switch_on" if setting.on else "switch_off")
        switch.paint = Paint(shape=f"switch:{'on' if setting.on else ''}")
        return [switch]
    parts = []
    if setting.action is not None:
        tip = Rect(right - look.dp(14), middle - look.dp(10), right, middle + look.dp(10))
        parts.append(Node(IMAGE, tip, paint=Paint(shape="onward")))
        right = tip.left - look.dp(4)
    if setting.value:
        room = right - free - look.dp(12)
        shown = shorten(setting.value, look.sp(16), max(room, look.dp(40)))
        wide = width(shown, look.sp(16)) + look.dp(2)
        box = Rect(right - wide, rect.top, right, rect.bottom)
        value = look.label(
            box, setting.value, 16, role="setting_value", color=SOFT, align="right", lines=(shown,)
        )
        value.rid = "android:id/summary"
        parts.insert(0, value)
    return parts


def deed(look: Look, text: str, action: Action, *, role: str, color: str = INK) -> Item:
    """Words in the middle of a row that do something when tapped."""

    def draw(rect: Rect) -> Node:
        label = look.label(rect, text, 17, role=f"{role}_text", color=color, align="center")
        row = Node(LINEAR, rect, rid=look.rid(role), role=role)
        row.children = [nested(look.profile.depth - 1, label)]
        row.clickable = row.focusable = True
        row.action = action
        row.paint = Paint(fill=WHITE, shape="under")
        return row

    return Item(max(look.dp(_TALL_DP), look.sp(40)), draw)
