"""Until when a webhook's receiver asked for patience, for every relay to keep."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; who does not know it goes on without."""
    op.add_column(
        "webhook_endpoints", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("webhook_endpoints", "paused_until")
