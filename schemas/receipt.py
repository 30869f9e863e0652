"""What became of an action, state by state."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from schemas.content import Media
from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug


class State(StrEnum):
    """The states of `design.md` 8, in the order a send passes them."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    OPENED = "opened"
    TYPED = "typed"
    INTENT = "intent"
    TAPPED = "tapped"
    SENT = "sent"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HELD = "held"
    WAITING = "waiting"


TERMINAL = frozenset(
    {State.SENT, State.FAILED, State.NOT_SENT, State.EXPIRED, State.CANCELLED, State.UNKNOWN}
)
"""Nothing follows these on their own; after `unknown` a person (or the action's rule) decides."""

REPEATABLE = frozenset({State.FAILED, State.NOT_SENT, State.EXPIRED})
"""Ends after which `attempt` + 1 is accepted."""


class Receipt(Model):
    """One state that one action reached, and when.

    `sent` means that the phone shows the new bubble; never that somebody read it. `reason` is a
    stable code (`ambiguous_recipient`, `unknown_chat`, …), `detail` a sentence for people.
    """

    TYPE: ClassVar[str] = "hongyan.action.progressed.v1"

    action_id: str
    channel: Slug
    account: Slug
    chat_id: str
    state: State
    attempt: int = Field(default=1, ge=1)
    at: Moment
    reason: str | None = None
    detail: str | None = None
    event_id: str | None = None
    part: int = Field(default=0, ge=0, description="parts of a long text proven sent before")
    screenshot: Media | None = None
    not_before: Moment | None = Field(
        default=None, description="of one that waits: it is not sent earlier"
    )
    draft_cleared: str | None = Field(
        default=None, description="text that stood in the field before we typed"
    )

    @property
    def key(self) -> bytes:
        """The Kafka key: the destination's `channel:account:chat_id`."""
        return chat_key(self.channel, self.account, self.chat_id)
