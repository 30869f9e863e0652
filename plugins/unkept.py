"""Whether what a plugin's author vouches for can be seen to be so."""

from collections.abc import Callable
from typing import Final

from plugins.description import about
from plugins.plugin import Plugin
from plugins.quality import MEANINGS


def unkept(plugin: Plugin) -> list[str]:
    """What is said to be done and can be seen not to be; the rest is taken at its word."""
    name = plugin.manifest.name
    return [
        f"{name}: quality: {point} is not done: {MEANINGS[point]}"
        for point, claim in plugin.manifest.quality.items()
        if claim == "done" and not _SEEN.get(point, _taken_at_its_word)(plugin)
    ]


def _taken_at_its_word(_plugin: Plugin) -> bool:
    return True


def _has(pattern: str) -> Callable[[Plugin], bool]:
    def look(plugin: Plugin) -> bool:
        folder = plugin.folder
        return folder is None or any(folder.glob(pattern))

    return look


def _helps(plugin: Plugin) -> bool:
    return all(about(handler) for handler in plugin.handlers)


def _explains(plugin: Plugin) -> bool:
    fields = plugin.config.model_fields.values() if plugin.config is not None else ()
    return all(field.description for field in fields)


_SEEN: Final[dict[str, Callable[[Plugin], bool]]] = {
    "tests": _has("tests/**/test_*.py"),
    "page": _has("README.md"),
    "page-zh": _has("README.zh-CN.md"),
    "help": _helps,
    "config": _explains,
}
