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
        "taken_there": "好的，“{chat}”由你接管，我在那里不说话。/resume 交还。",
        "resumed_there": "好的，我回到“{chat}”。",
        "unknown": "不知道“{which}”是哪个会话。/handover list 看编号。",
        "list": "会话：",
        "line": "{number}. {chat}：{standing}（{at}）{id}",
        "is_asked": "请求人工",
        "is_taken": "已接管",
        "is_free": "机器人应答",
        "empty": "还没有人请求人工，也没有被接管的会话。",
        "asked": "已为你转接人工，请稍候。",
        "told": "🙋 {chat} 的 {who} 请求人工：{text}\n机器人在那里已静默。交还：/resume {id}",
        "usage": "/handover [编号] [时长，如 30m、2小时]，/resume [编号]",
    },
    "en": {
        "taken": "{by} takes over and I stay silent; I am back when nobody has written until "
        "{until}. /resume gives the chat back at once.",
        "resumed": "I am back.",
        "not_taken": "I answer here; nobody has taken over.",
        "status": "{by} has taken over since {since}; given back at {until} at the earliest.",
        "taken_there": "OK, “{chat}” is yours and I am silent there. /resume gives it back.",
        "resumed_there": "OK, I am back in “{chat}”.",
        "unknown": "I know no chat “{which}”. /handover list numbers them.",
        "list": "Chats:",
        "line": "{number}. {chat}: {standing} ({at}) {id}",
        "is_asked": "asked for a person",
        "is_taken": "taken over",
        "is_free": "the bot answers",
        "empty": "Nobody has asked for a person, and no chat is taken over.",
        "asked": "I have called a person for you, one moment please.",
        "told": "🙋 {who} in {chat} asks for a person: {text}\n"
        "The bot is silent there. To give it back: /resume {id}",
        "usage": "/handover [NUMBER] [how long, such as 30m or 2h], /resume [NUMBER]",
    },
}


def wording(text: str) -> Mapping[str, str]:
    """By name, in the language of a text."""
    return _WORDS["zh" if _HAN.search(text) else "en"]
