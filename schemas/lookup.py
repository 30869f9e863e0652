"""Questions to an account's phone about a name, and their answers."""

from typing import ClassVar

from pydantic import Field

from schemas.event import ChatKind
from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug


class ChatLookup(Model):
    """Which chats have this very name now? Asked in the account's own outbox topic.

    Nobody waits for the answer after `expires_at`, so that a question found later is passed by.
    """

    TYPE: ClassVar[str] = "hongyan.chat.lookup.requested.v1"

    lookup_id: str
    channel: Slug
    account: Slug
    name: str
    kind: ChatKind | None = None
    requested_at: Moment
    expires_at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key: a lane of its own, no chat's."""
        return chat_key(self.channel, self.account, f"lookup:{self.lookup_id}")


class FoundChat(Model):
    """A chat of that name. `chat_id` is None where it cannot be told from another one of its kind.
    `detail` is what WeChat's search says beside it.
    """

    chat_id: str | None
    title: str
    kind: ChatKind | None
    remark: str | None = None
    detail: str | None = None


class LookupAnswer(Model):
    """What the phone's own search found, in `bot.receipts`.

    `chats` with a `chat_id` are in `bot.contacts` by then. `whole` is false where more chats than
    were read may have the name.
    """

    TYPE: ClassVar[str] = "hongyan.chat.lookup.answered.v1"

    lookup_id: str
    channel: Slug
    account: Slug
    name: str
    chats: tuple[FoundChat, ...] = ()
    whole: bool = True
    failed: str | None = Field(default=None, description="why the phone could not be asked")
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key: the question's."""
        return chat_key(self.channel, self.account, f"lookup:{self.lookup_id}")
