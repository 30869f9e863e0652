"""What a person answered to a plugin's question (`ctx.ask`), or that nobody did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.content import Text
from schemas.event import MessageReceived

Ended = Literal["answered", "cancelled", "timeout"]

CANCEL = ("/cancel", "取消")
"""What people write to be asked no more, where a plugin does not say otherwise."""


@dataclass(frozen=True)
class Answer:
    """True where somebody answered. `message` is what was written: the answer, or the word that
    cancelled; None after a time-out.
    """

    ended: Ended
    message: MessageReceived | None = None

    def __bool__(self) -> bool:
        """Whether there is an answer."""
        return self.ended == "answered"

    @property
    def text(self) -> str:
        """The answer's text; empty where there is none."""
        content = self.message.content if self.message is not None else None
        return content.text if self and isinstance(content, Text) else ""


def told(ended: Ended, message: Mapping[str, Any] | None) -> dict[str, Any]:
    """For the journal."""
    return {"ended": ended, "message": message}


def heard(response: Mapping[str, Any]) -> Answer:
    """From the journal."""
    message = response["message"]
    return Answer(
        response["ended"], None if message is None else MessageReceived.model_validate(message)
    )
