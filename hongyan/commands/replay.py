"""`hongyan replay`: run recorded events again, without sending anything."""

import asyncio
import json
from bdb import BdbQuit
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import DATA, POSTGRES

if TYPE_CHECKING:
    from hongyan.replaying import Asked, Outcome
    from streams.replay import Replayed

_SELECTION = (
    click.option("--event", metavar="ID", help="The beginning of an event's id."),
    click.option("--trace", metavar="ID", help="The beginning of a trace's id."),
    click.option("--chat", metavar="TITLE|ID", help="This chat alone."),
    click.option("--from", "since", metavar="TIME", help="2026-11-25T08:00, or 2h: so long ago."),
    click.option("--to", "until", metavar="TIME", help="Up to then."),
    click.option("--offsets", metavar="PARTITION:FIRST-LAST", help="Records of bot.inbound."),
    click.option("--last", default=100, show_default=True, help="At most so many, the newest."),
    click.option(
        "--plugin",
        metavar="NAME[@PATH|@GITREF]",
        help="This plugin's runs, with the code in a folder, or as it was at a commit.",
    ),
    click.option(
        "--plugins", "folders", multiple=True, type=click.Path(path_type=Path),
        help="A folder of plugin folders, beside the bundled ones.",
    ),
    click.option("--kafka", metavar="HOST:PORT", help="The broker: audit, --offsets, --session."),
    click.option("--by", envvar="USER", default="unknown", help="Who; default: $USER."),
    click.option("--reason", help="Why, for those who read the audit."),
    POSTGRES,
    DATA,
)  # fmt: skip
_FORMAT = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "junit"]),
    default="table",
    show_default=True,
)
_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


def _selecting(command: Any) -> Any:  # click's own decorators have no narrower type
    for option in reversed(_SELECTION):
        command = option(command)
    return command


@click.group()
def replay() -> None:
    """Run recorded events again: same inputs, same answers, same clock; nothing is sent.

    用录制的输入重放事件：相同的时间与外部应答，不发送任何消息。

    \b
    Examples:
      hongyan replay run --event 0f3a --pdb
      hongyan replay run --chat 小王 --from 2h --plugin weather@plugins/weather
      hongyan replay ci --last 100 --plugin weather@HEAD~1
    """


@replay.command("run")
@_selecting
@click.option(
    "--calls",
    type=click.Choice(["recorded", "stub", "live-readonly"]),
    default="recorded",
    show_default=True,
    help="What the recording does not hold: stop there, answer by a stub, or send GET requests.",
)
@click.option(
    "--stubs",
    type=_FILE,
    help='JSON: {"GET http://…": {…}, "call name": …}; else {} for HTTP, null for calls.',
)
@click.option("--state", type=click.Choice(["at", "empty"]), default="at", show_default=True)
@click.option(
    "--break",
    "breaks",
    multiple=True,
    metavar="FILE:LINE|HANDLER",
    help="Open the debugger there; more than one may be given.",
)
@click.option("--pdb", "post_mortem", is_flag=True, help="Open the debugger where a run raises.")
@click.option("--debugpy", metavar="PORT", type=int, help="Wait for a debugger on this port first.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Keep the outcome.")
@click.option(
    "--session", metavar="NAME", help="Write the answers to bot.replay.NAME.outbox.v1, for a day."
)
@_FORMAT
def run_again(
    *, debugpy: int | None, save: Path | None, session: str | None, shape: str, **options: Any
) -> None:
    """Run them again and compare with what was recorded; exit 1 if anything changed.

    重放并与录制结果比较；有变化时退出码为 1。

    \b
    Examples:
      hongyan replay run --event 0f3a9c --break weather.answer
      hongyan replay run --chat 小王 --plugin assistant@../assistant --save before.json
      hongyan replay run --offsets 3:1200-1250 --calls stub --session monday
      hongyan replay run --last 20 --format json | jq '.[] | select(.verdict != "same")'
    """
    from hongyan.replaying import saved, write_session

    asked = _asked(options)
    session = _slug(session) if session is not None else None
    if debugpy is not None:
        _wait_for_debugger(debugpy)
    outcome = _replayed(asked, session)
    if save is not None:
        save.write_text(saved(outcome), encoding="utf-8")
    if session is not None:
        topic, count = asyncio.run(write_session(asked, session, outcome))
        click.echo(f"{topic}: {count}", err=True)
    _show(outcome.runs, shape)


