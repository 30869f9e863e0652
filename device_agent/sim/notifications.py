"""Android's notifications by WeChat's rules, and how `dumpsys notification` prints them.

Rules from reference/phone.md 6: one notification per conversation, its id the Java hash of the
internal name, the last line alone, `[n条]` when several are unread, none for muted chats and none
while WeChat is in front; Android drops updates of a package above five a second.
"""

from collections import deque
from dataclasses import dataclass

from device_agent.sim.content import attributed, unread_mark
from device_agent.sim.layouts.profile import PACKAGE
from device_agent.sim.screens.notice import Notice
from device_agent.sim.world import Chat, Message

UPDATES_PER_SECOND = 5
MOST_LIVE = 50
UID = 10123


@dataclass(slots=True)
class Notification:
    """One live notification; `when` in epoch seconds."""

    chat_id: str
    name: str
    title: str
    text: str
    ticker: str
    when: float

    @property
    def number(self) -> int:
        """The notification's id."""
        return java_hash(self.name)


def java_hash(text: str) -> int:
    """java.lang.String.hashCode: a signed 32-bit sum over the UTF-16 units."""
    value = 0
    units = text.encode("utf-16-be")
    for place in range(0, len(units), 2):
        value = (value * 31 + int.from_bytes(units[place : place + 2], "big")) & 0xFFFFFFFF
    return value - 0x100000000 if value >= 0x80000000 else value


class Notifications:
    """The live notifications of WeChat, newest last."""

    def __init__(self) -> None:
        self._live: dict[str, Notification] = {}
        self._posts: deque[float] = deque(maxlen=UPDATES_PER_SECOND)

    def post(self, chat: Chat, message: Message, lang: str, now: float, *, who: str = "") -> bool:
        """Show a message of `who`, as the chat calls the sender; False if Android dropped it."""
        known = chat.chat_id in self._live
        fast = len(self._posts) == UPDATES_PER_SECOND and now - self._posts[0] < 1.0
        if (known and fast) or (not known and len(self._live) >= MOST_LIVE):
            return False
        self._posts.append(now)
        line = attributed(chat, message, lang, who)
        named = line if chat.kind == "group" else f"{chat.shown_title}: {line}"
        text = line
        if message.kind == "recalled":
            named = line
        if chat.unread > 1:
            text = unread_mark(chat.unread, lang) + named
        self._live.pop(chat.chat_id, None)
        self._live[chat.chat_id] = Notification(
            chat.chat_id, chat.name, chat.shown_title, text, named, now
        )
        return True

    def cancel(self, chat_id: str) -> None:
        """Take a chat's notification away."""
        self._live.pop(chat_id, None)

    def clear(self) -> None:
        """Take all away."""
        self._live.clear()
        self._posts.clear()

    def has(self, chat_id: str) -> bool:
        """Whether a chat has one."""
        return chat_id in self._live

    def notices(self) -> list[Notice]:
        """What the shade shows, newest first."""
        return [Notice(n.chat_id, n.title, n.text) for n in reversed(self._live.values())]

    def dump(self, *, redacted: bool) -> str:
        """The text of `dumpsys notification`; redacted without --noredact."""
        lines = ["Current Notification Manager state:", "  Notification List:"]
        for notification in reversed(self._live.values()):
            lines.extend(_record(notification, redacted))
        lines += ["  ", "  mListenersDisablingEffects: (0)", "  Rate limit: 5.0", ""]
        return "\n".join(lines)


def _text(value: str, redacted: bool) -> str:
    return f"String [length={len(value)}]" if redacted else f"String ({value})"


def _ticker(value: str, redacted: bool) -> str:
    if not redacted:
        return value
    return (value[:8] if len(value) > 16 else "") + "..."


def _record(one: Notification, redacted: bool) -> list[str]:
    """A record in the layout of AOSP's NotificationRecord.dump."""
    key = f"0|{PACKAGE}|{one.number}|null|{UID}"
    mark = f"{java_hash(key) & 0xFFFFFFF:07x}"
    when = int(one.when * 1000)
    deep = " " * 12
    head = (
        f"NotificationRecord(0x{mark}: pkg={PACKAGE} user=UserHandle{{0}} id={one.number} tag=null "
        f"importance=4 key={key}: Notification(channel=message_channel_new_id shortcut=null "
        "contentView=null vibrate=null sound=null defaults=0x0 flags=0x11 color=0x00000000 "
        "category=msg vis=PRIVATE))"
    )
    intent = f"PendingIntent{{{mark}: PendingIntentRecord{{{mark} {PACKAGE} startActivity}}}}"
    return [
        f"    {head}",
        f"      uid={UID} userId=0",
        f"      opPkg={PACKAGE}",
        f"      icon=Icon(typ=RESOURCE pkg={PACKAGE} id=0x7f080b6d)",
        "      flags=0x11",
        "      pri=1",
        f"      key={key}",
        "      seen=true",
        f"      groupKey={key}",
        "      notification=",
        f"{deep}fullscreenIntent=null",
        f"{deep}contentIntent={intent}",
        f"{deep}deleteIntent=null",
        f"{deep}number=0",
        f"{deep}groupAlertBehavior=0",
        f"{deep}when={when}",
        f"{deep}tickerText={_ticker(one.ticker, redacted)}",
        f"{deep}contentView=null",
        f"{deep}defaults=0x00000000 flags=0x00000011",
        f"{deep}extras={{",
        f"{deep}    android.title={_text(one.title, redacted)}",
        f"{deep}    android.reduced.images=Boolean (true)",
        f"{deep}    android.subText=null",
        f"{deep}    android.text={_text(one.text, redacted)}",
        f"{deep}    android.showWhen=Boolean (true)",
        f"{deep}}}",
        "      stats=SingleNotificationStats{posttimeMs=" + str(when) + "}",
        "      mContactAffinity=0.0",
        "      mRecentlyIntrusive=false",
        "      mPackagePriority=0",
    ]
