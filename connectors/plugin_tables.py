"""The tables of what owners say of plugin instances while they run, and of what workers run."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from connectors.tables import METADATA

_INSTANT = DateTime(timezone=True)

PLUGIN_CONTROLS = Table(
    "plugin_controls",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("enabled", Boolean),
    Column("config", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("quarantined_at", _INSTANT),
    Column("quarantined_for", Text),
    Column("revision", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", _INSTANT, nullable=False, server_default=func.now()),
    comment="Over instances.toml: what an owner switched or set, and what is in quarantine.",
)

PLUGIN_REPORTS = Table(
    "plugin_reports",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("reported_at", _INSTANT, nullable=False, server_default=func.now()),
    comment="What each worker runs: instances, their state, and what could not be loaded.",
)
