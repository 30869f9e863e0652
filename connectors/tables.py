"""The tables in PostgreSQL, as SQLAlchemy Core: turns, plugin state, projections, API keys.

`connectors/migrations/` makes them; a test checks that both agree. PostgreSQL holds no NUL
character in `text` or `jsonb`: who writes what people wrote replaces it first
(`connectors.database.storable`).
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    func,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)

_INSTANT = DateTime(timezone=True)


def _made() -> Column[datetime]:
    return Column("created_at", _INSTANT, nullable=False, server_default=func.now())


# --- the worker's: design.md 5 -------------------------------------------------------------------

TURNS = Table(
    "turns",
    METADATA,
    Column("turn_id", Text, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("actions", JSONB, nullable=False),
    Column("journal", JSONB, nullable=False),
    Column("produced", Boolean, nullable=False, server_default=false()),
    _made(),
    Column("final", Boolean, nullable=False, server_default=true()),
    Index(None, "topic", "partition", "offset"),
    comment="What each plugin run yielded; the first one stored wins.",
)

PLUGIN_STATE = Table(
    "plugin_state",
    METADATA,
    Column("prefix", Text, primary_key=True, server_default="bot"),
    Column("instance", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("updated_at", _INSTANT, nullable=False, server_default=func.now()),
    comment="ctx.state: one value a (instance, chat), conditional on the version read.",
)

JOURNALS = Table(
    "journals",
    METADATA,
    Column("instance", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("calls", JSONB, nullable=False),
    Column("updated_at", _INSTANT, nullable=False, server_default=func.now()),
    Index(None, "topic", "partition", "offset"),
    comment="What a run that has not ended was told from outside; its next try is told again.",
)

PARTITION_OWNERS = Table(
    "partition_owners",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    comment="Who may touch a partition's gates: the epoch grows with each assignment.",
)

GATES = Table(
    "gates",
    METADATA,
    Column("prefix", Text, primary_key=True, server_default="bot"),
    Column("instance", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("head", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("wait", Integer, nullable=False),
    Column("tier", Text),
    Column("not_before", _INSTANT),
    Column("sent", Boolean, nullable=False, server_default=false()),
    Column("first_failed_at", _INSTANT, nullable=False),
    Column("error", JSONB, nullable=False),
    Column("closed_at", _INSTANT, nullable=False),
    Column("put_at", _INSTANT, nullable=False, server_default=func.now()),
    Index(None, "topic", "partition"),
    comment="A plugin instance that waits in one chat: "
    "behind its head, later events stand in line.",
)

GATE_ENTRIES = Table(
    "gate_entries",
    METADATA,
    Column("prefix", Text, primary_key=True, server_default="bot"),
    Column("instance", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("timestamp_ms", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Index(None, "prefix", "instance", "lane", "position"),
    Index(None, "event_id"),
    comment="The events that wait at a gate, bytes copied, the head among them.",
)

# --- the relay's projections: rebuilt from the topics at any time --------------------------------

MESSAGES = Table(
    "messages",
    METADATA,
    Column("event_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("sender", Text),
    Column("text", Text),
    Column("epoch", Text),
    Column("seq", BigInteger),
    Column("observed_at", _INSTANT, nullable=False),
    Column("recalled_at", _INSTANT),
    Column("body", JSONB, nullable=False),
    Column("trace", Text),
    Column("produced_at", _INSTANT),
    Index(None, "trace"),
    Index(None, "channel", "account", "chat_id", "observed_at"),
    Index(None, "observed_at"),
    comment="Every event in, of whatever type; `body` is the whole event.",
)

ACTIONS = Table(
    "actions",
    METADATA,
    Column("action_id", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("event_id", Text),
    Column("instance", Text),
    Column("requested_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT),
    Column("body", JSONB, nullable=False),
    Column("trace", Text),
    Column("produced_at", _INSTANT),
    Index(None, "trace"),
    Index(None, "channel", "account", "chat_id", "requested_at"),
    Index(None, "event_id"),
    comment="Every action asked for, with its latest attempt.",
)

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("receipt_id", Text, primary_key=True),
    Column("action_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("body", JSONB, nullable=False),
    Index(None, "action_id", "attempt", "at"),
    comment="Each state an action reached; the record's place breaks ties of time.",
)

CHATS = Table(
    "chats",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("remark", Text),
    Column("at", _INSTANT, nullable=False),
    Column("body", JSONB, nullable=False),
    Index(None, "title"),
    Index(None, "remark"),
    comment="The chats an account has, as last seen.",
)

CONTACTS = Table(
    "contacts",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("remark", Text),
    Column("nickname", Text),
    Column("wechat_id", Text),
    Column("region", Text),
    Column("official", Boolean, nullable=False),
    Column("chat_id", Text),
    Column("at", _INSTANT, nullable=False),
    Column("body", JSONB, nullable=False),
    Index(None, "name"),
    comment="The friends and official accounts in an address book, as last read.",
)

MEMBERS = Table(
    "members",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    Column("count", Integer),
    Column("whole", Boolean, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("body", JSONB, nullable=False),
    comment="Who is in each group, as last read.",
)

CONTACT_READS = Table(
    "contact_reads",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("contacts", Integer, nullable=False),
    Column("groups", Integer, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("body", JSONB, nullable=False),
    comment="When each address book was last read from end to end.",
)

DEVICES = Table(
    "devices",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("serial", Text, nullable=False),
    Column("health", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("body", JSONB, nullable=False),
    comment="Each phone and its agent, as last seen.",
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("turn_id", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("plugin_version", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("started_at", _INSTANT, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("error", Text),
    Column("body", JSONB, nullable=False),
    Index(None, "event_id"),
    Index(None, "started_at"),
    comment="Each run of a plugin instance, as long as bot.runs keeps it.",
)

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("letter_id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("died_at", _INSTANT, nullable=False),
    Column("type", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("plugin", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("error_type", Text, nullable=False),
    Column("error_kind", Text, nullable=False),
    Column("error_message", Text, nullable=False),
    Column("error_stack", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("redriven", Integer, nullable=False),
    Column("group_id", Text, nullable=False),
    Column("group_index", Integer, nullable=False),
    Column("origin", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("status", Text, nullable=False, server_default="dead"),
    Column("redrive_id", Text),
    Column("settled_at", _INSTANT),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("edited_value", LargeBinary),
    Column("edited_by", Text),
    Index(None, "status", "died_at"),
    Index(None, "fingerprint"),
    Index(None, "event_id"),
    comment="Each record of bot.dlq; status: dead, redriving, redriven or discarded.",
)

# --- the API's -----------------------------------------------------------------------------------

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    _made(),
    Column("revoked_at", _INSTANT),
    comment="SHA-256 of each API key; the key itself is stored nowhere.",
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("action_id", Text, nullable=False),
    Column("action", JSONB, nullable=False),
    _made(),
    comment="What each Idempotency-Key asked for, produced again as it stands for 24 h.",
)
