"""`hongyan doctor`: what this machine lacks, and how to get it."""

import json
import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="The folder `hongyan up` would use.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(*, data: Path, as_json: bool) -> None:
    """Say what is missing on this machine, and how to get it.

    检查本机缺少什么，以及如何安装。

    Exit 1 when something is missing that `hongyan up` cannot do without.

    \b
    Examples:
      hongyan doctor
      hongyan doctor --json | jq '.findings[] | select(.ok | not)'
    """
    from hongyan.machine import examine
    from hongyan.wording import sentence

    findings = examine(data)
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
            click.secho(f"  {'':<20} → {finding.remedy}", fg="yellow")
    click.echo()
    if missing:
        click.secho(sentence("unhealthy", names=", ".join(missing)), fg="red")
        sys.exit(1)
    click.secho(sentence("healthy"), fg="green")
