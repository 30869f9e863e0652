"""A notification as a card: in the shade and on the lock screen."""

from typing import NamedTuple

from device_agent.sim.lettering import shorten, width
from device_agent.sim.screens.look import WHITE, Look
from device_agent.sim.screens.node import FRAME, IMAGE, LINEAR, Action, Node, Paint, Rect, nested

SYSTEM_UI = "com.android.systemui"
CARD_DP = 92
_QUIET = "#5F6368"


class Notice(NamedTuple):
    """A notification as the shade shows it."""

    chat_id: str
    title: str
    text: str


def card_tall(look: Look) -> int:
    """How tall a notification's card is, in pixels; its lines grow with the font."""
    return max(look.dp(CARD_DP), look.sp(18 + 22 + 20) + look.dp(28))


def notice_card(look: Look, rect: Rect, notice: Notice, *, opens: bool) -> Node:
    """WeChat's name above, the title and one line below; a tap opens the chat if it `opens`."""
    inner = rect.inset(look.dp(16), look.dp(12))
    head = Rect(inner.left, inner.top, inner.right, inner.top + look.sp(18))
    middle = head.bottom + look.dp(4) + look.sp(22)
    title_box = Rect(inner.left, head.bottom + look.dp(4), inner.right, middle)
    shown = shorten(notice.title, look.sp(15), inner.right - inner.left)
    title = look.label(title_box, notice.title, 15, lines=(shown,))
    title.rid = "android:id/title"
    line = shorten(notice.text.replace("\n", " "), look.sp(14), inner.right - inner.left)
    text = look.label(
        Rect(inner.left, middle, inner.right, inner.bottom),
        notice.text,
        14,
        color=_QUIET,
        lines=(line,),
    )
    text.rid = "android:id/text"
    row = Node(FRAME, rect, rid=f"{SYSTEM_UI}:id/expandableNotificationRow", role="notification")
    row.children = [nested(2, Node(LINEAR, inner, children=[_head(look, head), title, text]))]
    row.clickable = row.focusable = True
    row.action = Action("open", notice.chat_id) if opens else None
    row.paint = Paint(fill=WHITE, radius=look.dp(18))
    return row


def _head(look: Look, rect: Rect) -> Node:
    side = look.dp(16)
    top = (rect.top + rect.bottom - side) // 2
    icon = Node(IMAGE, Rect(rect.left, top, rect.left + side, top + side))
    icon.rid, icon.paint = "android:id/icon", Paint(shape="wechat")
    left = icon.rect.right + look.dp(6)
    name = look.word("app")
    wide = width(name, look.sp(12)) + look.dp(2)
    app = look.label(
        Rect(left, rect.top, left + wide, rect.bottom), name, 12, color=_QUIET, lines=(name,)
    )
    app.rid = "android:id/app_name_text"
    now = look.word("just_now")
    time = look.label(
        Rect(app.rect.right + look.dp(8), rect.top, rect.right, rect.bottom),
        now,
        12,
        color=_QUIET,
        lines=(f"· {now}",),
    )
    time.rid = "android:id/time"
    return Node(LINEAR, rect, rid="android:id/notification_header", children=[icon, app, time])
