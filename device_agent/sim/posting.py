"""What a request to `POST /messages` asks for, checked before anything is done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from device_agent.sim.content import checked
from device_agent.sim.failure import Refusal

_SHAPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("chat", "chat_id", "sender", "text", "quote", "at"), (str, "a text")),
    **dict.fromkeys(("own", "failed"), (bool, "true or false")),
}
FIELDS = (*_SHAPES, "content")


@dataclass(frozen=True, slots=True)
class Posting:
    """A message as it was asked for; `at` in epoch seconds, None for now."""

    content: dict[str, Any]
    chat: str | None
    chat_id: str | None
    sender: str | None
    quote: str | None
    own: bool | None
    failed: bool
    at: float | None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Self:
        """What a request's body asks for. Raises Refusal 422 naming the field that is wrong."""
        for key, (wanted, words) in _SHAPES.items():
            if body.get(key) is not None and not isinstance(body[key], wanted):
                raise Refusal(422, f"`{key}` must be {words}")
        content = body.get("content")
        if content is None:
            content = {"kind": "text", "text": body.get("text")}
        elif "text" in body:
            raise Refusal(422, "give `text` or `content`, not both")
        if not isinstance(content, dict):
            raise Refusal(422, "`content` must be an object with a `kind`")
        return cls(
            content=checked(content),
            chat=body.get("chat"),
            chat_id=body.get("chat_id"),
            sender=body.get("sender"),
            quote=body.get("quote"),
            own=body.get("own"),
            failed=bool(body.get("failed")),
            at=epoch(body.get("at")),
        )

    def speaker(self, friend: str, owner: str) -> str:
        """Who writes: the one named, or the owner, or the friend. Raises Refusal 422."""
        sender = self.sender or (owner if self.own else friend)
        if self.own is not None and self.own is not (sender == owner):
            raise Refusal(422, f"`own` messages are those of `{owner}`, not of `{sender}`")
        if self.failed and sender != owner:
            raise Refusal(422, "only an `own` message can have failed")
        return sender


def epoch(at: str | None) -> float | None:
    """RFC 3339 text as epoch seconds. Raises Refusal 422."""
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as cause:
        raise Refusal(422, "`at` must be a date and time by RFC 3339", field="at") from cause
    if moment.tzinfo is None:
        raise Refusal(422, f"`at` needs a zone, as {at}+08:00", field="at")
    return moment.timestamp()
