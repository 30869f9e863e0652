"""The table of schedules: what comes due, when, and for whom."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from connectors.tables import METADATA

_INSTANT = DateTime(timezone=True)

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("schedule_id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("instance", Text),
    Column("handler", Text),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("chat_id", Text),
    Column("cron", Text),
    Column("at", _INSTANT),
    Column("tz", Text, nullable=False),
    Column("missed", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("next_due", _INSTANT),
    Column("last_due", _INSTANT),
    Column("fired", BigInteger, nullable=False, server_default="0"),
    Column("asked_by", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False, server_default=func.now()),
    Column("ended_at", _INSTANT),
    Index(None, "prefix", "next_due"),
    Index(None, "prefix", "instance"),
    Index(None, "ended_at"),
    comment="What fires as an event at its time; next_due null: it is over.",
)
