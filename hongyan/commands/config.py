"""`hongyan config`: the settings as a process would read them, secrets starred."""

import json
from typing import Any

import click

_PROCESSES = ("agent", "worker", "relay", "api")


@click.command()
@click.argument("process", required=False, type=click.Choice(_PROCESSES))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def config(*, process: str | None, as_json: bool) -> None:
    """Show the settings of PROCESS (default: of all), secrets starred.

    查看进程的设置，密钥以星号代替。

    Sources, the earlier wins: HONGYAN_* environment, secret files, hongyan.toml.

    \b
    Examples:
      hongyan config agent
      HONGYAN_KAFKA=kafka:9092 hongyan config worker --json
    """
    from connectors.settings import (
        AgentSettings,
        ApiSettings,
        CommonSettings,
        RelaySettings,
        WorkerSettings,
        redacted,
    )

    models: dict[str, type[CommonSettings]] = {
        "agent": AgentSettings,
        "worker": WorkerSettings,
        "relay": RelaySettings,
        "api": ApiSettings,
    }
    names = (process,) if process else _PROCESSES
    shown = {name: redacted(models[name]()) for name in names}
    if as_json:
        click.echo(json.dumps(shown[process] if process else shown, ensure_ascii=False, indent=1))
        return
    for index, name in enumerate(names):
        if process is None:
            click.secho(f"{'' if index == 0 else chr(10)}[{name}]", bold=True)
        _print(shown[name], models[name].model_fields)


def _print(values: dict[str, object], fields: dict[str, Any]) -> None:
    for name, value in values.items():
        about = fields[name].description or ""
        text = "" if value is None else json.dumps(value, ensure_ascii=False)
        click.echo(f"HONGYAN_{name.upper():<18} = {text:<24} {click.style('# ' + about, dim=True)}")
