"""The end of a chat, as the page shows it: it asks again at each change, and a chat may be long."""

from typing import Any

from device_agent.sim.clock import rfc3339
from device_agent.sim.world import Chat, Message

LATEST = 200
"""How many messages the page is told."""


def tail(chat: Chat, messages: dict[str, Message]) -> dict[str, Any]:
    """The latest messages, oldest first, each with what it quotes; `messages` are the world's."""
    return {
        "chat_id": chat.chat_id,
        "total": len(chat.messages),
        "messages": [
            _line(one) | {"quoted": _quoted(one, messages)} for one in chat.messages[-LATEST:]
        ],
    }


def _line(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "sender": message.sender,
        "own": message.own,
        "failed": message.failed,
        "at": rfc3339(message.at),
        "content": _light(message.content),
    }


def _quoted(message: Message, messages: dict[str, Message]) -> dict[str, Any] | None:
    found = messages.get(message.quote) if message.quote is not None else None
    return None if found is None else {"sender": found.sender, "content": _light(found.content)}


def _light(content: dict[str, Any]) -> dict[str, Any]:
    """A content without the bytes of its file."""
    light = {key: value for key, value in content.items() if key != "base64"}
    if "base64" in content:
        light["bytes"] = len(content["base64"]) * 3 // 4
    return light
