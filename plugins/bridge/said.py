"""What somebody said, whichever channel it came by. Pure.

A webhook says it in one of two ways: in short, `{"author": "Alice", "text": "hi"}` with `content`
for pictures and files, `quote`, `mentions` and `origin`; or as the CloudEvent that Hongyan itself
posts, so that two of them can be joined.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from plugins.forwarding import sendable
from schemas.action import Action
from schemas.content import Recalled as AlreadyRecalled
from schemas.content import Sendable, SystemLine, Text
from schemas.event import Event, MessageReceived, WebhookReceived
from schemas.failure import BadRequest

_MOST_NAME: Final = 64
_CONTENT: Final[TypeAdapter[Sendable]] = TypeAdapter(Sendable)


@dataclass(frozen=True)
class Quoted:
    """What is answered: its event or origin, where that is known, and how it reads."""

    origin: str | None = None
    text: str = ""
    sender: str = ""


@dataclass(frozen=True)
class Said:
    """`origin` names the first message of all its copies. `is_own_id`: it is what this chat calls
    its own messages, and another chat may call another message so.
    """

    origin: str
    author: str
    content: Sendable
    quoted: Quoted | None = None
    mentions: tuple[str, ...] = ()
    is_own_id: bool = False


def said(event: Event) -> Said | None:
    """What to pass on; None: nothing was said.

    Raises:
        BadRequest: a webhook says it in no known way.

    """
    if isinstance(event, MessageReceived):
        return _written(event)
    if isinstance(event, WebhookReceived):
        return _posted(event)
    return None


def _written(event: MessageReceived) -> Said | None:
    if isinstance(event.content, SystemLine | AlreadyRecalled):
        return None
    quote = event.quote
    quoted = Quoted(quote.event_id, quote.text, quote.sender or "") if quote is not None else None
    return Said(event.event_id, event.sender.name, sendable(event.content), quoted)


def _posted(event: WebhookReceived) -> Said:
    data = event.data
    if data.get("type") == Action.TYPE and isinstance(data.get("data"), dict):
        return _from_hongyan(data["data"])
    content = data.get("content", {"kind": "text", "text": data.get("text")})
    author = data.get("author") or data.get("sender") or event.account
    if isinstance(author, Mapping):
        author = author.get("name") or event.account
    origin = data.get("origin") or data.get("id") or event.event_id
    mentions = data.get("mentions") or ()
    return Said(
        str(origin),
        _name(author),
        _checked(content, event),
        _quoted(data.get("quote")),
        tuple(str(name) for name in mentions) if isinstance(mentions, list) else (),
        is_own_id=not data.get("origin"),
    )


def _from_hongyan(data: Mapping[str, Any]) -> Said:
    try:
        action = Action.model_validate(data)
    except ValidationError as error:
        raise BadRequest(f"the webhook's data is no action: {_first(error)}") from None
    origin = action.origin or action.event_id or action.action_id
    quoted = Quoted(action.quote) if action.quote is not None else None
    return Said(origin, _name(action.author or action.account), action.content, quoted)


def _checked(content: object, event: WebhookReceived) -> Sendable:
    if isinstance(content, Mapping):
        content = {"kind": "text", **content}
    try:
        checked = _CONTENT.validate_python(content)
    except ValidationError as error:
        raise BadRequest(
            f"the webhook {event.account} says nothing to pass on: "
            f"its body needs a text or a content ({_first(error)})"
        ) from None
    if not isinstance(checked, Text) and checked.media is None:
        raise BadRequest(f"the webhook {event.account} names no media: POST /v1/media first")
    return checked


def _quoted(quote: object) -> Quoted | None:
    if isinstance(quote, str) and quote:
        return Quoted(quote)
    if isinstance(quote, Mapping):
        told = {name: str(quote.get(name) or "") for name in ("event_id", "text", "sender")}
        return Quoted(told["event_id"] or None, told["text"], told["sender"])
    return None


def _name(author: object) -> str:
    """On one line, and not endless: it stands before what was said."""
    return " ".join(str(author).split())[:_MOST_NAME] or "?"


def _first(error: ValidationError) -> str:
    """What is wrong, without what people wrote."""
    detail = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in detail['loc']) or 'it'}: {detail['msg']}"
