"""Fixtures that every test may ask for, and one way to run property tests everywhere."""

from hypothesis import settings

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.stack"]

# No time limit per example: a loaded machine is no falsification. The same examples every time: a
# red run can be run again.
settings.register_profile("hongyan", deadline=None, derandomize=True)
settings.load_profile("hongyan")
