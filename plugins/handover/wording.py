"""What handover says, in the language of who it answers. Pure."""

import re
from collections.abc import Mapping
from typing import Final

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_WORDS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "taken": "已由 {by} 接管，我先不说话。{until} 前没有新消息，我再回来；"
        "写 /resume 可立即交还。",
        "resumed": "好的，我回来了。",
        "not_taken": "现在由我应答，没有人接管。",
        "status": "由 {by} 自 {since} 起接管，最早 {until} 交还。",
        "asked": "已为你转接人工，请稍候。",
        "told": "🙋 {chat} 的 {who} 请求人工：{text}\n"
        "会话编号 {id}；在该会话写 /resume 交还机器人。",
        "usage": "用法：/handover [时长，如 30m、2小时] 或 /handover status",
    },
    "en": {
        "taken": "{by} takes over and I stay silent; I am back when nobody has written until "
        "{until}. /resume gives the chat back at once.",
        "resumed": "I am back.",
        "not_taken": "I answer here; nobody has taken over.",
        "status": "{by} has taken over since {since}; given back at {until} at the earliest.",
        "asked": "I have called a person for you, one moment please.",
        "told": "🙋 {who} in {chat} asks for a person: {text}\n"
        "Chat id {id}; /resume written there gives it back to the bot.",
        "usage": "Usage: /handover [how long, such as 30m or 2h] or /handover status",
    },
}


def wording(text: str) -> Mapping[str, str]:
    """By name, in the language of a text."""
    return _WORDS["zh" if _HAN.search(text) else "en"]
