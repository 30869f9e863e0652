"""Where an instance of a plugin works: which channels, accounts, chats and kinds of chat. Pure."""

from pydantic import BaseModel, ConfigDict, Field

from schemas.event import ChatKind, Event, InChat
from schemas.model import Slug


class Scope(BaseModel):
    """Every list that is empty lets all through."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[Slug, ...] = ()
    accounts: tuple[Slug, ...] = ()
    chats: tuple[str, ...] = Field(default=(), description="chat ids")
    kinds: tuple[ChatKind, ...] = Field(
        default=(), description="private, group; what happened outside any chat has no kind"
    )

    def holds(self, event: Event) -> bool:
        """Whether an event happened inside."""
        kind = event.chat.kind if isinstance(event, InChat) else None
        return self.keeps(event) and kind in (self.kinds or {kind})

    def keeps(self, event: Event) -> bool:
        """The same, whatever kind of chat it is: a time that came does not say it."""
        return (
            event.channel in (self.channels or {event.channel})
            and event.account in (self.accounts or {event.account})
            and event.chat_id in (self.chats or {event.chat_id})
        )


EVERYWHERE = Scope()
