"""What guard says, in both languages. Pure."""

from collections.abc import Mapping
from typing import Final, Literal

_WORDS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "warn": "请注意言辞，这条消息不会被处理。",
        "word": "含有“{word}”",
        "rate": "发送过于频繁",
        "notice": "⚠️ {chat} · {who}：{why}\n{text}",
        "outgoing": "⚠️ 插件 {who} 将要在 {chat} 说的话{why}，已拦下",
        "log": "最近被拦下的消息：",
        "none": "没有被拦下的消息。",
    },
    "en": {
        "warn": "Please mind your words; this message is not processed.",
        "word": "holds “{word}”",
        "rate": "too many messages",
        "notice": "⚠️ {chat} · {who}: {why}\n{text}",
        "outgoing": "⚠️ what plugin {who} was about to say in {chat} {why}; it was held",
        "log": "Messages held lately:",
        "none": "Nothing was held.",
    },
}


def wording(language: Literal["zh", "en"]) -> Mapping[str, str]:
    """By name."""
    return _WORDS[language]
