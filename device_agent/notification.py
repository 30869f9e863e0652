"""What `dumpsys notification --noredact` says of WeChat's notifications. Pure.

Values run over lines and may hold brackets, so records are cut at their known headers and a value
ends where the next known key begins (reference/phone.md 6; AOSP's NotificationRecord.dump).
"""

import re
from dataclasses import dataclass

from device_agent.layout import PACKAGE
from device_agent.wording import normal, unmarked

_RECORD = re.compile(
    r"^ {2,}NotificationRecord\(0x[0-9a-f]+: pkg=(\S+) .*? id=(-?\d+) ", re.MULTILINE
)
_TITLE = re.compile(r"^\s*android\.title=(?:String|SpannableString) \(", re.MULTILINE)
_TEXT = re.compile(r"^\s*android\.text=(?:String|SpannableString) \(", re.MULTILINE)
_END = re.compile(r"\)\n\s+(?:android\.[A-Za-z.]+=|\w[\w.]*=|\}\n)|\)\Z")
_WHEN = re.compile(r"^\s*when=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Notification:
    """One conversation's notification. It triggers a look at the list and proves nothing: it is
    the last line alone, and muted chats have none. `id` is WeChat's own number of the chat.
    """

    id: int
    title: str
    text: str
    unread: int
    when: int


def read_notifications(dump: str) -> list[Notification]:
    """WeChat's notifications, in the dump's order; redacted ones are passed over."""
    heads = list(_RECORD.finditer(dump))
    found = []
    # Without any record there is one None too many, and nothing to pair it with.
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        if head.group(1) != PACKAGE:
            continue
        body = dump[head.end() : following.start() if following else len(dump)]
        title, words = _value(_TITLE, body), _value(_TEXT, body)
        if title is None:
            continue
        text, marked = unmarked(words or "")
        when = _WHEN.search(body)
        moment = int(when.group(1)) if when else 0
        found.append(Notification(int(head.group(2)), title, text, marked or 1, moment))
    return found


def _value(key: re.Pattern[str], body: str) -> str | None:
    start = key.search(body)
    if start is None:
        return None
    end = _END.search(body, start.end())
    return normal(body[start.end() : end.start()]) if end else None
