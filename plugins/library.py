"""All plugins and instances as their folders say, read again and again: what did not change is
kept, and what fails now goes on as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from plugins.control import Control, under
from plugins.importing import load_plugin, plugin_folders
from plugins.instances import FILE as INSTANCES
from plugins.instances import Declared, InstanceProblem, instances, read_declared
from plugins.life import Life
from plugins.manifest import FILE, NotInstalled, PluginProblem
from plugins.packages import packaged
from plugins.plugin import Instance, Plugin, in_order
from plugins.roles import FILE as ROLES
from plugins.roles import NOBODY, RolesFile, read_roles

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
    off: Mapping[str, Plugin] = field(default_factory=dict)
    """Instances that are switched off, and their plugins."""
    idle: Mapping[str, Plugin] = field(default_factory=dict)
    """Plugins that run where they are declared, and are declared nowhere."""

    @property
    def lives(self) -> set[Life]:
        """The generations that are in use."""
        plugins = (*self.plugins.values(), *(one.plugin for one in self.instances))
        return {plugin.life for plugin in plugins if plugin.life is not None}


@dataclass(frozen=True)
class _Seen:
    """What one folder of plugin folders holds."""

    tables: Mapping[str, Declared]
    roles: RolesFile
    plugins: list[tuple[Path, Plugin]]


class Library:
    """Of the bundled plugins, those of installed packages, and those in folders of the owner's."""

    def __init__(self, folders: Iterable[Path], *, bundled: bool = True) -> None:
        """Nothing is read yet. `bundled`: with what comes with Hongyan and with packages."""
        self.folders = tuple(folders)
        self._bundled = bundled
        self._known: dict[Path, tuple[Print, Plugin | None, PluginProblem | None]] = {}
        self._declared: dict[Path, dict[str, Declared]] = {}
        self._found: dict[Path, list[Path]] = {}
        self._packages: list[Path] = []
        self._seen: list[_Seen] = []
        self._wrong: list[PluginProblem] = []
        self._last: dict[str, Instance] = {}
        self._people: dict[Path, RolesFile] = {}

    def read(self, controls: Mapping[str, Control] | None = None, *, files: bool = True) -> Loaded:
        """All as it stands. What was there before and is wrong now stays as it was, and is a
        problem; it is tried again when one of its files changes. Without `files` nothing that was
        read once is read again.

        The first of two plugins of one name stays. A folder's `instances.toml` says which instances
        of which plugins run where and how; of two tables of one name the later folder's counts.
        `controls` stand above all of them.
        """
        if files or not self._seen:
            self._look()
        plugins: dict[str, Plugin] = {}
        declared: dict[str, Declared] = {}
        problems = list(self._wrong)
        roles = NOBODY
        for seen in self._seen:
            declared |= seen.tables
            roles = roles.with_file(seen.roles)
            for folder, plugin in seen.plugins:
                name = plugin.manifest.name
                if plugins.setdefault(name, plugin) is not plugin:
                    problems.append(
                        PluginProblem(f"{folder / FILE}: name: another plugin is called {name!r}")
                    )
        meant = {one.plugin or name for name, one in declared.items()} | set(controls or ())
        problems = [one for one in problems if not _is_idle(one, meant)]
        wanted = under(controls or {}, declared, plugins)
        made, refused = instances(plugins, wanted)
        made += [self._last[name] for name in _named(refused) if name in self._last]
        made = [replace(one, roles=roles) for one in made]
        self._last = {one.name: one for one in made}
        used = {one.plugin or name for name, one in wanted.items()}
        used |= {one.plugin.manifest.name for one in made}
        idle = {name: plugin for name, plugin in plugins.items() if name not in used}
        off = _off(wanted, plugins)
        return Loaded(in_order(made), (*problems, *refused), plugins, off, idle)

    @property
    def homes(self) -> tuple[Path, ...]:
        """The folders of plugin folders."""
        return (*((BUNDLED,) if self._bundled else ()), *self.folders)

    @property
    def watched(self) -> tuple[Path, ...]:
        """The folders in which a change may matter."""
        return (*self.homes, *self._packages)

    @property
    def lives(self) -> set[Life]:
        """The generations that the next reading may go on with."""
        plugins = [plugin for seen in self._seen for _, plugin in seen.plugins]
        plugins += [one.plugin for one in self._last.values()]
        return {plugin.life for plugin in plugins if plugin.life is not None}

    def print(self) -> Mapping[Path, Print]:
        """What `read` looks at, as it is now: where it differs, something has changed."""
        told = {home: (*_prints(home, deep=False), *_inner(home)) for home in self.homes}
        return told | {folder: _prints(folder, deep=True) for folder in self._packages}

    def _look(self) -> None:
        """Read all files. A folder of which nobody knows where its plugins are meant to run is
        left out; one that is gone stays as it was.
        """
        problems: list[PluginProblem] = []
        seen: list[_Seen] = []
        for home in self.homes:
            try:
                self._found[home] = plugin_folders(home)
            except PluginProblem as problem:
                problems.append(problem)
            tables = self._tables(home, problems)
            if tables is not None:
                plugins = self._plugins(self._found.get(home, []), problems)
                seen.append(_Seen(tables, self._roles_of(home, problems), plugins))
        if self._bundled:
            self._packages, wrong = packaged()
            problems += wrong
            plugins = self._plugins(self._packages, problems)
            seen.insert(1, _Seen({}, RolesFile(), plugins))
        self._seen, self._wrong = seen, problems

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

    def _roles_of(self, home: Path, problems: list[PluginProblem]) -> RolesFile:
        """Those of a folder's file; where it is wrong, as it was."""
        try:
            self._people[home] = read_roles(home / ROLES)
        except PluginProblem as problem:
            problems.append(problem)
        return self._people.get(home, RolesFile())

    def _plugins(
        self, folders: Iterable[Path], problems: list[PluginProblem]
    ) -> list[tuple[Path, Plugin]]:
        found = ((folder, self._plugin(folder, problems)) for folder in folders)
        return [(folder, plugin) for folder, plugin in found if plugin is not None]

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


def _is_idle(problem: PluginProblem, meant: set[str]) -> bool:
    """Whether it is of a plugin that nobody asked for."""
    return isinstance(problem, NotInstalled) and problem.idle and problem.plugin not in meant


def _off(wanted: Mapping[str, Declared], plugins: Mapping[str, Plugin]) -> dict[str, Plugin]:
    """Instances that are declared and switched off, and plugins that wait to be."""
    used = {one.plugin or name for name, one in wanted.items()}
    idle = (name for name in plugins if name not in used and name not in wanted)
    return {
        name: plugins[one.plugin or name]
        for name, one in wanted.items()
        if not one.enabled and (one.plugin or name) in plugins
    } | {name: plugins[name] for name in idle if plugins[name].manifest.default == "off"}


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
