"""Imports a plugin's folder under a private name, within a limit of time."""

import itertools
import sys
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from plugins.author_code import WITHIN_S, carried_out
from plugins.dependencies import missing
from plugins.fresh_source import PRIVATE, begin_afresh, forget, fresh_spec
from plugins.handler import Handler
from plugins.life import Life
from plugins.manifest import FILE, NotInstalled, PluginProblem, read_manifest
from plugins.outgoing import Outgoing
from plugins.plugin import Plugin
from plugins.tool import Tool

_serial = itertools.count(1)


def plugin_folders(folder: Path) -> list[Path]:
    """The folders inside that hold a `plugin.toml`, by name.

    Raises:
        PluginProblem: it is no folder, or cannot be read.

    """
    try:
        return _plugin_folders(folder)
    except OSError as error:
        raise PluginProblem(f"{folder}: cannot be read: {error}") from error


def _plugin_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PluginProblem(f"{folder}: there is no such folder of plugins")
    if (folder / FILE).is_file():
        raise PluginProblem(
            f"{folder}: is a plugin itself; name the folder above it, which holds plugin folders"
        )
    return sorted(path for path in folder.iterdir() if path.is_dir() and (path / FILE).is_file())


def load_plugin(folder: Path, *, within_s: float = WITHIN_S) -> Plugin:
    """The plugin in a folder, its module under a private name that no import can reach by chance.

    It is read anew each time, beside what was loaded from there before.

    Raises:
        NotInstalled: packages that it needs are not here.
        PluginProblem: the manifest is wrong, the module fails to import, does not come to its end
            within `within_s` seconds, or handles nothing.

    """
    manifest = read_manifest(folder)
    if lacking := missing(manifest.dependencies):
        raise NotInstalled(folder / FILE, manifest, lacking)
    module = _imported(folder, manifest.name, within_s)
    life = Life(manifest.name, folder, module.__name__)
    try:
        handlers, config = _handlers(folder, module), _config(folder, module)
        return Plugin(manifest, handlers, config, life, _checks(module), _tools(module))
    except PluginProblem:
        forget(module.__name__)
        raise


def _handlers(folder: Path, module: ModuleType) -> tuple[Handler, ...]:
    found = [value for value in vars(module).values() if isinstance(value, Handler)]
    if not (found or _checks(module) or _tools(module)):
        raise PluginProblem(
            f"{folder / '__init__.py'}: has no handler: decorate an async generator with "
            "@on_message() or @on_command(NAME)"
        )
    return tuple(dict.fromkeys(found))


def _checks(module: ModuleType) -> tuple[Outgoing, ...]:
    return tuple(value for value in vars(module).values() if isinstance(value, Outgoing))


def _tools(module: ModuleType) -> tuple[Tool, ...]:
    found = dict.fromkeys(value for value in vars(module).values() if isinstance(value, Tool))
    return tuple(found)


def _config(folder: Path, module: ModuleType) -> type[BaseModel] | None:
    found = getattr(module, "Config", None)
    if found is None or (isinstance(found, type) and issubclass(found, BaseModel)):
        return found
    raise PluginProblem(f"{folder / '__init__.py'}: Config is no pydantic model")


def _imported(folder: Path, name: str, within_s: float) -> ModuleType:
    file = folder / "__init__.py"
    if not file.is_file():
        raise PluginProblem(f"{file}: is missing")
    private = f"{PRIVATE}{next(_serial)}_{name.replace('-', '_')}"
    forget(private, folder)
    begin_afresh(folder)
    spec = fresh_spec(private, file, folder)
    if spec is None or spec.loader is None:
        raise PluginProblem(f"{file}: cannot be imported")
    module = module_from_spec(spec)
    sys.modules[private] = module
    load = spec.loader.exec_module
    _, error = carried_out(lambda: load(module), within_s)
    if error is not None:
        forget(private)
        raise PluginProblem(f"{file}: fails to import: {type(error).__name__}: {error}") from error
    return module
