"""Android's own screens: the launcher, the status bar and the notification shade."""

from typing import NamedTuple

from device_agent.sim.lettering import wrap
from device_agent.sim.screens.look import GREY, WHITE, Look
from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    IMAGE,
    LINEAR,
    TEXT,
    VIEW,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)

LAUNCHER = "com.android.launcher3"
SYSTEM_UI = "com.android.systemui"
_APPS = ("电话", "相机", "设置")


class Notice(NamedTuple):
    """A notification as the shade shows it."""

    chat_id: str
    title: str
    text: str


def launcher(look: Look) -> Node:
    """The home screen with its icons; WeChat's starts WeChat."""
    cell = look.width // 4
    top = look.height - look.dp(140)
    icons = []
    for number, name in enumerate((*_APPS, look.word("app"))):
        rect = Rect(number * cell, top, (number + 1) * cell, top + look.dp(96))
        icon = Node(TEXT, rect, text=name, desc=name, package=LAUNCHER, clickable=True)
        icon.long_clickable = icon.focusable = True
        icon.role = "app"
        icon.paint = Paint(
            color=WHITE, size=look.sp(12), lines=(name,), align="center", shape=f"app:{number}"
        )
        if number == len(_APPS):
            icon.action = Action("launch")
        icons.append(icon)
    page = Node(
        GROUP, Rect(0, top, look.width, top + look.dp(96)), children=icons, package=LAUNCHER
    )
    clock = look.label(
        Rect(0, look.dp(140), look.width, look.dp(220)),
        f"{look.now:%H:%M}",
        56,
        color=WHITE,
        align="center",
    )
    clock.package, clock.rid = LAUNCHER, f"{LAUNCHER}:id/clock"
    root = Node(
        FRAME, look.screen, package=LAUNCHER, paint=Paint(fill="#3B6FA0", shape="wallpaper")
    )
    root.children = [clock, nested(3, page)]
    return root


def status_bar(look: Look) -> Node:
    """The system's window above every screen."""
    rect = Rect(0, 0, look.width, look.top)
    clock = look.label(
        Rect(look.dp(16), look.dp(6), look.dp(80), look.dp(26)), f"{look.now:%H:%M}", 14
    )
    clock.rid = f"{SYSTEM_UI}:id/clock"
    battery = Node(
        IMAGE,
        Rect(look.width - look.dp(40), look.dp(8), look.width - look.dp(16), look.dp(24)),
        rid=f"{SYSTEM_UI}:id/battery",
        desc="100%",
        paint=Paint(shape="battery"),
    )
    inner = Node(LINEAR, rect, children=[clock, battery])
    root = Node(FRAME, rect, rid=f"{SYSTEM_UI}:id/status_bar", children=[nested(2, inner)])
    return _of_system(root)


def shade(look: Look, notices: list[Notice]) -> Node:
    """The notification shade, pulled down over the screen."""
    root = Node(FRAME, look.screen, rid=f"{SYSTEM_UI}:id/notification_panel")
    root.paint = Paint(fill="#2B2B2B")
    rows = []
    tall = look.dp(84)
    top = look.dp(120)
    for notice in notices:
        rect = Rect(look.dp(12), top, look.width - look.dp(12), top + tall)
        rows.append(_notice(look, rect, notice))
        top += tall + look.dp(8)
    stack = Rect(0, look.dp(120), look.width, look.height)
    scroller = Node(GROUP, stack, rid=f"{SYSTEM_UI}:id/notification_stack_scroller", children=rows)
    scroller.scrollable = True
    root.children = [Node(VIEW, Rect(0, 0, look.width, look.dp(120))), nested(2, scroller)]
    return _of_system(root)


def _notice(look: Look, rect: Rect, notice: Notice) -> Node:
    inner = rect.inset(look.dp(12), look.dp(10))
    middle = inner.top + look.sp(24)
    title = look.label(Rect(inner.left, inner.top, inner.right, middle), notice.title, 15)
    title.rid = "android:id/title"
    lines = wrap(notice.text, look.sp(14), inner.right - inner.left)[:1]
    text = look.label(
        Rect(inner.left, middle, inner.right, inner.bottom),
        notice.text,
        14,
        color=GREY,
        lines=lines,
    )
    text.rid = "android:id/text"
    row = Node(FRAME, rect, rid=f"{SYSTEM_UI}:id/expandableNotificationRow")
    row.children = [nested(2, Node(LINEAR, inner, children=[title, text]))]
    row.clickable = row.focusable = True
    row.role = "notification"
    row.action = Action("open", notice.chat_id)
    row.paint = Paint(fill=WHITE, radius=look.dp(14))
    return row


def _of_system(root: Node) -> Node:
    for node in root.walk():
        node.package = SYSTEM_UI
    return root
