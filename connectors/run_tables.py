"""The tables of runs that wait and of what they share: questions, timers, shared values."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from connectors.tables import METADATA

INSTANT = DateTime(timezone=True)

QUESTIONS = Table(
    "questions",
    METADATA,
    Column("turn_id", Text, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("person", Text),
    Column("cancel", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("record_topic", Text, nullable=False),
    Column("record_partition", Integer, nullable=False),
    Column("record_offset", BigInteger, nullable=False),
    Column("record_ms", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("asked_at", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", INSTANT),
    Column("answer_event_id", Text),
    Column("answer", JSONB),
    Column("answer_offset", BigInteger),
    Index(None, "topic", "partition", "state"),
    Index(None, "event_id"),
    comment="Runs that wait for a person's next message (ctx.ask), and how each wait ended.",
)

TIMERS = Table(
    "timers",
    METADATA,
    Column("timer_id", Text, primary_key=True),
    Column("due_at", INSTANT, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Index(None, "topic", "due_at"),
    comment="Records that the relay produces at a time of their own.",
)

SHARED_VALUES = Table(
    "shared_values",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("updated_at", INSTANT, nullable=False, server_default=func.now()),
    comment="ctx.shared: values that all chats of an instance see, written by compare-and-set.",
)
