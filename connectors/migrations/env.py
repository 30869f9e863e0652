"""What Alembic runs for each command: it uses the connection that it is given."""

from alembic import context

import connectors.plugin_tables  # its tables register themselves
import connectors.run_tables  # as above
import connectors.schedule_tables  # as above
import connectors.webhook_tables  # noqa: F401  # as above
from connectors.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
