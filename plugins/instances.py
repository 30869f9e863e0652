"""Instances of plugins as their owner wrote them in `instances.toml`. Pure but for its reading."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, PrivateAttr, TypeAdapter, ValidationError

from plugins.author_code import carried_out
from plugins.grants import Grants
from plugins.limits import USUAL, InstanceLimits
from plugins.manifest import FILE as MANIFEST
from plugins.manifest import PluginProblem
from plugins.plugin import Instance, Plugin
from plugins.scope import Scope
from schemas.model import Slug

FILE: Final = "instances.toml"

_NAME: Final = TypeAdapter(Slug)
_BUNDLED: Final = Path(__file__).parent


class Declared(Scope):
    """One table of the file: a plugin under a name of its own, where, and how it is set up."""

    plugin: Slug | None = Field(default=None, description="the table's own name where absent")
    enabled: bool = True
    priority: int | None = Field(default=None, description="instead of the plugin's own")
    config: dict[str, Any] = Field(default_factory=dict)
    grants: Grants = Field(default=Grants(), description="what it may do beyond its own chat")
    permission: Slug | None = Field(default=None, description="the role that its users need")
    limits: InstanceLimits = Field(default=USUAL, description="how much it may do and fail")
    _folder: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Note where the file lies."""
        if context is not None:
            self._folder = context["folder"]

    @property
    def folder(self) -> Path | None:
        """Where the file lies that declares it; files that its configuration names lie there."""
        return self._folder


class InstanceProblem(PluginProblem):
    """An instance cannot be as it is declared."""

    def __init__(self, message: str, instance: str) -> None:
        """`instance` is its name."""
        super().__init__(message)
        self.instance = instance


def read_declared(file: Path) -> tuple[dict[str, Declared], list[InstanceProblem]]:
    """The tables of a file, by instance, and what is wrong with others; nothing where there is no
    file. A table with a mistake is an instance that is not enabled: nobody knows where its plugin
    was meant to run, so it does not run everywhere.

    Raises:
        PluginProblem: it cannot be read or is no TOML, or a mistake hides whose table it is.

    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        raise PluginProblem(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginProblem(f"{file}: is no TOML: {error}") from error
    declared, problems = {}, []
    for name, table in tables.items():
        try:
            context = {"folder": file.parent}
            declared[_NAME.validate_python(name)] = Declared.model_validate(table, context=context)
        except ValidationError as error:
            problem = InstanceProblem(_sentence(f"{file}: {name}", error), name)
            plugin = _whose(file.parent, name, table)
            if plugin is None:
                raise problem from error
            problems.append(problem)
            declared[name] = Declared(plugin=plugin, enabled=False)
    return declared, problems


def _whose(folder: Path, name: str, table: object) -> str | None:
    """The plugin that a table with a mistake is for; None: that cannot be told."""
    if isinstance(table, dict) and "plugin" in table:
        try:
            return _NAME.validate_python(table["plugin"])
        except ValidationError:
            return None
    known = any((home / name / MANIFEST).is_file() for home in (folder, _BUNDLED))
    return name if known else None


def instance_of(name: str, plugin: Plugin, declared: Declared) -> Instance:
    """A plugin set up as declared.

    Raises:
        InstanceProblem: its `Config` does not accept the configuration.

    """
    config: Any = declared.config
    if plugin.config is None:
        if config:
            raise InstanceProblem(
                f"{name}: {plugin.manifest.name} has no Config: {sorted(config)}", name
            )
    else:
        validate = plugin.config.model_validate
        context = {"folder": declared.folder or plugin.folder}
        config, error = carried_out(lambda: validate(declared.config, context=context))
        if error is not None:
            raise InstanceProblem(_wrong(f"{name}: config", error), name) from error
    scope = Scope(**{field: getattr(declared, field) for field in Scope.model_fields})
    own, grants, permission = declared.priority, declared.grants, declared.permission
    return Instance(name, plugin, scope, config, own, grants, permission, limits=declared.limits)


def instances(
    plugins: Mapping[str, Plugin], declared: Mapping[str, Declared]
) -> tuple[list[Instance], list[PluginProblem]]:
    """The instances that run. A plugin that nothing is declared for runs once, everywhere, under
    its own name, unless its manifest says `default = "off"`; one that is, as declared alone. What
    cannot run is a problem, and stops no other.
    """
    wanted = dict(declared)
    used = {one.plugin or name for name, one in declared.items()}
    wanted |= {
        name: Declared()
        for name, plugin in plugins.items()
        if plugin.manifest.default == "on" and name not in used and name not in wanted
    }
    found: list[Instance] = []
    problems: list[PluginProblem] = []
    for name, one in wanted.items():
        plugin = plugins.get(one.plugin or name)
        if plugin is None:
            problems.append(PluginProblem(f"{FILE}: {name}: no plugin {one.plugin or name!r}"))
            continue
        if not one.enabled:
            continue
        try:
            found.append(instance_of(name, plugin, one))
        except InstanceProblem as problem:
            problems.append(problem)
    return found, problems


def _wrong(where: str, error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return _sentence(where, error)
    return f"{where}: {type(error).__name__}: {error}"


def _sentence(where: str, error: ValidationError) -> str:
    told = error.errors(include_url=False, include_input=False)
    return "; ".join(
        f"{where}: {'.'.join(str(part) for part in one['loc']) or 'it'}: {one['msg']}"
        for one in told
    )
