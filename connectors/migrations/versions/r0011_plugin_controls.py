"""What owners say of plugin instances while they run, and what workers report of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "plugin_controls",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("enabled", sa.Boolean),
        sa.Column("config", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("quarantined_at", _INSTANT),
        sa.Column("quarantined_for", sa.Text),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="Over instances.toml: what an owner switched or set, and what is in quarantine.",
    )
    op.create_table(
        "plugin_reports",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("worker", sa.Text, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("reported_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="What each worker runs: instances, their state, and what could not be loaded.",
    )


def downgrade() -> None:
    """Drop what stands only here."""
    op.drop_table("plugin_reports")
    op.drop_table("plugin_controls")
