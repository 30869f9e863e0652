"""The fixture `bot`, for the tests inside a plugin's own folder.

pytest loads this module at every start, by the entry point in pyproject.toml.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.kit.bot import Bot

_MANIFEST = "plugin.toml"


def folder_of(test: "Path") -> "Path":
    """The plugin's folder in which a test lies."""
    found = next((folder for folder in test.parents if (folder / _MANIFEST).is_file()), None)
    if found is None:
        pytest.fail(f"`bot` is for tests inside a plugin's folder: no {_MANIFEST} lies above")
    return found


@pytest.fixture
def bot(request: pytest.FixtureRequest) -> "Iterator[Bot]":
    """A bot of the plugin in whose folder the test lies, in a made-up world of its own.

    Parametrize it indirectly to set the plugin up:
    `@pytest.mark.parametrize("bot", [{"city": "北京"}], indirect=True)`.
    """
    from plugins.grants import Grants
    from plugins.instances import Declared, instance_of
    from plugins.kit.bot import Bot
    from plugins.loader import load_plugin

    plugin = load_plugin(folder_of(request.path))
    config = getattr(request, "param", {})
    # What the manifest wants is granted, and no more: a plugin is tested for asking for enough.
    granted = Grants.of(plugin.manifest.capabilities)
    declared = Declared(config=config, grants=granted)
    made = Bot(instance_of(plugin.manifest.name, plugin, declared))
    yield made
    made.close()
