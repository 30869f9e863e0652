"""Everything that comes in: messages, recalls, schedules, webhooks, API events."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from pydantic import Field

from schemas.content import Content, Mentions, Quote
from schemas.identity import chat_key
from schemas.model import Model, Moment, Slug

ChatKind = Literal["private", "group"]


class Chat(Model):
    """A chat as its members see it; `chat_id` is ours, stable, and never the title."""

    chat_id: str
    kind: ChatKind = "private"
    title: str


class Sender(Model):
    """Who wrote; in a group the name shown over the bubble."""

    name: str
    id: str | None = None


class InboundEvent(Model, ABC):
    """What every event in has: its id, its lane, and when it was seen."""

    event_id: str
    channel: Slug
    account: Slug
    observed_at: Moment

    @property
    @abstractmethod
    def chat_id(self) -> str:
        """The lane this event runs in; an event outside any chat has a lane named by its source."""

    @property
    def key(self) -> bytes:
        """The Kafka key: `channel:account:chat_id`."""
        return chat_key(self.channel, self.account, self.chat_id)


class InChat(InboundEvent):
    """An event that happened in a chat."""

    chat: Chat

    @property
    def chat_id(self) -> str:
        """The chat's own lane."""
        return self.chat.chat_id


class MessageReceived(InChat):
    """Somebody wrote in a chat.

    `seq` counts the rows of a chat from the start of `epoch`, own rows too, so that a reader can
    see a hole. `historical` marks rows older than the first sight of the chat; plugins are not run
    for them. `gap_possible` marks a join with the rows before that could not be proven. `said_at`
    is the minute of the last time line above the message: it was said then or later; None: not
    known.
    """

    TYPE: ClassVar[str] = "hongyan.message.received.v1"

    sender: Sender
    content: Content
    mentions: Mentions = Mentions()
    quote: Quote | None = None
    epoch: str = ""
    seq: int = Field(default=0, ge=0)
    said_at: Moment | None = None
    historical: bool = False
    gap_possible: bool = False


class MessageRecalled(InChat):
    """An author took a message back. `by` is absent where the account itself did, on whichever of
    its devices; `recalled_event_id` where no event told of the message: an own one, or one that is
    older than the first sight of the chat.
    """

    TYPE: ClassVar[str] = "hongyan.message.recalled.v1"

    recalled_event_id: str | None = None
    by: str | None = None
    epoch: str = ""
    seq: int = Field(default=0, ge=0)


class FromOutside(InboundEvent):
    """An event that no chat message caused; it may still be meant for a chat."""

    source: str
    destination_chat_id: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)

    @property
    def chat_id(self) -> str:
        """The chat it is meant for, else a lane of its source's own."""
        return self.destination_chat_id or f"{self.channel}-{self.source}"


class WebhookReceived(FromOutside):
    """A signed webhook came in; `data` is its JSON body."""

    TYPE: ClassVar[str] = "hongyan.webhook.received.v1"


class ScheduleFired(FromOutside):
    """A schedule came due. It is for one plugin instance alone where it names one, and for the
    handler of that name where the plugin itself declared it (`@on_schedule("…")`).

    `event_id` follows from the schedule and `due_at`: however often it is fired, it is one event.
    """

    TYPE: ClassVar[str] = "hongyan.schedule.fired.v1"

    due_at: Moment | None = None
    schedule_id: str | None = None
    instance: str | None = None
    handler: str | None = None


class ApiEventReceived(FromOutside):
    """Somebody posted an event through the REST API."""

    TYPE: ClassVar[str] = "hongyan.api.event.received.v1"


class PluginQuarantined(FromOutside):
    """An instance of a plugin was stopped, for it failed, dragged or talked too much; `source` is
    its name. Its events wait until its owner enables it again.
    """

    TYPE: ClassVar[str] = "hongyan.plugin.quarantined.v1"

    instance: str
    why: str


Event = (
    MessageReceived
    | MessageRecalled
    | WebhookReceived
    | ScheduleFired
    | ApiEventReceived
    | PluginQuarantined
)
EVENTS: tuple[type[Event], ...] = (
    MessageReceived,
    MessageRecalled,
    WebhookReceived,
    ScheduleFired,
    ApiEventReceived,
    PluginQuarantined,
)
