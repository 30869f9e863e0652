"""Two topic prefixes may share a database: gates and plugin state are kept apart by it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KEYS = {
    "gates": ["instance", "lane"],
    "gate_entries": ["instance", "lane", "event_id"],
    "plugin_state": ["instance", "lane"],
}

_USED = """
    SELECT coalesce(
      (SELECT regexp_replace(topic, '\\.inbound\\.v1$', '') FROM partition_owners LIMIT 1),
      'bot')"""
"""The one prefix that was in use so far: until now there could be no second one."""


def upgrade() -> None:
    """What is there belongs to the prefix in use."""
    used = op.get_bind().scalar(sa.text(_USED))
    for table, key in _KEYS.items():
        op.add_column(
            table, sa.Column("prefix", sa.Text, nullable=False, server_default=sa.text("'bot'"))
        )
        op.execute(sa.text(f"UPDATE {table} SET prefix = :used").bindparams(used=used))  # noqa: S608
        op.drop_constraint(f"{table}_pkey", table)
        op.create_primary_key(f"{table}_pkey", table, ["prefix", *key])
    op.add_column(
        "gates",
        sa.Column(
            "put_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
    )
    op.drop_index("gate_entries_instance_lane_position_index", "gate_entries")
    op.create_index(
        "gate_entries_prefix_instance_lane_position_index",
        "gate_entries",
        ["prefix", "instance", "lane", "position"],
    )


def downgrade() -> None:
    """Only possible while one prefix is in use."""
    op.drop_index("gate_entries_prefix_instance_lane_position_index", "gate_entries")
    op.drop_column("gates", "put_at")
    for table, key in _KEYS.items():
        op.drop_constraint(f"{table}_pkey", table)
        op.drop_column(table, "prefix")
        op.create_primary_key(f"{table}_pkey", table, key)
    op.create_index(
        "gate_entries_instance_lane_position_index",
        "gate_entries",
        ["instance", "lane", "position"],
    )
