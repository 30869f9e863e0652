"""Everything that touches the outside: Kafka, PostgreSQL, the HTTP API, logs, settings."""
