"""`hongyan why`: what became of an event, an action or a trace."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from connectors.story import Story


@click.command()
@click.argument("name", metavar="EVENT|ACTION|TRACE|last")
@click.option("--postgres", metavar="DSN", help="The database.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the running `hongyan up`; without one: HONGYAN_* and hongyan.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON.")
def why(*, name: str, postgres: str | None, data: Path, as_json: bool) -> None:
    """Tell what became of one event, action or trace, on one time line.

    在一条时间线上说明一个事件、动作或追踪的经过。

    The beginning of an id will do; `last` is the newest event. Seen, produced, run, failed,
    parked, dead, sent back, asked for, and each state of the send.

    \b
    Examples:
      hongyan why last
      hongyan why 0f3a
      hongyan why 0f3a9c11-…/0
      hongyan why 4bf92f3577b34da6a3ce929d0e0e4736 --json
    """
    from hongyan.cli import fail
    from hongyan.running_stack import database_of
    from hongyan.story_lines import as_object, lines
    from hongyan.wording import sentences

    found = asyncio.run(_find(database_of(postgres, data), name))
    if not found:
        fail(sentences("no_story", name=name))
    if as_json:
        click.echo(json.dumps([as_object(story) for story in found], ensure_ascii=False))
        return
    for number, story in enumerate(found):
        click.echo("\n".join(["", *lines(story)] if number else lines(story)))


async def _find(dsn: str, name: str) -> "list[Story]":
    from connectors.database import migrate_patiently, open_engine
    from connectors.story import Stories

    await migrate_patiently(dsn)
    engine = open_engine(dsn, size=1)
    try:
        return await Stories(engine).find(name)
    finally:
        await engine.dispose()
