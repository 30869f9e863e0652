"""All plugins and instances as their folders say, read again and again: what did not change is
kept, and what fails now goes on as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from plugins.control import Control, under
from plugins.importing import load_plugin, plugin_folders
from plugins.instances import FILE as INSTANCES
from plugins.instances import Declared, InstanceProblem, instances, read_declared
from plugins.life import Life
from plugins.manifest import FILE, PluginProblem
from plugins.packages import packaged
from plugins.plugin import Instance, Plugin, in_order

BUNDLED: Final = Path(__file__).parent

_SUFFIXES: Final = frozenset({".py", ".toml", ".yaml", ".yml"})

Print = tuple[tuple[str, int, int, int], ...]
"""The files that count, by path, moment of change, size and inode."""


@dataclass(frozen=True)
class Loaded:
    """What could be loaded, in the order it runs, and a sentence for each that could not."""

    instances: tuple[Instance, ...]
    problems: tuple[PluginProblem, ...]
    plugins: Mapping[str, Plugin] = field(default_factory=dict)

    @property
    def lives(self) -> set[Life]:
        """The generations that are in use."""
        plugins = (*self.plugins.values(), *(one.plugin for one in self.instances))
        return {plugin.life for plugin in plugins if plugin.life is not None}


class Library:
    """Of the bundled plugins, those of installed packages, and those in folders of the owner's."""

    def __init__(self, folders: Iterable[Path], *, bundled: bool = True) -> None:
        """Nothing is read yet. `bundled`: with what comes with Hongyan and with packages."""
        self.folders = tuple(folders)
        self._bundled = bundled
        self._known: dict[Path, tuple[Print, Plugin | None, PluginProblem | None]] = {}
        self._declared: dict[Path, dict[str, Declared]] = {}
        self._found: dict[Path, list[Path]] = {}
        self._last: dict[str, Instance] = {}

    def read(self, controls: Mapping[str, Control] | None = None) -> Loaded:
        """All as it stands. What was there before and is wrong now stays as it was, and is a
        problem; it is tried again when one of its files changes.

        The first of two plugins of one name stays. A folder's `instances.toml` says which instances
        of which plugins run where and how; of two tables of one name the later folder's counts.
        `controls` stand above all of them.
        """
        plugins: dict[str, Plugin] = {}
        declared: dict[str, Declared] = {}
        problems: list[PluginProblem] = []
        for home, folders in self._homes(problems):
            tables = {} if home is None else self._tables(home, problems)
            if tables is None:
                continue
            declared |= tables
            for folder in folders:
                plugin = self._plugin(folder, problems)
                if plugin is None:
                    continue
                name = plugin.manifest.name
                if name in plugins and plugins[name] is not plugin:
                    problems.append(
                        PluginProblem(f"{folder / FILE}: name: another plugin is called {name!r}")
                    )
                else:
                    plugins[name] = plugin
        made, refused = instances(plugins, under(controls or {}, declared, plugins))
        made += [self._last[name] for name in _named(refused) if name in self._last]
        self._last = {one.name: one for one in made}
        return Loaded(in_order(made), (*problems, *refused), plugins)

    def print(self) -> Mapping[Path, Print]:
        """What `read` looks at, as it is now: where it differs, something has changed."""
        homes = [*((BUNDLED,) if self._bundled else ()), *self.folders]
        return {home: (*_prints(home, deep=False), *_inner(home)) for home in homes}

    def _homes(self, problems: list[PluginProblem]) -> list[tuple[Path | None, list[Path]]]:
        homes: list[tuple[Path | None, list[Path]]] = []
        for folder in (*((BUNDLED,) if self._bundled else ()), *self.folders):
            try:
                self._found[folder] = plugin_folders(folder)
            except PluginProblem as problem:
                problems.append(problem)
            homes.append((folder, self._found.get(folder, [])))
        if self._bundled:
            found, wrong = packaged()
            problems += wrong
            homes.insert(1, (None, found))
        return homes

    def _tables(self, folder: Path, problems: list[PluginProblem]) -> dict[str, Declared] | None:
        """None: nobody knows where the folder's plugins are meant to run, so they do not."""
        before = self._declared.get(folder)
        try:
            tables, wrong = read_declared(folder / INSTANCES)
        except PluginProblem as problem:
            problems.append(problem)
            return before
        problems += wrong
        stay = before or {}
        tables |= {name: stay[name] for name in _named(wrong) if name in stay}
        self._declared[folder] = tables
        return tables

    def _plugin(self, folder: Path, problems: list[PluginProblem]) -> Plugin | None:
        now = _prints(folder, deep=True)
        seen, plugin, problem = self._known.get(folder, (None, None, None))
        if seen != now:
            try:
                plugin, problem = load_plugin(folder), None
            except PluginProblem as wrong:
                problem = wrong
            self._known[folder] = now, plugin, problem
        if problem is not None:
            problems.append(problem)
        return plugin


def _named(problems: Iterable[PluginProblem]) -> set[str]:
    return {problem.instance for problem in problems if isinstance(problem, InstanceProblem)}


def _inner(home: Path) -> Print:
    try:
        folders = sorted(path for path in home.iterdir() if (path / FILE).is_file())
    except OSError:
        return ()
    return tuple(one for folder in folders for one in _prints(folder, deep=True))


def _prints(folder: Path, *, deep: bool) -> Print:
    """Of a folder's files, `deep`: and of those below, but for its tests and hidden ones."""
    found: list[tuple[str, int, int, int]] = []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    for path in entries:
        if path.name.startswith((".", "__pycache__")) or path.name == "tests":
            continue
        if path.is_dir():
            found += _prints(path, deep=True) if deep else ()
        elif path.suffix in _SUFFIXES:
            try:
                told = path.stat()
            except OSError:
                continue  # it was there a moment ago
            found.append((str(path), told.st_mtime_ns, told.st_size, told.st_ino))
    return tuple(found)
