"""What is known of a phone and of the chats its account has."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.content import Media
from schemas.event import ChatKind
from schemas.model import Model, Moment, Slug

ChatState = Literal["active", "removed", "blocked"]
"""`removed`: the account is not in that group any more; `blocked`: the other one refuses what it
writes, or deleted it. None: nothing was noticed.
"""
Health = Literal["starting", "ready", "waiting", "stopped"]


class DeviceState(Model):
    """A phone and its agent, as last seen. Key `device:<account>`, compacted."""

    TYPE: ClassVar[str] = "hongyan.device.state.v1"

    account: Slug
    serial: str
    health: Health
    reason: str | None = None
    trouble: str | None = Field(
        default=None, description="a stable code of what keeps the phone from working"
    )
    wechat_version: str | None = None
    tree: Literal["full", "partial", "hidden"] | None = None
    layout: str | None = None
    screenshot: Media | None = Field(
        default=None, description="redacted, of what covers WeChat and is left to a person"
    )
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"device:{self.account}".encode()


class KnownChat(Model):
    """A chat of an account. Key `chat:<account>:<chat_id>`, compacted.

    Written and acked before the first event of that chat is produced, so that a replacement agent
    gives it the same `chat_id`. A tombstone where the chat turned out to be another one under a new
    title. `title` is what WeChat shows, the remark where there is one; `nickname` is what a contact
    with a remark is called by themselves, `wechat_id` what tells them from others of that name.
    `state` says why nothing can be sent there. Actions for an id in `formerly` are this chat's.
    """

    TYPE: ClassVar[str] = "hongyan.chat.known.v1"

    chat_id: str
    channel: Slug = "wechat"
    account: Slug
    kind: ChatKind
    title: str
    remark: str | None = None
    notification_id: int | None = None
    avatar_hash: str | None = None
    nickname: str | None = None
    wechat_id: str | None = None
    state: ChatState | None = None
    state_at: Moment | None = Field(default=None, description="when WeChat said so last")
    formerly: tuple[str, ...] = Field(
        default=(), description="ids it had under a new title, before it was known by its rows"
    )
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"chat:{self.account}:{self.chat_id}".encode()
