"""`hongyan plugin explain|audit`: who answers what and why, and what was denied."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import DATA, JSON, POSTGRES, with_database
from hongyan.commands.plugin_rows import in_force
from hongyan.commands.slugs import check_slug

if TYPE_CHECKING:
    from connectors.recorded_event import RecordedEvent
    from schemas.event import Event

_PLUGINS = click.option(
    "--plugins",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of plugin folders; again. None: those of running workers, else of the settings.",
)


@click.command()
@click.argument("name", metavar="[EVENT|last]", required=False)
@click.option("--say", "text", help="Made-up words instead of an event.")
@click.option("--sender", default="小王", show_default=True, help="Who says them.")
@click.option("--chat", metavar="CHAT_ID", help="In this chat; default: the sender's own.")
@click.option("--group", metavar="TITLE", help="In this group.")
@click.option("--mention", is_flag=True, help="The account is called with @.")
@click.option("--account", default="default", show_default=True, help="To this account.")
@click.option("--channel", default="wechat", show_default=True, help="On this channel.")
@_PLUGINS
@POSTGRES
@DATA
@JSON
def explain(
    *, name: str | None, text: str | None, folders: tuple[Path, ...], as_json: bool, **given: Any
) -> None:
    """Tell of each handler whether it answers an event, and why not.

    说明每个处理函数是否响应某个事件，以及为什么。

    EVENT is the id of a recorded event or its beginning, `last` the newest one; its runs are told
    too. It is asked with the plugins, instances and roles as they are now, those that a running
    stack has switched or put in quarantine as it has them.

    \b
    Examples:
      hongyan plugin explain last
      hongyan plugin explain 0f3a --plugins my-plugins
      hongyan plugin explain --say "/weather 北京" --plugins my-plugins
      hongyan plugin explain --say "/admin" --chat 0f3a9c11b2 --json
    """
    from hongyan import explain_lines
    from plugins.explaining import explained
    from plugins.library import Library

    if (name is None) == (text is None):
        raise click.UsageError("give an event, or words with --say")
    recorded = None if name is None else _recorded(name, given)
    event: Event = recorded.event if recorded is not None else _made_up(str(text), given)
    now = in_force(given, named=recorded is not None)
    loaded = Library(folders or now.folders or _folders()).read(now.controls)
    verdicts = explained(loaded.instances, event, loaded.off, now.held)
    runs = recorded.runs if recorded is not None else ()
    for problem in loaded.problems:
        click.secho(str(problem), fg="red", err=True)
    if as_json:
        told = {
            "event_id": event.event_id,
            "handlers": [explain_lines.as_object(one) for one in verdicts],
            "runs": [explain_lines.run_object(run) for run in runs],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in explain_lines.lines(verdicts, runs):
        click.echo(line)


@click.command()
@click.option("--since", default="7d", show_default=True, help="A time, or so long ago.")
@POSTGRES
@DATA
@JSON
def audit(*, since: str, as_json: bool, **given: Any) -> None:
    """List what plugins tried and their owner has not granted.

    列出插件尝试过、但未获授权的操作。

    \b
    Examples:
      hongyan plugin audit
      hongyan plugin audit --since 2026-11-25T08:00 --json
    """
    from connectors.recorded_event import RecordedEvents
    from hongyan import explain_lines
    from hongyan.replaying import moment
    from hongyan.wording import sentence

    now = datetime.now(UTC)
    start = moment(since, now) or now
    runs = with_database(given, lambda engine: RecordedEvents(engine).denied(start))
    if as_json:
        click.echo(json.dumps(explain_lines.denied_objects(runs), ensure_ascii=False))
        return
    for line in explain_lines.denied_lines(runs):
        click.echo(line)
    if not runs:
        click.echo(sentence("nothing_denied", since=since))


def _recorded(name: str, given: dict[str, Any]) -> "RecordedEvent":
    from connectors.recorded_event import RecordedEvents
    from hongyan.cli import fail
    from hongyan.wording import sentences

    found = with_database(given, lambda engine: RecordedEvents(engine).find(name))
    if found is None:
        fail(sentences("no_story", name=name))
    return found


def _folders() -> tuple[Path, ...]:
    from connectors.settings import WorkerSettings

    return WorkerSettings().plugin_folders


def _made_up(text: str, given: dict[str, Any]) -> "Event":
    from schemas.content import Mentions, Text
    from schemas.event import Chat, MessageReceived, Sender

    check_slug(given["account"], "account")
    check_slug(given["channel"], "channel")
    sender, group = given["sender"], given["group"]
    title = group or sender
    return MessageReceived(
        event_id="made-up",
        channel=given["channel"],
        account=given["account"],
        observed_at=datetime.now(UTC),
        chat=Chat(
            chat_id=given["chat"] or title, title=title, kind="group" if group else "private"
        ),
        sender=Sender(name=sender),
        content=Text(text=text),
        mentions=Mentions(me=given["mention"]),
    )
