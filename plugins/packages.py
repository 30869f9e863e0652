"""Plugins in installed packages, found by the entry points of the group `hongyan.plugins`."""

from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from plugins.manifest import FILE, PluginProblem

GROUP: Final = "hongyan.plugins"


def packaged() -> tuple[list[Path], list[PluginProblem]]:
    """The folders that hold plugins of packages, by their entry points' names, and what is wrong
    with others. An entry point names the package whose folder is the plugin: manifest, code, tests
    are as in any other folder.
    """
    found: list[Path] = []
    problems: list[PluginProblem] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        try:
            folder = _folder(point)
        except PluginProblem as problem:
            problems.append(problem)
            continue
        if folder not in found:
            found.append(folder)
    return found, problems


def _folder(point: EntryPoint) -> Path:
    """Nothing is imported to find it: an author's package may raise anything."""
    where = f"entry point {point.name} = {point.value}"
    root, *below = point.module.split(".")
    try:
        spec = find_spec(root)
    except (ImportError, ValueError) as error:
        raise PluginProblem(f"{where}: {error}") from error
    homes = spec.submodule_search_locations if spec is not None else None
    if not homes:
        raise PluginProblem(f"{where}: there is no such package")
    places = [Path(home, *below) for home in homes]
    for place in places:
        if (place / FILE).is_file():
            return place
    raise PluginProblem(f"{where}: {places[0] / FILE}: is missing")
