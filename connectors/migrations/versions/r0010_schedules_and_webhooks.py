"""Schedules, and webhooks that are sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _schedules()
    _endpoints()
    _deliveries()


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("schedule_id", sa.Text, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("instance", sa.Text),
        sa.Column("handler", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("chat_id", sa.Text),
        sa.Column("cron", sa.Text),
        sa.Column("at", _INSTANT),
        sa.Column("tz", sa.Text, nullable=False),
        sa.Column("missed", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("next_due", _INSTANT),
        sa.Column("last_due", _INSTANT),
        sa.Column("fired", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("ended_at", _INSTANT),
        comment="What fires as an event at its time; next_due null: it is over.",
    )
    op.create_index("schedules_prefix_next_due_index", "schedules", ["prefix", "next_due"])
    op.create_index("schedules_prefix_instance_index", "schedules", ["prefix", "instance"])
    op.create_index("schedules_ended_at_index", "schedules", ["ended_at"])


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("old_secret", sa.Text),
        sa.Column("old_until", _INSTANT),
        sa.Column("about", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("disabled_at", _INSTANT),
        sa.Column("disabled_for", sa.Text),
        comment="Where the actions of each webhook account are posted, and what signs them.",
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("action_id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("taken_at", _INSTANT, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("leased_by", sa.Text),
        sa.Column("leased_until", _INSTANT),
        sa.Column("reason", sa.Text),
        sa.Column("ended_at", _INSTANT),
        comment="Webhooks on their way: one chat's in order, each leased by one relay at a time.",
    )
    op.create_index(
        "webhook_deliveries_prefix_lane_position_index",
        "webhook_deliveries",
        ["prefix", "lane", "position"],
    )
    op.create_index(
        "webhook_deliveries_prefix_ended_at_not_before_index",
        "webhook_deliveries",
        ["prefix", "ended_at", "not_before"],
    )


def downgrade() -> None:
    """Drop what stands only here."""
    for table in ("webhook_deliveries", "webhook_endpoints", "schedules"):
        op.drop_table(table)
