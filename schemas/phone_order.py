"""A person's order to an account's phone: send nothing any more, or go on."""

from typing import ClassVar, Literal

from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

Order = Literal["stop", "resume"]


class PhoneOrder(Model):
    """`stop`: from the next tap on nothing is sent, reading goes on; `resume` ends that, and the
    rests that WeChat's own warnings caused.

    Read by the agent from the account's outbox topic; it keeps the last one in its ledger topic
    under the key `order:<account>`, so that a replacement agent keeps to it. A copy stays in
    `bot.redrive` as the audit.
    """

    TYPE: ClassVar[str] = "hongyan.phone.ordered.v1"

    order_id: str
    channel: Slug = "wechat"
    account: Slug
    order: Order
    by: str
    reason: str
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key: one for all orders of an account, so that the last one stays the last."""
        return chat_key(self.channel, self.account, "*")

    @property
    def ledger_key(self) -> bytes:
        """Its key in the ledger."""
        return f"order:{self.account}".encode()
