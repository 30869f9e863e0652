"""The fields that each kind of content may have, and what each must be."""

from collections.abc import Callable
from typing import Any

from device_agent.sim.failure import Refusal


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _is_whole(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int)


def _is_sum(value: Any) -> bool:
    return _is_text(value) or _is_number(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_Shape = tuple[Callable[[Any], bool], str]
_TEXT: _Shape = (_is_text, "a text")
_SECONDS: _Shape = (_is_number, "a number of seconds, not negative")
_MILLISECONDS: _Shape = (_is_number, "a number of milliseconds, not negative")
_FLAG: _Shape = (_is_flag, "true or false")
_NAMES: _Shape = (_are_names, "a list of names")
_MEDIA = {
    "base64": (_is_text, "base64 text"),
    "path": (_is_text, "the path of a file on the phone"),
    "size": (_is_whole, "a whole number of bytes, not negative"),
    "mime": _TEXT,
    "media": (_is_object, "an object"),
    "origin": _TEXT,
}
_LONG = {
    "seconds": _SECONDS,
    "duration_s": _SECONDS,
    "duration": _SECONDS,
    "duration_ms": _MILLISECONDS,
}
FIELDS: dict[str, dict[str, _Shape]] = {
    "text": {"text": _TEXT, "collapsed": _FLAG, "mentions": _NAMES},
    "image": {"name": _TEXT, **_MEDIA},
    "voice": {"transcript": _TEXT, **_LONG, **_MEDIA},
    "video": {"name": _TEXT, **_LONG, **_MEDIA},
    "file": {"name": _TEXT, "filename": _TEXT, "title": _TEXT, **_MEDIA},
    "link": {"title": _TEXT, "name": _TEXT, "url": _TEXT, "source": _TEXT},
    "location": {"label": _TEXT, "address": _TEXT, "name": _TEXT, "title": _TEXT},
    "sticker": {"label": _TEXT, **_MEDIA},
    "red_packet": {
        "greeting": _TEXT,
        "status": _TEXT,
        "amount": (_is_sum, "a sum of money"),
        "title": _TEXT,
        "text": _TEXT,
        "note": _TEXT,
    },
    "transfer": {
        "amount": (_is_sum, "a sum of money"),
        "note": _TEXT,
        "status": _TEXT,
        "title": _TEXT,
        "text": _TEXT,
    },
    "name_card": {"name": _TEXT, "nickname": _TEXT, "title": _TEXT, "wechat_id": _TEXT},
    "mini_program": {"title": _TEXT, "name": _TEXT},
    "system": {"text": _TEXT},
    "recalled": {"by": _TEXT},
    "unknown": {"seen": _TEXT},
}
"""By kind: the fields that anything reads; a content may hold others, which nobody looks at."""


def check_fields(content: dict[str, Any]) -> None:
    """Refuse a known field with a value that it cannot have. Raises Refusal 422 naming it."""
    kind = str(content["kind"])
    for name, (fits, wanted) in FIELDS[kind].items():
        value = content.get(name)
        if value is not None and not fits(value):
            raise Refusal(422, f"`content.{name}` of a {kind} must be {wanted}", field=name)
    if kind in {"text", "system"} and not content.get("text"):
        raise Refusal(
            422, f"content of kind `{kind}` needs a `text` that is not empty", field="text"
        )
