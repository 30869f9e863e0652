"""Load plugin folders by file path; one bad plugin is reported and never stops the rest."""

import importlib.util
import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from plugins.handler import Handler
from plugins.instances import FILE as INSTANCES
from plugins.instances import Declared, instances, read_declared
from plugins.manifest import FILE, PluginProblem, read_manifest
from plugins.plugin import Instance, Plugin, in_order

BUNDLED = Path(__file__).parent

PRIVATE = "_hongyan_plugin_"
"""How the names of plugins' modules begin."""

_serial = itertools.count(1)


@dataclass(frozen=True)
class Loaded:
    """What could be loaded, in the order it runs, and a sentence for each that could not."""

    instances: tuple[Instance, ...]
    problems: tuple[PluginProblem, ...]


def load(folders: Iterable[Path], *, bundled: bool = True) -> Loaded:
    """The bundled plugins and those in `folders`, each a folder of plugin folders.

    The first of two plugins of one name stays. A folder's `instances.toml` says which instances of
    which plugins run where and how; of two tables of one name the later folder's counts.
    """
    plugins: dict[str, Plugin] = {}
    declared: dict[str, Declared] = {}
    problems: list[PluginProblem] = []
    for folder in (*((BUNDLED,) if bundled else ()), *folders):
        try:
            found = plugin_folders(folder)
            tables, wrong = read_declared(folder / INSTANCES)
        except PluginProblem as problem:
            problems.append(problem)
            continue
        declared |= tables
        problems += wrong
        for path in found:
            try:
                plugin = load_plugin(path)
            except PluginProblem as problem:
                problems.append(problem)
                continue
            name = plugin.manifest.name
            if name in plugins:
                problems.append(
                    PluginProblem(f"{path / FILE}: name: another plugin is called {name!r}")
                )
            else:
                plugins[name] = plugin
    made, refused = instances(plugins, declared)
    return Loaded(in_order(made), (*problems, *refused))


def plugin_folders(folder: Path) -> list[Path]:
    """The folders inside that hold a `plugin.toml`, by name.

    Raises:
        PluginProblem: it is no folder.

    """
    if not folder.is_dir():
        raise PluginProblem(f"{folder}: there is no such folder of plugins")
    if (folder / FILE).is_file():
        raise PluginProblem(
            f"{folder}: is a plugin itself; name the folder above it, which holds plugin folders"
        )
    return sorted(path for path in folder.iterdir() if path.is_dir() and (path / FILE).is_file())


def load_plugin(folder: Path) -> Plugin:
    """The plugin in a folder, its module under a private name that no import can reach by chance.

    Raises:
        PluginProblem: the manifest is wrong, the module fails to import, or handles nothing.

    """
    manifest = read_manifest(folder)
    module = _imported(folder, manifest.name)
    handlers = tuple(value for value in vars(module).values() if isinstance(value, Handler))
    if not handlers:
        raise PluginProblem(
            f"{folder / '__init__.py'}: has no handler: decorate an async generator with "
            "@on_message() or @on_command(NAME)"
        )
    return Plugin(manifest, tuple(dict.fromkeys(handlers)), _config(folder, module))


def _config(folder: Path, module: ModuleType) -> type[BaseModel] | None:
    found = getattr(module, "Config", None)
    if found is None or (isinstance(found, type) and issubclass(found, BaseModel)):
        return found
    raise PluginProblem(f"{folder / '__init__.py'}: Config is no pydantic model")


def _imported(folder: Path, name: str) -> ModuleType:
    file = folder / "__init__.py"
    if not file.is_file():
        raise PluginProblem(f"{file}: is missing")
    private = f"{PRIVATE}{next(_serial)}_{name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(
        private, file, submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise PluginProblem(f"{file}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[private] = module
    try:
        spec.loader.exec_module(module)
    # An author's module may raise anything, and must not stop the others.
    except (Exception, SystemExit) as error:
        for loaded in [key for key in sys.modules if key.split(".")[0] == private]:
            del sys.modules[loaded]
        raise PluginProblem(f"{file}: fails to import: {type(error).__name__}: {error}") from error
    return module
