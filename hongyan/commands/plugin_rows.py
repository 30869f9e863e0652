"""What running workers report of their plugins, and rows of `hongyan plugin list`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from hongyan.commands.plugin_quality import quality_line

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from connectors.plugin_controls import ControlRow, PluginControls, Report
    from plugins.control import Control

T = TypeVar("T")
FRESH_S: Final = 35.0
"""A worker that reported longer ago than this is gone."""
_MARKS: Final = {
    "on": ("●", "green"),
    "off": ("○", "white"),
    "undeclared": ("○", "white"),
    "quarantined": ("⚠", "yellow"),
}
STATES: Final = {
    "off": "off 已停用",
    "undeclared": "runs where instances.toml declares it 在 instances.toml 中声明后运行",
    "quarantined": "in quarantine 已隔离",
}


def controls_of(engine: "AsyncEngine") -> "PluginControls":
    """Those of the topics' prefix."""
    from connectors.plugin_controls import PluginControls
    from connectors.settings import CommonSettings

    return PluginControls(engine, CommonSettings().topic_prefix)


def fresh(reports: "Sequence[Report]") -> "list[Report]":
    """Those of workers that run."""
    return [report for report in reports if report.seconds_old < FRESH_S]


def running(given: dict[str, Any]) -> "list[Report] | None":
    """What running workers report; None: no stack is named, or none can be asked."""

    async def reports(controls: "PluginControls") -> "list[Report]":
        return fresh(await controls.reports())

    return _asked(given, reports)


def _asked(
    given: dict[str, Any], ask: "Callable[[PluginControls], Awaitable[T]]", *, named: bool = False
) -> T | None:
    """What a stack says that is running, or `named`; None: there is none, or it cannot be asked."""
    from connectors.database import open_engine
    from hongyan.running_stack import database_of
    from schemas.failure import Retryable

    data: Path = given["data"]
    if not named and given["postgres"] is None and not (data / "ready.json").is_file():
        return None

    async def asked() -> T:
        engine = open_engine(database_of(given["postgres"], data), size=1, limit=5)
        try:
            return await ask(controls_of(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(asked())
    except Retryable:
        return None


@dataclass(frozen=True)
class InForce:
    """What owners say of instances while they run, which are in quarantine and why, and the folders
    in which workers find plugins.
    """

    controls: "Mapping[str, Control]" = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()


def in_force(given: dict[str, Any], *, named: bool) -> InForce:
    """As the database has it; nothing where no stack is running there and none is `named`, or it
    cannot be asked.
    """

    async def ask(controls: "PluginControls") -> InForce:
        return _in_force(await controls.read(), fresh(await controls.reports()))

    return _asked(given, ask, named=named) or InForce()


def _in_force(rows: "Sequence[ControlRow]", reports: "Sequence[Report]") -> InForce:
    from plugins.control import Control

    said = {one.instance: Control(enabled=one.enabled, config=one.config) for one in rows}
    held = {one.instance: one.quarantined_for or "" for one in rows if one.quarantined_at}
    named = dict.fromkeys(one for report in reports for one in report.body.get("folders", ()))
    return InForce(
        {name: one for name, one in said.items() if one.enabled is not None or one.config},
        held,
        # Another machine's may not lie here.
        tuple(folder for folder in map(Path, named) if folder.is_dir()),
    )


def known_to(reports: "Sequence[Report]") -> dict[str, dict[str, Any]]:
    """The rows of all instances, by name; of several workers' the first stands."""
    found: dict[str, dict[str, Any]] = {}
    for report in reports:
        for row in report.body["instances"]:
            found.setdefault(row["name"], row)
    return found


def live_rows(reports: "Sequence[Report]") -> list[dict[str, Any]]:
    """The rows, each with the workers that have it; one that a worker has otherwise says so."""
    rows = known_to(reports)
    for name, row in rows.items():
        row["workers"] = {
            report.worker: f"{one['version']} {one['state']}"
            for report in reports
            for one in report.body["instances"]
            if one["name"] == name
        }
    return list(rows.values())


def problems_of(reports: "Iterable[Report]") -> list[str]:
    """What could not be loaded, each once."""
    return list(dict.fromkeys(one for report in reports for one in report.body["problems"]))


def show_row(row: dict[str, Any]) -> None:
    """An instance for people."""
    state = row.get("state")
    mark, color = _MARKS.get(state or "", ("", "white"))
    click.secho(f"{mark} " if mark else "", fg=color, nl=False)
    click.secho(f"{row['name']} {row['version']}", bold=True, nl=False)
    click.echo(f"  {row['description']}")
    if state in STATES:
        why = f": {row['why']}" if row.get("why") else ""
        click.secho(f"    {STATES[state]}{why}", fg=color)
    for one in row["answers"]:
        click.echo(f"    {one['to']}" + (f"   {one['about']}" if one["about"] else ""))
    workers = row.get("workers", {})
    if len(set(workers.values())) > 1:
        click.echo("    " + ", ".join(f"{name}: {told}" for name, told in workers.items()))
    if row.get("quality"):
        click.echo(f"    {quality_line(row['quality'])}")
    for line in row.get("unmet", ()):
        click.secho(f"    {line}", fg="yellow", err=True)
