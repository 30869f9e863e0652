"""`hongyan schemas`: publish the formats, or check that they are fresh."""

import json
from pathlib import Path

import click

_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where they stand; default: beside the models.",
)


@click.group()
def schemas() -> None:
    """JSON Schema and AsyncAPI of everything that travels.

    所有记录的 JSON Schema 与 AsyncAPI。

    \b
    Examples:
      hongyan schemas export --folder /tmp/formats
      hongyan schemas check
    """


@schemas.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="The files written, as JSON.")
def export(*, folder: Path | None, as_json: bool) -> None:
    """Write the formats.

    导出数据格式。

    \b
    Example:
      hongyan schemas export --folder /tmp/formats
    """
    from hongyan.wording import sentence
    from schemas.export import FOLDER, write

    place = folder or FOLDER
    names = write(place)
    if as_json:
        click.echo(json.dumps(names))
    else:
        click.echo(sentence("schemas_written", count=len(names), folder=place))


@schemas.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="The stale files, as JSON.")
def check(*, folder: Path | None, as_json: bool) -> None:
    """Exit 1 when the files no longer say what the models say.

    检查数据格式文件是否过期。

    \b
    Example:
      hongyan schemas check
    """
    from hongyan.cli import fail
    from hongyan.wording import sentence, sentences
    from schemas.export import FOLDER, stale

    names = stale(folder or FOLDER)
    if as_json:
        click.echo(json.dumps(names))
    if names:
        fail(sentences("schemas_stale", names=", ".join(names)))
    if not as_json:
        click.echo(sentence("schemas_fresh"))
