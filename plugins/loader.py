"""Load plugin folders by file path; one bad plugin is reported and never stops the rest."""

from collections.abc import Iterable
from pathlib import Path

from plugins.fresh_source import PRIVATE
from plugins.importing import load_plugin, plugin_folders
from plugins.library import BUNDLED, Library, Loaded

__all__ = ["BUNDLED", "PRIVATE", "Loaded", "load", "load_plugin", "plugin_folders"]


def load(folders: Iterable[Path], *, bundled: bool = True) -> Loaded:
    """The bundled plugins and those in `folders`, each a folder of plugin folders, read once."""
    return Library(folders, bundled=bundled).read()
