"""What a worker tells of its plugins: which instances run, how they are set up, what is wrong."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from plugins.description import about, described
from plugins.plugin import Instance, Plugin
from streams.roster import Roster


def report(roster: Roster, held: Mapping[str, str], folders: Iterable[Path] = ()) -> dict[str, Any]:
    """As JSON holds it; secrets of a configuration are starred. `folders`: the owner's, of plugin
    folders.
    """
    loaded = roster.loaded
    on = [_row(one.name, one.plugin, held.get(one.name)) | _set_up(one) for one in roster.instances]
    off = [_row(name, plugin, None) | {"state": "off"} for name, plugin in loaded.off.items()]
    idle = [_row(name, one, None) | {"state": "undeclared"} for name, one in loaded.idle.items()]
    return {
        "generation": roster.number,
        "folders": [str(folder.resolve()) for folder in folders],
        "instances": [*on, *off, *idle],
        "problems": [str(problem) for problem in loaded.problems],
    }


def _row(name: str, plugin: Plugin, held: str | None) -> dict[str, Any]:
    manifest = plugin.manifest
    return {
        "name": name,
        "plugin": manifest.name,
        "version": manifest.version,
        "description": manifest.description,
        "state": "on" if held is None else "quarantined",
        "why": held,
        "quality": manifest.model_dump(mode="json")["quality"],
        "answers": [{"to": described(one), "about": about(one)} for one in plugin.handlers],
    }


def _set_up(instance: Instance) -> dict[str, Any]:
    return {
        "config": _values(instance.config),
        "priority": instance.priority,
        "scope": instance.scope.model_dump(mode="json", exclude_defaults=True),
        "limits": instance.limits.model_dump(mode="json", exclude_none=True),
    }


def _values(config: Any) -> dict[str, Any] | None:
    if not isinstance(config, BaseModel):
        return None
    try:
        return config.model_dump(mode="json")
    except (PydanticSerializationError, TypeError, ValueError) as error:
        return {"": f"cannot be shown: {error}"}
