"""What plugins' authors vouch for, checked and in lines for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugins.library import Loaded


def quality_problems(loaded: "Loaded") -> list[str]:
    """What is said to be done and is not, of each plugin."""
    from plugins.unkept import unkept

    plugins = {one.plugin.manifest.name: one.plugin for one in loaded.instances}
    return [line for plugin in (plugins | dict(loaded.plugins)).values() for line in unkept(plugin)]


def quality_line(quality: Mapping[str, Any]) -> str:
    """`quality: tests, page; exempt: config (it has none)`."""
    done = ", ".join(point for point, claim in quality.items() if claim == "done")
    exempt = ", ".join(
        f"{point} ({claim['exempt']})" for point, claim in quality.items() if claim != "done"
    )
    return f"quality: {done or '–'}" + (f"; exempt: {exempt}" if exempt else "")


def quality_lines(quality: Mapping[str, Any]) -> list[str]:
    """A table in Markdown of all points; none where nothing is claimed."""
    from plugins.quality import MEANINGS

    if not quality:
        return []
    lines = ["", "| quality | |", "|---|---|"]
    for point, meaning in MEANINGS.items():
        claim = quality.get(point, "not claimed")
        told = claim if isinstance(claim, str) else f"exempt: {claim['exempt']}"
        lines.append(f"| {meaning} | {told} |")
    return lines
