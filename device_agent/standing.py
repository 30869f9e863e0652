"""What a chat's lines say of its account's standing there: active, removed, blocked. Pure."""

import re
from collections.abc import Iterable

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
_STIRS = re.compile(r"群聊|group chat|joined the group", re.IGNORECASE)


def stirs(rows: Iterable[SeenRow]) -> bool:
    """Whether lines tell that somebody came into a group or left it."""
    return any(isinstance(row.content, SystemLine) and _STIRS.search(row.text) for row in rows)


def standing(before: ChatState | None, kind: ChatKind, rows: Iterable[SeenRow]) -> ChatState | None:
    """The standing after rows that are new, oldest first. Who writes to us has not blocked us."""
    state = before
    for row in rows:
        if row.side == "other":
            if state == "blocked" or (state == "removed" and kind == "group"):
                state = "active"
            continue
        if not isinstance(row.content, SystemLine):
            continue
        words = row.content.text
        if kind == "group" and _REMOVED.search(words):
            state = "removed"
        elif _BLOCKED.search(words):
            state = "blocked"
        elif state in {"removed", "blocked"} and _BACK.search(words):
            state = "active"
    return state
