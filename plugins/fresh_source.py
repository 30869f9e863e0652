"""Imports modules of plugin folders from their source as it stands, never from a cache of it.

Python's own cache knows a file by its size and the second of its change: a plugin that is edited
twice within a second would be loaded as it was. Nothing is written into plugin folders either.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

PRIVATE: Final = "_hongyan_plugin_"
"""How the names of plugins' modules begin."""


class FreshSource(SourceFileLoader):
    """Compiles the file at each import."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the source as it is now."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _Finder(MetaPathFinder):
    """Finds modules below the folders that it was told of, under whatever name."""

    def __init__(self) -> None:
        self.folders: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """None: it is not ours."""
        tail = fullname.rpartition(".")[2]
        for entry in path or ():
            spec = self._found(fullname, Path(entry) / tail)
            if spec is not None:
                return spec
        return None

    def _found(self, name: str, place: Path) -> ModuleSpec | None:
        if not any(str(one) in self.folders for one in (place, *place.parents)):
            return None
        if (file := place / "__init__.py").is_file():
            return fresh_spec(name, file, place)
        if (file := place.with_name(f"{place.name}.py")).is_file():
            return fresh_spec(name, file)
        return None


_FINDER: Final = _Finder()


def fresh_spec(name: str, file: Path, package: Path | None = None) -> ModuleSpec | None:
    """How to import this file under this name; `package`: the folder of its own modules."""
    places = None if package is None else [str(package)]
    return spec_from_file_location(
        name, file, loader=FreshSource(name, str(file)), submodule_search_locations=places
    )


def begin_afresh(folder: Path) -> None:
    """What is imported from a plugin's folder from now on is read anew, whatever its name; modules
    that run already keep what they have.
    """
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    _FINDER.folders.add(str(folder))
    importlib.invalidate_caches()  # a new file may be younger than what is known of its folder


def forget(private: str, folder: Path | None = None) -> None:
    """Let go of the modules under a private name; with `folder` also of those that its files are
    known by under names that anybody may import.
    """
    mine = None if folder is None else f"{folder}/"
    for name, module in list(sys.modules.items()):
        public = not name.startswith(PRIVATE)
        if name.partition(".")[0] == private or (public and mine and _in(module, mine)):
            del sys.modules[name]


def _in(module: Any, folder: str) -> bool:  # anybody may have put anything there
    return str(getattr(module, "__file__", None) or "").startswith(folder)
