"""`hongyan replay`: run recorded events again, without sending anything."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from connectors.recordings import Recording, Selection
    from plugins.plugin import Instance
    from streams.replay import Replayed

_SELECTION = (
    click.option("--event", metavar="ID", help="The beginning of an event's id."),
    click.option("--trace", metavar="ID", help="The beginning of a trace's id."),
    click.option("--chat", metavar="TITLE|ID", help="This chat alone."),
    click.option("--from", "since", metavar="TIME", help="2026-11-25T08:00, or 2h: so long ago."),
    click.option("--to", "until", metavar="TIME", help="Up to then."),
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
    click.option("--postgres", metavar="DSN", help="The database."),
    click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("data"),
        show_default=True,
        help="Folder of the running `hongyan up`; without one: HONGYAN_* and hongyan.toml.",
    ),
)  # fmt: skip
_FORMAT = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "junit"]),
    default="table",
    show_default=True,
)


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
    type=click.Choice(["recorded", "live-readonly"]),
    default="recorded",
    show_default=True,
    help="Answer calls from the journal alone, or send GET requests that it does not hold.",
)
@click.option("--state", type=click.Choice(["at", "empty"]), default="at", show_default=True)
@click.option("--pdb", "debug", is_flag=True, help="Open the debugger where a run raises.")
@click.option("--debugpy", metavar="PORT", type=int, help="Wait for a debugger on this port first.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Keep the outcome.")
@_FORMAT
def run_again(*, debugpy: int | None, save: Path | None, shape: str, **options: Any) -> None:
    """Run them again and compare with what was recorded; exit 1 if anything changed.

    重放并与录制结果比较；有变化时退出码为 1。

    \b
    Examples:
      hongyan replay run --event 0f3a9c
      hongyan replay run --chat 小王 --plugin assistant@../assistant --save before.json
      hongyan replay run --last 20 --format json | jq '.[] | select(.verdict != "same")'
    """
    if debugpy is not None:
        _wait_for_debugger(debugpy)
    outcome = asyncio.run(_replayed(options))
    if save is not None:
        save.write_text(json.dumps([_as_object(one) for one in outcome], ensure_ascii=False))
    _show(outcome, shape)


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
    _show(
        asyncio.run(_replayed({"calls": "recorded", "state": "at", "debug": False, **options})),
        shape,
    )


@replay.command()
@click.argument("first", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.argument("second", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@_FORMAT
def diff(*, first: Path, second: Path, shape: str) -> None:
    """Compare two saved outcomes; exit 1 if they differ.

    比较两次保存的重放结果。

    \b
    Examples:
      hongyan replay diff before.json after.json
      hongyan replay diff before.json after.json --format json
    """
    from hongyan.replay_lines import compared

    _show(compared(json.loads(first.read_text()), json.loads(second.read_text())), shape)


@replay.command()
@click.argument("saved", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_selecting
def export(*, saved: Path, folder: Path, **options: Any) -> None:
    """Write the recorded runs of a saved outcome as pytest cases.

    把保存的重放导出为 pytest 用例。

    \b
    Examples:
      hongyan replay export before.json tests/replays --plugin weather
    """
    from hongyan.replay_lines import case
    from hongyan.wording import sentence

    names = {entry["event_id"] for entry in json.loads(saved.read_text())}
    found = asyncio.run(_recordings(options))
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in found if one.event.event_id in names]
    for one in chosen:
        stem = f"test_replay_{one.run.instance}_{one.event.event_id[:8]}".replace("-", "_")
        (folder / f"{stem}.py").write_text(case(one), encoding="utf-8")
    click.echo(sentence("cases_written", count=len(chosen), folder=folder))


def _show(outcome: "Sequence[Replayed]", shape: str) -> None:
    import sys

    from hongyan import replay_lines
    from hongyan.cli import fail
    from hongyan.wording import sentences

    if not outcome:
        fail(sentences("nothing_recorded"))
    if shape == "json":
        click.echo(json.dumps([_as_object(one) for one in outcome], ensure_ascii=False))
    elif shape == "junit":
        click.echo(replay_lines.junit(outcome))
    else:
        click.echo("\n".join(replay_lines.lines(outcome)))
    sys.exit(0 if all(one.as_before for one in outcome) else 1)


def _as_object(one: "Replayed") -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


async def _replayed(options: dict[str, Any]) -> "list[Replayed]":
    from connectors.outside_http import OutsideHttp
    from plugins.http import HttpAnswer, HttpRequest
    from streams.replay import Replay

    recordings = await _recordings(options)
    outside = OutsideHttp()

    async def fetch(asked: HttpRequest) -> HttpAnswer:
        got = await outside.fetch(asked.method, asked.url, asked.headers, asked.body, asked.seconds)
        return HttpAnswer(*got)

    replay_ = Replay(
        _instances(options),
        calls=options["calls"],
        empty_state=options["state"] == "empty",
        fetch=fetch if options["calls"] == "live-readonly" else None,
        on_raise=_post_mortem if options["debug"] else None,
    )
    try:
        return [await replay_.one(one) for one in recordings]
    finally:
        await outside.close()


async def _recordings(options: dict[str, Any]) -> "list[Recording]":
    from connectors.database import migrate_patiently, open_engine
    from connectors.recordings import Recordings
    from hongyan.running_stack import database_of

    dsn = database_of(options["postgres"], options["data"])
    await migrate_patiently(dsn)
    engine = open_engine(dsn, size=1)
    try:
        return await Recordings(engine).find(_selection(options))
    finally:
        await engine.dispose()


def _selection(options: dict[str, Any]) -> "Selection":
    from connectors.recordings import Selection

    plugin = options["plugin"]
    return Selection(
        event=options["event"],
        trace=options["trace"],
        chat=options["chat"],
        plugin=plugin.partition("@")[0] if plugin else None,
        since=_moment(options["since"]),
        until=_moment(options["until"]),
        last=options["last"],
    )


def _moment(text: str | None) -> datetime | None:
    """A time, or so long ago."""
    from datetime import timedelta

    if text is None:
        return None
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdigit() and text[-1] in units:
        return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: 2026-11-25T08:00 or 2h") from error
    return moment if moment.tzinfo is not None else moment.astimezone()


def _instances(options: dict[str, Any]) -> "tuple[Instance, ...]":
    from hongyan.plugin_source import plugin_at
    from plugins.loader import load
    from plugins.plugin import Instance, in_order

    loaded = load(options["folders"])
    instances = {instance.name: instance for instance in loaded.instances}
    for problem in loaded.problems:
        click.secho(str(problem), fg="red", err=True)
    name, at, where = (options["plugin"] or "").partition("@")
    if at:
        instances[name] = Instance(name, plugin_at(name, where))
    return in_order(instances.values())


def _post_mortem(error: BaseException) -> None:
    import pdb  # noqa: T100  # it is what --pdb asks for

    pdb.post_mortem(error.__traceback__)


def _wait_for_debugger(port: int) -> None:
    from hongyan.cli import fail
    from hongyan.wording import sentences

    try:
        import debugpy  # type: ignore[import-not-found]  # noqa: T100  # the author's own; --debugpy
    except ModuleNotFoundError:
        fail(sentences("no_debugpy"))
    debugpy.listen(("127.0.0.1", port))  # noqa: T100  # as above
    click.echo(f"debugpy: 127.0.0.1:{port}", err=True)
    debugpy.wait_for_client()  # noqa: T100  # as above
