"""`hongyan doctor`: what this machine lacks, and how to get it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hongyan.machine import Finding


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="The folder `hongyan up` would use.",
)
@click.option(
    "--phone",
    "serial",
    is_flag=False,
    flag_value="",
    metavar="[SERIAL]",
    help="Look at the attached phone instead; the serial where there are several.",
)
@click.option("--adb", metavar="HOST:PORT", help="The adb server; default: HONGYAN_ADB.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(*, data: Path, serial: str | None, adb: str | None, as_json: bool) -> None:
    """Say what is missing on this machine, or on a phone, and how to get it.

    检查本机或手机缺少什么，以及如何解决。

    Exit 1 when something is missing that `hongyan up`, or the agent, cannot do without.

    \b
    Examples:
      hongyan doctor
      hongyan doctor --phone
      hongyan doctor --phone R58M12 --adb 127.0.0.1:5037
      hongyan doctor --json | jq '.findings[] | select(.ok | not)'
    """
    from hongyan.wording import sentence

    findings = _of_machine(data) if serial is None else _of_phone(adb, serial or None)
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    if as_json:
        objects = [finding.as_object() for finding in findings]
        click.echo(json.dumps({"ok": not missing, "findings": objects}, ensure_ascii=False))
        sys.exit(1 if missing else 0)
    for finding in findings:
        mark, colour = (
            ("✓", "green") if finding.ok else ("✗", "red") if finding.needed else ("–", None)
        )
        click.echo(f"{click.style(mark, fg=colour)} {finding.name:<20} {finding.found}")
        if not finding.ok:
            for number, line in enumerate(finding.remedy.splitlines()):
                click.secho(f"  {'':<20} {'→' if number == 0 else ' '} {line}", fg="yellow")
    click.echo()
    if missing:
        click.secho(sentence("unhealthy", names=", ".join(missing)), fg="red")
        sys.exit(1)
    click.secho(sentence("healthy"), fg="green")


def _of_machine(data: Path) -> "list[Finding]":
    from hongyan.machine import examine

    return examine(data)


def _of_phone(adb: str | None, serial: str | None) -> "list[Finding]":
    from connectors.settings import AgentSettings
    from hongyan.phone_check import examine_phone

    settings = AgentSettings()
    return examine_phone(adb or settings.adb, serial or settings.serial, settings.layouts)
