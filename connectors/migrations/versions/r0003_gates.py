"""Gates: chats in which a plugin instance waits, and the events in line behind it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "partition_owners",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        comment="Who may touch a partition's gates: the epoch grows with each assignment.",
    )
    _gates()
    _entries()


def downgrade() -> None:
    """Drop them, with what waits in them."""
    for table in ("gate_entries", "gates", "partition_owners"):
        op.drop_table(table)


def _gates() -> None:
    op.create_table(
        "gates",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("wait", sa.Integer, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("not_before", _INSTANT),
        sa.Column("sent", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("first_failed_at", _INSTANT, nullable=False),
        sa.Column("error", JSONB, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=False),
        comment="A plugin instance that waits in one chat: "
        "behind its head, later events stand in line.",
    )
    op.create_index("gates_topic_partition_index", "gates", ["topic", "partition"])


def _entries() -> None:
    op.create_table(
        "gate_entries",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", JSONB, nullable=False),
        comment="The events that wait at a gate, bytes copied, the head among them.",
    )
    op.create_index(
        "gate_entries_instance_lane_position_index",
        "gate_entries",
        ["instance", "lane", "position"],
    )
