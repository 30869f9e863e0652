"""The topic table: every topic's name, records, key, partitions, retention and cleanup, once.

Broker set-up, Helm, documentation, access rights and consumers read this table (`design.md` 3).
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from schemas.action import Action
from schemas.approval import Approval
from schemas.contact import ContactsRead, GroupMembers, KnownContact
from schemas.event import EVENTS
from schemas.ledger import ActionEntry, Tail
from schemas.lookup import ChatLookup, LookupAnswer
from schemas.model import Model
from schemas.phone import DeviceState, KnownChat
from schemas.phone_order import PhoneOrder
from schemas.receipt import Receipt
from schemas.redrive import Redrive
from schemas.replay import ReplayDone
from schemas.resolution import Resolution
from schemas.run import PluginRun

Key = Literal["chat", "entry", "none", "original"]
Cleanup = Literal["delete", "compact", "compact,delete"]

DEFAULT_PREFIX = "bot"
CHAT_PARTITIONS = 12
"""The same wherever the key is the chat, so that a chat is in one partition number everywhere."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Topic:
    """One row of the table; `{…}` in `pattern` is filled in by `name`.

    `delay`: a retry topic's records wait that long from their own time.
    """

    pattern: str
    about: str
    models: tuple[type[Model], ...]
    key: Key
    cleanup: Cleanup
    retention: timedelta | None = None
    delay: timedelta | None = None

    @property
    def chat_ordered(self) -> bool:
        """Whether the key is a chat, hence the partition count the common one."""
        return self.key == "chat"

    @property
    def per_account(self) -> bool:
        """Whether there is one topic for each account of a channel."""
        return "{account}" in self.pattern

    def name(self, prefix: str = DEFAULT_PREFIX, *, channel: str = "", account: str = "") -> str:
        """The topic's name on a broker; per-account topics need both slugs."""
        if self.per_account and not (_SLUG.match(channel) and _SLUG.match(account)):
            raise ValueError(f"{self.pattern} needs slugs, got {channel!r} and {account!r}")
        return self.pattern.format(prefix=prefix, channel=channel, account=account)

    def partitions(self, chat_partitions: int = CHAT_PARTITIONS) -> int:
        """How many partitions it has where chat-ordered topics have `chat_partitions`."""
        return chat_partitions if self.chat_ordered else 1

    def configuration(self) -> dict[str, str]:
        """The broker's own names for cleanup and retention."""
        configuration: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.retention is not None:
            configuration["retention.ms"] = str(int(self.retention.total_seconds() * 1000))
        return configuration


_SLUG = re.compile(r"^[a-z0-9-]{1,40}$")

INBOUND = Topic(
    "{prefix}.inbound.v1",
    "Every event in: message, recall, schedule fired, webhook, API event, command.",
    EVENTS,
    "chat",
    "delete",
    14 * DAY,
)
DUE = Topic(
    "{prefix}.due.v1",
    "Events coming back to their lane; read by the worker alone.",
    EVENTS,
    "chat",
    "delete",
    3 * DAY,
)
OUTBOX = Topic(
    "{prefix}.outbox.{channel}.{account}.v1",
    "Actions to carry out, people's word on them, and questions, one topic per account.",
    (Action, Resolution, ChatLookup, Approval, PhoneOrder),
    "chat",
    "delete",
    14 * DAY,
)
LEDGER = Topic(
    "{prefix}.ledger.{channel}.{account}.v1",
    "Per action its intent and outcome; per chat the tail of what was read; a stop.",
    (ActionEntry, Tail, PhoneOrder),
    "entry",
    "compact,delete",
    30 * DAY,
)
RECEIPTS = Topic(
    "{prefix}.receipts.v1",
    "Each state an action reaches, and answers to questions.",
    (Receipt, LookupAnswer),
    "chat",
    "delete",
    30 * DAY,
)
RUNS = Topic("{prefix}.runs.v1", "Each plugin run.", (PluginRun,), "chat", "delete", 14 * DAY)
RETRIES = tuple(
    Topic(
        f"{{prefix}}.retry.{name}.v1",
        f"Failed work waiting {name}; one constant delay a topic, so due order = offset order.",
        EVENTS,
        "chat",
        "delete",
        3 * DAY,
        delay,
    )
    for name, delay in {
        "5s": timedelta(seconds=5),
        "30s": timedelta(seconds=30),
        "2m": timedelta(minutes=2),
        "10m": timedelta(minutes=10),
        "1h": timedelta(hours=1),
    }.items()
)
DLQ = Topic(
    "{prefix}.dlq.v1",
    "Records that need a person, bytes copied, with cause and history in the headers.",
    (*EVENTS, Action),
    "chat",
    "delete",
    90 * DAY,
)
POISON = Topic("{prefix}.poison.v1", "Raw undecodable records.", (), "original", "delete", 90 * DAY)
DEVICES = Topic("{prefix}.devices.v1", "Phone and agent state.", (DeviceState,), "entry", "compact")
CONTACTS = Topic(
    "{prefix}.contacts.v1",
    "Chats, contacts and members an account has.",
    (KnownChat, KnownContact, GroupMembers, ContactsRead),
    "entry",
    "compact",
)
REDRIVE = Topic(
    "{prefix}.redrive.v1",
    "Audit of every redrive and replay, and of what people decided.",
    (Redrive, ReplayDone, Resolution, Approval, PhoneOrder),
    "none",
    "delete",
    365 * DAY,
)

ALL: tuple[Topic, ...] = (
    INBOUND,
    DUE,
    OUTBOX,
    LEDGER,
    RECEIPTS,
    RUNS,
    *RETRIES,
    DLQ,
    POISON,
    DEVICES,
    CONTACTS,
    REDRIVE,
)
SHARED: tuple[Topic, ...] = tuple(topic for topic in ALL if not topic.per_account)
PER_ACCOUNT: tuple[Topic, ...] = tuple(topic for topic in ALL if topic.per_account)
