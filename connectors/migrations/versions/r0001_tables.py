"""Turns, plugin state, projections, API keys: the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all of them."""
    _worker_tables()
    _message_tables()
    _phone_tables()
    _api_tables()


def downgrade() -> None:
    """Drop all of them, with what they hold."""
    for table in (
        "idempotency_keys",
        "api_keys",
        "devices",
        "chats",
        "receipts",
        "actions",
        "messages",
        "plugin_state",
        "turns",
    ):
        op.drop_table(table)


def _worker_tables() -> None:
    op.create_table(
        "turns",
        sa.Column("turn_id", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("actions", JSONB, nullable=False),
        sa.Column("journal", JSONB, nullable=False),
        sa.Column("produced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="What each plugin run yielded; the first one stored wins.",
    )
    op.create_index("turns_topic_partition_offset_index", "turns", ["topic", "partition", "offset"])
    op.create_table(
        "plugin_state",
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("value", JSONB, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="ctx.state: one value a (instance, chat), conditional on the version read.",
    )


def _message_tables() -> None:
    op.create_table(
        "messages",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("chat_id", sa.Text, nullable=False),
        sa.Column("sender", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("epoch", sa.Text),
        sa.Column("seq", sa.BigInteger),
        sa.Column("observed_at", _INSTANT, nullable=False),
        sa.Column("recalled_at", _INSTANT),
        sa.Column("body", JSONB, nullable=False),
        comment="Every event in, of whatever type; `body` is the whole event.",
    )
    op.create_index(
        "messages_channel_account_chat_id_observed_at_index",
        "messages",
        ["channel", "account", "chat_id", "observed_at"],
    )
    op.create_index("messages_observed_at_index", "messages", ["observed_at"])
    op.create_table(
        "actions",
        sa.Column("action_id", sa.Text, primary_key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("chat_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("instance", sa.Text),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT),
        sa.Column("body", JSONB, nullable=False),
        comment="Every action asked for, with its latest attempt.",
    )
    op.create_index(
        "actions_channel_account_chat_id_requested_at_index",
        "actions",
        ["channel", "account", "chat_id", "requested_at"],
    )
    op.create_index("actions_event_id_index", "actions", ["event_id"])
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.Text, primary_key=True),
        sa.Column("action_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        comment="Each state an action reached; the record's place breaks ties of time.",
    )
    op.create_index(
        "receipts_action_id_attempt_at_index", "receipts", ["action_id", "attempt", "at"]
    )


def _phone_tables() -> None:
    op.create_table(
        "chats",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("chat_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("remark", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        comment="The chats an account has, as last seen.",
    )
    op.create_index("chats_title_index", "chats", ["title"])
    op.create_index("chats_remark_index", "chats", ["remark"])
    op.create_table(
        "devices",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("health", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        comment="Each phone and its agent, as last seen.",
    )


def _api_tables() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        sa.Column("revoked_at", _INSTANT),
        comment="SHA-256 of each API key; the key itself is stored nowhere.",
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body_hash", sa.Text, nullable=False),
        sa.Column("action_id", sa.Text, nullable=False),
        sa.Column("action", JSONB, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", _INSTANT, nullable=False, server_default=sa.func.now()),
        comment="What each Idempotency-Key asked for, produced again as it stands for 24 h.",
    )
