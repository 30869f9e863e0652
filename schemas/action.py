"""Something to be done in a chat, from a plugin's turn or an API call."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.content import Sendable
from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

OnUnknown = Literal["hold", "drop", "resend"]


class Action(Model):
    """Send `content` to a chat.

    `action_id` is equal for every re-run of its cause; a sink takes an id it does not know, or
    `attempt` = last + 1 after an end that allows another try (`design.md` 7), and drops the rest.
    `on_unknown` says what follows a send whose outcome could not be read: wait for a person
    (default), give up, or send again. Only a text can mention and quote.
    """

    TYPE: ClassVar[str] = "hongyan.action.requested.v1"

    action_id: str
    channel: Slug
    account: Slug
    chat_id: str
    content: Sendable
    attempt: int = Field(default=1, ge=1)
    event_id: str | None = None
    instance: str | None = None
    requested_at: Moment
    expires_at: Moment | None = None
    on_unknown: OnUnknown = "hold"
    mentions: tuple[str, ...] = Field(
        default=(),
        description="members of the group to call, by the names shown there; each where `@name` "
        "stands in the text, else at its start",
    )
    mention_all: bool = Field(default=False, description="call everybody: a group's managers can")
    quote: str | None = Field(default=None, description="the event_id of the message it answers")
    quote_required: bool = Field(
        default=False, description="rather fail than be sent without the quote"
    )

    origin: str | None = Field(
        default=None, description="the event that it passes on from another chat, the first one"
    )
    author: str | None = Field(
        default=None,
        description="who wrote what it passes on, for channels that show a name beside a message; "
        "WeChat shows the account's own",
    )

    @property
    def key(self) -> bytes:
        """The Kafka key: the destination's `channel:account:chat_id`."""
        return chat_key(self.channel, self.account, self.chat_id)
