"""Parts of a run stored before its end, and what unfinished runs were told from outside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Every turn so far is its run's last part."""
    op.add_column("turns", sa.Column("final", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "journals",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("calls", JSONB, nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        comment="What a run that has not ended was told from outside; its next try is told again.",
    )
    op.create_index(
        "journals_topic_partition_offset_index", "journals", ["topic", "partition", "offset"]
    )


def downgrade() -> None:
    """Forget both; unfinished runs begin anew."""
    op.drop_table("journals")
    op.execute("DELETE FROM turns WHERE NOT final")
    op.drop_column("turns", "final")
