"""Fixtures that every test may ask for, and one way to run property tests everywhere."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.stack"]

# No time limit per example: a loaded machine is no falsification. The same examples every time: a
# red run can be run again.
settings.register_profile("hongyan", deadline=None, derandomize=True)
settings.load_profile("hongyan")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--broker",
        choices=("embedded", "apache"),
        default="embedded",
        help="the broker of tests that do not name theirs; apache needs Java and Maven",
    )
