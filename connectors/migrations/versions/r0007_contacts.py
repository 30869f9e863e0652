"""Contacts, the members of groups, and when each address book was read whole."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

_INSTANT = sa.DateTime(timezone=True)


def _book(name: str, key: str | None, *columns: sa.Column[Any], comment: str) -> None:
    """A table of what an address book says, by channel, account and, mostly, an id."""
    keys = ["channel", "account", *([key] if key else [])]
    op.create_table(
        name,
        *(sa.Column(one, sa.Text, primary_key=True) for one in keys),
        *columns,
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        comment=comment,
    )


def upgrade() -> None:
    """Make the tables; the topic fills them."""
    _book(
        "contacts",
        "contact_id",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("remark", sa.Text),
        sa.Column("nickname", sa.Text),
        sa.Column("wechat_id", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("official", sa.Boolean, nullable=False),
        sa.Column("chat_id", sa.Text),
        comment="The friends and official accounts in an address book, as last read.",
    )
    op.create_index("contacts_name_index", "contacts", ["name"])
    _book(
        "members",
        "chat_id",
        sa.Column("count", sa.Integer),
        sa.Column("whole", sa.Boolean, nullable=False),
        comment="Who is in each group, as last read.",
    )
    _book(
        "contact_reads",
        None,
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("groups", sa.Integer, nullable=False),
        comment="When each address book was last read from end to end.",
    )


def downgrade() -> None:
    """Drop them; the topic keeps what they said."""
    for table in ("contact_reads", "members", "contacts"):
        op.drop_table(table)
