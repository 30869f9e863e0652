"""A person's word on an action that asks for one before it is sent."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

Judgement = Literal["approve", "refuse"]


class Approval(Model):
    """Lets an action that is `held` with a reason `approval_…` be sent, or ends it as `cancelled`.

    Read by the action's sink from its own outbox topic; it speaks of `attempt` as the person saw
    it, and counts once. An approved action still waits for its budget and for quiet hours. A copy
    stays in `bot.redrive` as the audit.
    """

    TYPE: ClassVar[str] = "hongyan.action.judged.v1"

    approval_id: str
    action_id: str
    channel: Slug
    account: Slug
    chat_id: str
    attempt: int = Field(default=1, ge=1)
    verdict: Judgement
    by: str
    reason: str
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key: the destination's `channel:account:chat_id`."""
        return chat_key(self.channel, self.account, self.chat_id)
