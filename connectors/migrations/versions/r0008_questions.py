"""Runs that wait for a person, timers, values that all chats share; dead events found by id."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

_INSTANT = sa.DateTime(timezone=True)


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("cancel", JSONB, nullable=False),
        sa.Column("after", JSONB, nullable=False),
        sa.Column("record_topic", sa.Text, nullable=False),
        sa.Column("record_partition", sa.Integer, nullable=False),
        sa.Column("record_offset", sa.BigInteger, nullable=False),
        sa.Column("record_ms", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("answer_event_id", sa.Text),
        sa.Column("answer", JSONB),
        sa.Column("answer_offset", sa.BigInteger),
        comment="Runs that wait for a person's next message (ctx.ask), and how each wait ended.",
    )
    op.create_index(
        "questions_topic_partition_state_index", "questions", ["topic", "partition", "state"]
    )
    op.create_index("questions_event_id_index", "questions", ["event_id"])


def upgrade() -> None:
    """Make the tables and the index."""
    _questions()
    op.create_table(
        "timers",
        sa.Column("timer_id", sa.Text, primary_key=True),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", JSONB, nullable=False),
        comment="Records that the relay produces at a time of their own.",
    )
    op.create_index("timers_topic_due_at_index", "timers", ["topic", "due_at"])
    op.create_table(
        "shared_values",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("value", JSONB, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="ctx.shared: values that all chats of an instance see, written by compare-and-set.",
    )
    op.create_index("gate_entries_event_id_index", "gate_entries", ["event_id"])


def downgrade() -> None:
    """Forget them; open questions are never answered."""
    op.drop_index("gate_entries_event_id_index", "gate_entries")
    op.drop_table("shared_values")
    op.drop_table("timers")
    op.drop_table("questions")
