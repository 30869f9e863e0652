"""Android's own screens: the launcher, the status bar and the notification shade."""

from device_agent.sim.lettering import shorten
from device_agent.sim.screens.look import WHITE, Look
from device_agent.sim.screens.node import (
    BUTTON,
    FRAME,
    GROUP,
    IMAGE,
    LINEAR,
    TEXT,
    Action,
    Node,
    Paint,
    Rect,
    nested,
)
from device_agent.sim.screens.notice import SYSTEM_UI, Notice, card_tall, notice_card
from device_agent.sim.wording import long_date

LAUNCHER = "com.android.launcher3"
_APPS = ("call", "photos", "settings")


def launcher(look: Look) -> Node:
    """The home screen with its icons; WeChat's starts WeChat."""
    cell = look.width // 4
    top = look.height - look.dp(140)
    icons = []
    for number, key in enumerate((*_APPS, "app")):
        name = look.word(key)
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
        # A clock does not grow with the font.
        56 / look.font_scale,
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
    signs = [
        Node(
            IMAGE,
            Rect(right - look.dp(16), look.dp(8), right, look.dp(24)),
            rid=f"{SYSTEM_UI}:id/{name}_signal",
            paint=Paint(shape=name),
        )
        for name, right in (
            ("wifi", look.width - look.dp(64)),
            ("mobile", look.width - look.dp(45)),
        )
    ]
    inner = Node(LINEAR, rect, children=[clock, *signs, battery])
    root = Node(FRAME, rect, rid=f"{SYSTEM_UI}:id/status_bar", children=[nested(2, inner)])
    return _of_system(root)


_TILES = ("wifi", "bluetooth", "quiet", "torch", "rotate", "flight")


def shade(look: Look, notices: list[Notice]) -> Node:
    """The notification shade, pulled down over the screen, with the notices that fit on it."""
    root = Node(FRAME, look.screen, rid=f"{SYSTEM_UI}:id/notification_panel")
    root.paint = Paint(fill="#202124")
    top = look.dp(262)
    area = Rect(0, top, look.width, look.height - look.dp(76))
    rows: list[Node] = []
    for notice in notices:
        rect = Rect(look.dp(12), top, look.width - look.dp(12), top + card_tall(look))
        if rows and rect.bottom > area.bottom:
            break
        rows.append(notice_card(look, rect, notice, opens=True))
        top = rect.bottom + look.dp(6)
    scroller = Node(GROUP, area, rid=f"{SYSTEM_UI}:id/notification_stack_scroller", children=rows)
    scroller.scrollable = True
    root.children = [_quick_settings(look), nested(2, scroller), _below(look, bool(notices))]
    return _of_system(root)


def _quick_settings(look: Look) -> Node:
    rect = Rect(0, look.top, look.width, look.dp(250))
    clock = look.label(
        Rect(look.dp(20), look.dp(36), look.width // 2, look.dp(84)),
        f"{look.now:%H:%M}",
        34 / look.font_scale,
        color=WHITE,
    )
    today = long_date(look.now, look.lang)
    date = look.label(
        Rect(look.width // 2, look.dp(50), look.width - look.dp(20), look.dp(80)),
        today,
        14,
        lines=(shorten(today, look.sp(14), look.width // 2 - look.dp(20)),),
        color="#D0D3D8",
        align="right",
    )
    clock.rid, date.rid = f"{SYSTEM_UI}:id/clock", f"{SYSTEM_UI}:id/date"
    wide = (look.width - look.dp(40)) // 3
    tiles = []
    for number, key in enumerate(_TILES):
        left = look.dp(16) + number % 3 * (wide + look.dp(4))
        top = look.dp(96) + number // 3 * look.dp(54)
        tiles.append(_tile(look, Rect(left, top, left + wide, top + look.dp(48)), key))
    bar = Rect(look.dp(20), look.dp(218), look.width - look.dp(20), look.dp(238))
    slider = Node("android.widget.SeekBar", bar, rid=f"{SYSTEM_UI}:id/slider")
    slider.desc, slider.paint = look.word("brightness"), Paint(shape="slider")
    grid = Node(GROUP, rect, rid=f"{SYSTEM_UI}:id/quick_qs_panel", children=[*tiles, slider])
    return Node(FRAME, rect, children=[clock, date, nested(1, grid)])


def _tile(look: Look, rect: Rect, key: str) -> Node:
    on = key in {"wifi", "bluetooth"}
    name = look.word(key)
    label = look.label(
        rect.inset(look.dp(8), 0),
        name,
        13,
        color="#202124" if on else WHITE,
        align="center",
        lines=(shorten(name, look.sp(13), rect.right - rect.left - look.dp(16)),),
    )
    label.rid = f"{SYSTEM_UI}:id/tile_label"
    tile = Node(LINEAR, rect, children=[label], desc=name, clickable=True, checkable=True)
    tile.kind, tile.checked, tile.action = "android.widget.Switch", on, Action("stay")
    tile.paint = Paint(fill="#A8C7FA" if on else "#3C4043", radius=look.dp(22))
    return tile


def _below(look: Look, some: bool) -> Node:
    rect = Rect(0, look.height - look.dp(70), look.width, look.height - look.dp(20))
    if not some:
        none = look.label(rect, look.word("no_notices"), 14, color="#9AA0A6", align="center")
        none.rid = f"{SYSTEM_UI}:id/no_notifications"
        return none
    wide = look.dp(104)
    box = Rect(look.width - wide - look.dp(16), rect.top, look.width - look.dp(16), rect.bottom)
    clear = look.label(
        box.inset(0, look.dp(6)),
        look.word("clear_all"),
        13,
        kind=BUTTON,
        color=WHITE,
        align="center",
    )
    clear.rid, clear.clickable = f"{SYSTEM_UI}:id/dismiss_text", True
    clear.action, clear.role = Action("clear_notices"), "clear_notices"
    if clear.paint:
        clear.paint.fill, clear.paint.radius = "#3C4043", look.dp(18)
    return Node(LINEAR, rect, children=[clear])


def _of_system(root: Node) -> Node:
    for node in root.walk():
        node.package = SYSTEM_UI
    return root
