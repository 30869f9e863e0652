"""Idempotency keys need no count of their renewals: an id is made of the moment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop the count."""
    op.drop_column("idempotency_keys", "generation")


def downgrade() -> None:
    """Count again, from nought."""
    op.add_column(
        "idempotency_keys",
        sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    )
