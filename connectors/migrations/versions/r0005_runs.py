"""Plugin runs, traces and times of production: what became of an event, step by step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of runs; older rows have no trace."""
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("turn_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("chat_id", sa.Text, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("plugin_version", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("duration_ms", sa.Float, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("body", JSONB, nullable=False),
        comment="Each run of a plugin instance, as long as bot.runs keeps it.",
    )
    op.create_index("runs_event_id_index", "runs", ["event_id"])
    op.create_index("runs_started_at_index", "runs", ["started_at"])
    for table in ("messages", "actions"):
        op.add_column(table, sa.Column("trace", sa.Text))
        op.add_column(table, sa.Column("produced_at", _INSTANT))
        op.create_index(f"{table}_trace_index", table, ["trace"])


def downgrade() -> None:
    """Drop it; the topic keeps the runs."""
    for table in ("actions", "messages"):
        op.drop_column(table, "produced_at")
        op.drop_column(table, "trace")
    op.drop_table("runs")
