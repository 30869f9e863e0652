"""`hongyan why`: what became of an event, an action or a trace."""

import json
from typing import Any

import click

from hongyan.commands.places import DATA, JSON, POSTGRES, with_database


@click.command()
@click.argument("name", metavar="EVENT|ACTION|TRACE|last")
@POSTGRES
@DATA
@JSON
def why(*, name: str, as_json: bool, **given: Any) -> None:
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
    from connectors.story import Stories
    from hongyan.cli import fail
    from hongyan.story_lines import as_object, lines
    from hongyan.wording import sentences

    found = with_database(given, lambda engine: Stories(engine).find(name))
    if not found:
        fail(sentences("no_story", name=name))
    if as_json:
        click.echo(json.dumps([as_object(story) for story in found], ensure_ascii=False))
        return
    for number, story in enumerate(found):
        click.echo("\n".join(["", *lines(story)] if number else lines(story)))
