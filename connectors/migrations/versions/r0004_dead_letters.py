"""Dead letters, so that people can find, edit, redrive and discard them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)
_TEXTS = (
    "type",
    "event_id",
    "instance",
    "plugin",
    "lane",
    "error_type",
    "error_kind",
    "error_message",
    "error_stack",
    "fingerprint",
)


def upgrade() -> None:
    """Make the table; the projection reads the topic from its beginning into it."""
    op.create_table(
        "dead_letters",
        sa.Column("letter_id", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("died_at", _INSTANT, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in _TEXTS),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("redriven", sa.Integer, nullable=False),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("group_index", sa.Integer, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("status", sa.Text, nullable=False, server_default="dead"),
        sa.Column("redrive_id", sa.Text),
        sa.Column("settled_at", _INSTANT),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("edited_value", sa.LargeBinary),
        sa.Column("edited_by", sa.Text),
        comment="Each record of bot.dlq; status: dead, redriving, redriven or discarded.",
    )
    for columns in (["status", "died_at"], ["fingerprint"], ["event_id"]):
        op.create_index(f"dead_letters_{'_'.join(columns)}_index", "dead_letters", columns)


def downgrade() -> None:
    """Drop it; the topic keeps the records."""
    op.drop_table("dead_letters")
