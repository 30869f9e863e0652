"""Changes to a dead letter's value, checked before they are kept. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from connectors.dead_letters.store import Kept
from schemas.envelope import MOST_BYTES, decode
from schemas.failure import BadRequest, Poison

_IDENTITY: Final = ("event_id", "action_id")


def with_changes(value: bytes | None, changes: Sequence[str]) -> bytes:
    """The JSON value with `path.to.field=value` carried out; a value that is JSON counts as such.

    Raises:
        BadRequest: the value is no JSON object, or a path leads nowhere.

    """
    try:
        whole = orjson.loads(value or b"")
    except ValueError as error:
        raise BadRequest("its value is no JSON: give the whole new value in a file") from error
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals:
            raise BadRequest(f"{change!r} has no =; write for example content.text=hello")
        _put(whole, path.split("."), _meant(text), change)
    return orjson.dumps(whole)


def edited(kept: Kept, value: bytes) -> bytes:
    """The new value, if it is one of the letter's type.

    Raises:
        BadRequest: it is not, or it is too large, or nothing changed.

    """
    if len(value) > MOST_BYTES:
        raise BadRequest(f"{len(value)} bytes are too many, at most {MOST_BYTES}")
    try:
        model = decode(kept.letter.headers, value)
    except Poison as error:
        raise BadRequest(f"the new value does not fit: {error}") from error
    if kept.value is not None and orjson.loads(value) == _parsed(kept.value):
        raise BadRequest("nothing was changed")
    identity = getattr(model, "key", None)
    if kept.letter.key is not None and identity is not None and identity != kept.letter.key:
        raise BadRequest("channel, account and chat_id are its lane and cannot be changed")
    if _is_other(kept, model):
        raise BadRequest("event_id and action_id say which it is and cannot be changed")
    return value


def _is_other(kept: Kept, model: Any) -> bool:
    """Whether it would be another event or action than its own value, or its headers, name."""
    own = _parsed(kept.letter.value or b"")
    named = [own.get(name) for name in _IDENTITY] if isinstance(own, dict) else []
    told = [name for name in named if name is not None] or [kept.letter.event_id]
    ids = {getattr(model, name, None) for name in _IDENTITY}
    return any(name and name not in ids for name in told)


def _put(whole: Any, path: list[str], value: Any, change: str) -> None:
    place = whole
    for name in path[:-1]:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict) or path[-1] not in place:
        raise BadRequest(f"there is no field {'.'.join(path)!r} to be set by {change!r}")
    place[path[-1]] = value


def _meant(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _parsed(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except ValueError:
        return None
