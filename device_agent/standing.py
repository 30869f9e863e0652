"""What a chat's lines say of its account's standing there: active, removed, blocked. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from device_agent.rows import SeenRow
from schemas.content import SystemLine
from schemas.event import ChatKind
from schemas.phone import ChatState

_REMOVED = re.compile(
    r"你已?被.*移出(?:了)?(?:本)?群聊|将你移出(?:了)?群聊|无法在已退出的群聊中发送消息|你已退出(?:该)?群聊"
    r"|(?:removed you|You (?:were|have been) removed) from the group"
    r"|group chat (?:that )?you(?: have|'ve)? left",
    re.IGNORECASE | re.DOTALL,
)
_BLOCKED = re.compile(
    r"被对方拒收|开启了(?:朋友|好友)验证|rejected by (?:the )?(?:receiver|recipient)"
    r"|enabled friend (?:confirmation|verification)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"邀请你(?:和.*)?加入了群聊|你通过.*加入(?:了)?群聊|可以开始聊天了|通过了你的朋友验证请求"
    r"|invited you.* to (?:the|a) group chat|You.* joined the group"
    r"|can (?:now )?start (?:chatting|a chat)",
    re.IGNORECASE | re.DOTALL,
)
TRY_AGAIN: Final = timedelta(days=1)
"""After so long one message finds out whether it is still so: nobody tells who unblocks."""
MOST_TRIES: Final = 3
_STIRS = re.compile(r"群聊|group chat|joined the group", re.IGNORECASE)


def stirs(rows: Iterable[SeenRow]) -> bool:
    """Whether lines tell that somebody came into a group or left it."""
    return any(isinstance(row.content, SystemLine) and _STIRS.search(row.text) for row in rows)


def standing(before: ChatState | None, kind: ChatKind, rows: Iterable[SeenRow]) -> ChatState | None:
    """The standing after rows that are new, oldest first. Who writes to us has not blocked us, and
    what we wrote without a red mark has arrived, unless a line below it says otherwise.
    """
    state = before
    for row in rows:
        if isinstance(row.content, SystemLine):
            state = _after_line(state, kind, row.content.text)
        elif state in {"removed", "blocked"} and _got_through(row, state, kind):
            state = "active"
    return state


def _got_through(row: SeenRow, state: ChatState, kind: ChatKind) -> bool:
    """Whether a message, ours or another's, shows that the chat is open."""
    if row.side == "own":
        return not row.failed and not row.sending
    return row.side == "other" and (state == "blocked" or kind == "group")


def _after_line(state: ChatState | None, kind: ChatKind, words: str) -> ChatState | None:
    if kind == "group" and _REMOVED.search(words):
        return "removed"
    if _BLOCKED.search(words):
        return "blocked"
    return "active" if state in {"removed", "blocked"} and _BACK.search(words) else state


def refused(kind: ChatKind, rows: Iterable[SeenRow]) -> bool:
    """Whether a line says (again) that nothing can be sent."""
    said = [row.content.text for row in rows if isinstance(row.content, SystemLine)]
    return any(_after_line("active", kind, words) in {"removed", "blocked"} for words in said)


def shut(
    state: ChatState | None, since: datetime, *, attempt: int, tries: int, now: datetime
) -> bool:
    """Whether a message need not be typed, for WeChat said `since` then that it would not arrive.

    A person's new `attempt`, or the first message a day later, is let through, for a few `tries`.
    """
    if state not in {"removed", "blocked"}:
        return False
    return tries >= MOST_TRIES or (attempt == 1 and now - since < TRY_AGAIN)
