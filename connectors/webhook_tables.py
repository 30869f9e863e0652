"""The tables of webhooks that are sent: where to, and what is on its way."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from connectors.tables import METADATA

_INSTANT = DateTime(timezone=True)

WEBHOOK_ENDPOINTS = Table(
    "webhook_endpoints",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("old_until", _INSTANT),
    Column("about", Text, nullable=False, server_default=""),
    Column("created_at", _INSTANT, nullable=False, server_default=func.now()),
    Column("disabled_at", _INSTANT),
    Column("disabled_for", Text),
    Column("paused_until", _INSTANT),
    comment="Where the actions of each webhook account are posted, and what signs them.",
)

WEBHOOK_DELIVERIES = Table(
    "webhook_deliveries",
    METADATA,
    Column("prefix", Text, primary_key=True),
    Column("action_id", Text, primary_key=True),
    Column("position", BigInteger, Identity(), nullable=False),
    Column("account", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("not_before", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False),
    Column("taken_at", _INSTANT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("leased_by", Text),
    Column("leased_until", _INSTANT),
    Column("reason", Text),
    Column("ended_at", _INSTANT),
    Index(None, "prefix", "lane", "position"),
    Index(None, "prefix", "ended_at", "not_before"),
    comment="Webhooks on their way: one chat's in order, each leased by one relay at a time.",
)
