"""Ids made from their cause, so that doing a thing twice gives the same id twice. Pure.

`design.md` 4: an event's id comes from the chat, the epoch and the sequence number that aligning
screens gave it; a turn's from its event; an action's from its turn. Neither plugin version nor
attempt is part of any of them.
"""

import re
from hashlib import sha1, sha256
from uuid import UUID

NAMESPACE = UUID("6f1d0c7e-4a55-5d0b-9a0e-6b8e1c9f3d21")
"""Ours alone; changing it would give every known event a second id."""

_SEPARATOR = "\x1f"  # the ASCII unit separator: no chat text or title can forge a join


def _id(*parts: str) -> str:
    """`str(uuid.uuid5(NAMESPACE, …))` in a third of its time; RFC 9562, version 5."""
    name = _SEPARATOR.join(parts).encode()
    digest = bytearray(sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def event_id(account: str, chat_id: str, epoch: str, seq: int, fingerprint: str) -> str:
    """The id of the `seq`-th row seen in a chat since `epoch` began."""
    return _id("event", account, chat_id, epoch, str(seq), fingerprint)


def office_event_id(channel: str, account: str, platform_id: str) -> str:
    """The id of an event that an office platform (or a webhook's sender) numbered itself."""
    return _id("office", channel, account, platform_id)


def schedule_id(*cause: str) -> str:
    """The id of what a plugin declares, a run or an API call schedules, from its cause."""
    return _id("schedule", *cause)


def fired_id(schedule: str, due_at: str) -> str:
    """The id of a schedule's event, `due_at` being its due time in RFC 3339, UTC."""
    return _id("fired", schedule, due_at)


def turn_id(event: str, instance: str, part: int = 0) -> str:
    """The id of what one plugin instance answers to one event; `part` counts its flushes."""
    return _id("turn", event, instance, str(part))


def action_id(turn: str, index: int) -> str:
    """The `index`-th action of a turn."""
    return f"{turn}/{index}"


def request_id(api_key_id: str, idempotency_key: str) -> str:
    """The id of the action that an API call with an Idempotency-Key asks for."""
    return _id("request", api_key_id, idempotency_key)


def trace_of(event: str) -> str:
    """The W3C trace id of an event that came without one."""
    return sha256(event.encode()).hexdigest()[:32]


def run_id(turn: str, started_at: str) -> str:
    """One run towards a turn; `started_at` in RFC 3339 tells tries apart."""
    return _id("run", turn, started_at)


def revised(id_: str, revision: int) -> str:
    """The id of what a person edited: another thing than the first, and known to be its child."""
    return f"{unrevised(id_)}#r{revision}"


def unrevised(id_: str) -> str:
    """The id of the first, unedited one."""
    return re.sub(r"#r\d+\Z", "", id_)


def resolution_id(action: str, attempt: int, part: int, verdict: str) -> str:
    """The id of a person's decision: the same decision given twice is one."""
    return _id("resolution", action, str(attempt), str(part), verdict)


def approval_id(action: str, attempt: int, verdict: str) -> str:
    """The id of a person's word on an action that asks for it."""
    return _id("approval", action, str(attempt), verdict)


def order_id(account: str, order: str, at: str) -> str:
    """The id of a person's order to a phone, given at `at` in RFC 3339."""
    return _id("order", account, order, at)


def receipt_id(action: str, attempt: int, state: str, at: str) -> str:
    """The id of one state an action reached, `at` being the moment in RFC 3339."""
    return _id("receipt", action, str(attempt), state, at)


def chat_key(channel: str, account: str, chat_id: str) -> bytes:
    """The Kafka key of every chat-ordered topic."""
    return f"{channel}:{account}:{chat_id}".encode()
