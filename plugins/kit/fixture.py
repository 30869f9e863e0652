"""The fixture `bot`, for the tests inside a plugin's own folder.

pytest loads this module at every start, by the entry point in pyproject.toml.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from plugins.kit.bot import Bot

_MANIFEST = "plugin.toml"


@pytest.fixture
def bot(request: pytest.FixtureRequest) -> "Iterator[Bot]":
    """A bot of the plugin in whose folder the test lies, in a made-up world of its own."""
    from plugins.kit.bot import Bot
    from plugins.loader import load_plugin
    from plugins.plugin import Instance

    folders = [folder for folder in request.path.parents if (folder / _MANIFEST).is_file()]
    if not folders:
        pytest.fail(f"`bot` is for tests inside a plugin's folder: no {_MANIFEST} lies above")
    plugin = load_plugin(folders[0])
    made = Bot(Instance(plugin.manifest.name, plugin))
    yield made
    made.close()
