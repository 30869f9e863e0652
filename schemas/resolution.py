"""What a person decided about an action that waits for one."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

Verdict = Literal["sent", "not_sent", "resend", "drop"]


class Resolution(Model):
    """A person's word on one action, read by the action's sink from its own outbox topic.

    It speaks of `attempt`, and of `part` of a long text, as the person saw them; a sink passes by
    what speaks of another, so that a decision counts once. Of an unknown one: `sent` and
    `not_sent` say what the person found, `resend` asks for `attempt` + 1, `drop` gives it up
    undecided. One that is held or queued can only be dropped. What was held behind it goes on, in
    order. A copy stays in `bot.redrive` as the audit.
    """

    TYPE: ClassVar[str] = "hongyan.action.resolved.v1"

    resolution_id: str
    action_id: str
    channel: Slug
    account: Slug
    chat_id: str
    attempt: int = Field(default=1, ge=1)
    part: int = Field(default=0, ge=0, description="parts proven sent when the person decided")
    verdict: Verdict
    by: str
    reason: str
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key: the destination's `channel:account:chat_id`."""
        return chat_key(self.channel, self.account, self.chat_id)
