"""Rows of `hongyan plugin list`: what running workers report of their plugins."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hongyan.commands.plugin_quality import quality_line

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from connectors.plugin_controls import PluginControls, Report

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
    from connectors.database import open_engine
    from hongyan.running_stack import database_of
    from schemas.failure import Retryable

    data: Path = given["data"]
    if given["postgres"] is None and not (data / "ready.json").is_file():
        return None

    async def ask() -> "list[Report]":
        engine = open_engine(database_of(given["postgres"], data), size=1, limit=5)
        try:
            return fresh(await controls_of(engine).reports())
        finally:
            await engine.dispose()

    try:
        return asyncio.run(ask())
    except Retryable:
        return None


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
