"""The steps that make the tables, run by `connectors.database.migrate`."""

HEAD = "0012"
"""The newest step; steps are numbered upwards. A test compares it with the files."""
