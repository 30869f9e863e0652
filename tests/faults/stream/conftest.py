"""The stacks of tests/streams."""

from tests.streams.conftest import any_stack, stack

__all__ = ["any_stack", "stack"]
