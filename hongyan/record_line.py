"""What a record of a topic says, for people: one line; for machines: one object. Pure but for what
it remembers of chats and actions.
"""

import base64
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_REMEMBERED = 10_000
_ENDS: Final = {"sent": "✓", "failed": "✗", "not_sent": "✗", "unknown": "?", "expired": "✗"}
_KINDS: Final = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "sticker": "[表情]"}


@dataclass(frozen=True)
class Seen:
    """A record as it came from the broker."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None

    @property
    def kind(self) -> str:
        """The CloudEvents type, or nothing."""
        return dict(self.headers).get("ce_type", b"").decode(errors="replace")

    def content(self) -> dict[str, Any]:
        """The value as an object; empty where it is none."""
        try:
            value = json.loads(self.value or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Acquaintance:
    """Titles of chats and texts of actions, learnt from the records that pass, oldest forgotten."""

    def __init__(self) -> None:
        self._titles: OrderedDict[str, str] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def learn(self, record: Seen) -> None:
        """Remember what later records only name by id."""
        content = record.content()
        chat = content.get("chat")
        if isinstance(chat, dict) and chat.get("title"):
            _remember(self._titles, str(chat.get("chat_id")), str(chat["title"]))
        elif record.kind.startswith("hongyan.chat.known") and content.get("title"):
            _remember(self._titles, str(content.get("chat_id")), str(content["title"]))
        elif record.kind.startswith("hongyan.action.requested"):
            _remember(self._texts, str(content.get("action_id")), _text(content))

    def title(self, content: dict[str, Any]) -> str:
        """The chat's title, else its id, of any record's content."""
        chat = content.get("chat")
        if isinstance(chat, dict):
            return str(chat.get("title") or chat.get("chat_id") or "-")
        chat_id = str(content.get("chat_id") or content.get("destination_chat_id") or "-")
        return self._titles.get(chat_id, chat_id)

    def text_of(self, action_id: str) -> str:
        """What an action says, as far as it passed here."""
        return self._texts.get(action_id, "")


def _remember(store: OrderedDict[str, str], name: str, text: str) -> None:
    store[name] = text
    store.move_to_end(name)
    if len(store) > _REMEMBERED:
        store.popitem(last=False)


def _text(content: dict[str, Any]) -> str:
    inner = content.get("content")
    if not isinstance(inner, dict):
        return ""
    kind = str(inner.get("kind", ""))
    said = inner.get("text") or inner.get("title") or inner.get("name") or inner.get("seen")
    return " ".join(str(said).split()) if said else _KINDS.get(kind, f"[{kind}]")


def is_of_chat(record: Seen, chat: str, known: Acquaintance) -> bool:
    """Whether a record belongs to the chat of this title or id."""
    content = record.content()
    inner = content.get("chat")
    ids = {content.get("chat_id"), inner.get("chat_id") if isinstance(inner, dict) else None}
    return chat in ids or known.title(content) == chat


def line(record: Seen, known: Acquaintance, now_local: datetime) -> str:
    """Time, topic, chat, who, and text or state."""
    at = now_local.fromtimestamp(record.timestamp_ms / 1000).strftime("%H:%M:%S")
    content = record.content()
    who, what = _who_and_what(record, content, known)
    return f"{at}  {record.topic}  {known.title(content)}  {who}{what}".rstrip()


def _who_and_what(record: Seen, content: dict[str, Any], known: Acquaintance) -> tuple[str, str]:
    sender = content.get("sender")
    if isinstance(sender, dict):
        return f"{sender.get('name', '-')}: ", _text(content)
    if "state" in content:
        told = known.text_of(str(content.get("action_id", "")))
        reason = f" ({content['reason']})" if content.get("reason") else ""
        return "", f"{content['state']}{reason}  {told}"
    if "content" in content:
        return "→ ", _text(content)
    if record.value is None:
        return "", "(deleted)"
    if content:
        return "", f"{record.kind} {_short(content)}"
    return "", f"{len(record.value)} bytes"


def _short(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"


def as_object(record: Seen) -> dict[str, Any]:
    """The record for machines; what is no UTF-8 JSON comes as base64."""
    try:
        value: Any = None if record.value is None else json.loads(record.value)
    except ValueError:
        value = {"base64": base64.b64encode(record.value or b"").decode()}
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": None if record.key is None else record.key.decode(errors="backslashreplace"),
        "headers": {name: text.decode(errors="backslashreplace") for name, text in record.headers},
        "value": value,
    }


def traffic(record: Seen, known: Acquaintance) -> str | None:
    """A line of the live view: a message in, or an action that reached its end; else nothing."""
    content = record.content()
    if record.kind.startswith("hongyan.message.received") and not content.get("historical"):
        chat, sender = known.title(content), (content.get("sender") or {}).get("name", "")
        who = chat if sender in {"", chat} else f"{chat} · {sender}"
        return f"{who} → {_text(content)}"
    if record.kind.startswith("hongyan.action.progressed"):
        mark = _ENDS.get(str(content.get("state")))
        if mark is None:
            return None
        told = known.text_of(str(content.get("action_id", "")))
        reason = f" ({content['reason']})" if content.get("reason") else ""
        return f"→ {known.title(content)} {told} {mark} {content['state']}{reason}"
    return None