@replay.command()
@_selecting
@_FORMAT
def ci(*, shape: str, **options: Any) -> None:
    """Run the last runs again, for a build: exit 1 if any answer changed.

    供持续集成使用：任何回复有变化则退出码为 1。

    \b
    Examples:
      hongyan replay ci --last 100 --plugin weather
      hongyan replay ci --plugin weather@plugins/weather --format junit > replay.xml
    """
    _show(_replayed(_asked(options)).runs, shape)


@replay.command()
@click.argument("first", type=_FILE)
@click.argument("second", metavar="SECOND|recorded", type=click.Path(path_type=Path))
@_FORMAT
def diff(*, first: Path, second: Path, shape: str) -> None:
    """Compare two saved outcomes, or one with its recording; exit 1 if they differ.

    比较两次保存的重放结果，或与录制结果（recorded）比较。

    \b
    Examples:
      hongyan replay diff before.json after.json
      hongyan replay diff after.json recorded --format json
    """
    from hongyan.replay_lines import against_recorded, compared
    from hongyan.replaying import read_saved

    if str(second) == "recorded":
        _show(against_recorded(read_saved(first)), shape)
    elif not second.is_file():
        raise click.BadParameter(f"{second} is no file, nor 'recorded'", param_hint="SECOND")
    else:
        _show(compared(read_saved(first), read_saved(second)), shape)


@replay.command()
@click.argument("saved", type=_FILE)
@click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("tests/replays")
)
@click.option(
    "--plugins", "folders", multiple=True, type=click.Path(path_type=Path),
    help="The folder of plugin folders that the cases load, beside the bundled ones.",
)  # fmt: skip
def export(*, saved: Path, folder: Path, folders: tuple[Path, ...]) -> None:
    """Write a saved outcome as pytest cases: each run must answer as it does there.

    把保存的重放结果导出为 pytest 用例。

    \b
    Examples:
      hongyan replay export fixed.json
      hongyan replay export fixed.json tests/replays --plugins plugins
    """
    from hongyan.replaying import cases, read_saved
    from hongyan.wording import sentence

    count = cases(read_saved(saved), folder, folders)
    click.echo(sentence("cases_written", count=count, folder=folder))


def _asked(options: dict[str, Any]) -> "Asked":
    from connectors.recordings import Selection
    from hongyan.replaying import Asked, moment, read_stubs

    plugin, now = options["plugin"], datetime.now(UTC)
    selection = Selection(
        event=options["event"],
        trace=options["trace"],
        chat=options["chat"],
        plugin=plugin.partition("@")[0] if plugin else None,
        since=moment(options["since"], now),
        until=moment(options["until"], now),
        last=options["last"],
    )
    return Asked(
        selection,
        options["offsets"],
        plugin,
        options["folders"],
        options["kafka"],
        options["postgres"],
        options["data"],
        calls=options.get("calls", "recorded"),
        stubs=read_stubs(options.get("stubs")),
        empty_state=options.get("state") == "empty",
        breaks=options.get("breaks", ()),
        post_mortem=options.get("post_mortem", False),
        by=options["by"],
        reason=options["reason"],
    )


def _replayed(asked: "Asked", session: str | None = None) -> "Outcome":
    from hongyan.replaying import audited
    from hongyan.replaying import run_again as again

    async def all_of_it() -> "Outcome":
        outcome = await again(asked)
        await audited(asked, outcome, session)
        return outcome

    try:
        return asyncio.run(all_of_it())
    except BdbQuit as quitted:
        raise click.Abort from quitted


def _slug(session: str) -> str:
    from schemas.sandbox import session_topics

    try:
        session_topics(session)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--session") from error
    return session


def _show(outcome: "Sequence[Replayed]", shape: str) -> None:
    import sys

    from hongyan import replay_lines
    from hongyan.cli import fail
    from hongyan.replaying import as_object
    from hongyan.wording import sentences

    if not outcome:
        fail(sentences("nothing_recorded"))
    if shape == "json":
        click.echo(json.dumps([as_object(one) for one in outcome], ensure_ascii=False))
    elif shape == "junit":
        click.echo(replay_lines.junit(outcome))
    else:
        click.echo("\n".join(replay_lines.lines(outcome)))
    sys.exit(0 if all(one.as_before for one in outcome) else 1)


def _wait_for_debugger(port: int) -> None:
    from hongyan.cli import fail
    from hongyan.wording import sentences

    try:
        import debugpy  # noqa: T100  # the author's own; --debugpy
    except ModuleNotFoundError:
        fail(sentences("no_debugpy"))
    debugpy.listen(("127.0.0.1", port))  # noqa: T100  # as above
    click.echo(f"debugpy: 127.0.0.1:{port}", err=True)
    debugpy.wait_for_client()  # noqa: T100  # as above
