"""Dead letters for people: one line each, faults in groups, one letter whole; and as JSON. Pure."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.dead_letters.letter import Letter
from connectors.dead_letters.store import Kept, Kind
from hongyan.harmless import harmless

_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_STACK_LINES: Final = 30


def line(kept: Kept, now: datetime) -> str:
    """Id, age, plugin instance, chat, fault."""
    letter = kept.letter
    mark = {"dead": " ", "redriving": "…", "redriven": "↺", "discarded": "✗"}[kept.status]
    edited = f" #r{kept.revision}" if kept.revision else ""
    fault = f"{letter.error_type}: {letter.error_message}".replace("\n", " ")
    return harmless(
        f"{letter.letter_id} {mark} {age(now - letter.died_at):>4}  {letter.instance or '—'}  "
        f"{letter.lane or '—'}  {fault[:100]}{edited}"
    )


def kind_lines(kind: Kind, now: datetime) -> Iterator[str]:
    """A fault, and how often, where and when it struck."""
    yield f"{kind.fingerprint}  {kind.dead:>5} of {kind.count:<5} {kind.error_type}"
    yield harmless(f"    {kind.message.splitlines()[0][:150] if kind.message else '—'}")
    who = ", ".join(name for name in kind.instances if name) or "—"
    first, last = age(now - kind.first), age(now - kind.last)
    yield f"    {who}; {kind.chats} chats; {first} to {last} ago"


def whole(kept: Kept, now: datetime) -> Iterator[str]:
    """Everything that is known of a letter."""
    return map(harmless, _whole(kept, now))


def _whole(kept: Kept, now: datetime) -> Iterator[str]:
    letter = kept.letter
    version = dict(letter.headers).get("x-plugin-version", b"").decode(errors="replace")
    facts = {
        "id": letter.letter_id,
        "status": kept.status + (f" by {kept.redrive_id}" if kept.redrive_id else ""),
        "died": f"{letter.died_at.astimezone().isoformat(timespec='seconds')} "
        f"({age(now - letter.died_at)} ago), attempt {letter.attempt}",
        "event": f"{letter.event_id}  {letter.type}",
        "plugin": f"{letter.instance}  {version}",
        "chat": letter.lane,
        "from": letter.origin,
        "group": f"{letter.group_id} [{letter.group_index}]" if letter.group_id else "",
        "fault": f"{letter.error_type} ({letter.error_kind}) {letter.fingerprint}",
        "message": letter.error_message,
        "edited": f"revision {kept.revision} by {kept.edited_by}" if kept.revision else "",
    }
    for name, text in facts.items():
        if text.strip():
            yield f"{name:<8} {text}"
    if letter.error_stack:
        yield ""
        yield from letter.error_stack.rstrip().splitlines()[-_STACK_LINES:]
    yield ""
    yield from pretty(kept.value).splitlines()


def pretty(value: bytes | None) -> str:
    """A value to be read and edited: JSON with one field a line, or whatever it is."""
    if value is None:
        return "(no value)"
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except ValueError:
        return repr(value)


def as_object(kept: Kept) -> dict[str, Any]:
    """The letter for machines."""
    letter = kept.letter
    fields: dict[str, Any] = {
        name: getattr(letter, name)
        for name in Letter.__dataclass_fields__
        if name not in {"headers", "key", "value", "died_at"}
    }
    return {
        **fields,
        "died_at": letter.died_at.isoformat(),
        "status": kept.status,
        "redrive_id": kept.redrive_id,
        "revision": kept.revision,
        "headers": {
            name: value.decode(errors="backslashreplace") for name, value in letter.headers
        },
        "value": _readable(kept.value),
    }


def kind_object(kind: Kind) -> dict[str, Any]:
    """The fault for machines."""
    fields = {name: getattr(kind, name) for name in Kind.__dataclass_fields__}
    return {
        **fields,
        "instances": list(kind.instances),
        "first": kind.first.isoformat(),
        "last": kind.last.isoformat(),
    }


def age(time: timedelta) -> str:
    """A duration in its largest unit."""
    seconds = max(0, int(time.total_seconds()))
    size, name = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return f"{seconds // size}{name}"


def _readable(value: bytes | None) -> Any:
    try:
        return json.loads(value or b"null")
    except ValueError:
        return {"base64": base64.b64encode(value or b"").decode()}
