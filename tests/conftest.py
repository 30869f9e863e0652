"""Registers the fixtures that every room's tests may use."""

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.stack"]
