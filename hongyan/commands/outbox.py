"""`hongyan outbox`: what has not been sent yet, and a person's word on what is unknown."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import T, places, with_database, with_producer

if TYPE_CHECKING:
    from connectors.kafka import Producer
    from connectors.open_actions import OpenAction, OpenActions
    from schemas.approval import Approval, Judgement
    from schemas.resolution import Resolution, Verdict

_WHERE = click.option("--where", metavar="FILTER", help="Which: state=unknown and chat~小王 …")


@click.group()
def outbox() -> None:
    """What has not been sent yet, and what nobody knows whether it was.

    尚未发出的消息，以及无法确认是否发出的消息。

    \b
    An unknown message holds its chat until a person looks at the phone and says what became of it;
    a risky one is held until a person approves or refuses it.
    Filters compare fields: id chat text state reason account channel instance attempt age.
    结果未知的消息会让该会话暂停，直到有人查看手机并给出结论；有风险的消息需经人工批准后才会发出。

    \b
    Examples:
      hongyan outbox list
      hongyan outbox list --where 'state=unknown and age>1h' --json
      hongyan outbox resolve 0f3a --as sent --reason "I see the bubble"
      hongyan outbox approve 0f3a --reason "I know them"
    """


@outbox.command("list")
@_WHERE
@click.option("--all", "every", is_flag=True, help="Those that failed or were dropped too.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@places
def list_actions(
    *, where: str | None, every: bool, limit: int, as_json: bool, **given: Any
) -> None:
    """List what waits, is held or unknown: the chat that waits longest first.

    列出等待、挂起、结果未知的消息，等待最久的会话在前。

    \b
    Examples:
      hongyan outbox list
      hongyan outbox list --where 'state=held and chat~家人'
      hongyan outbox list --all --where 'age<1d' --json
    """
    from hongyan import outbox_lines
    from hongyan.wording import sentence

    now = datetime.now(UTC)
    condition = _condition(where, now, every=every)

    async def found(actions: "OpenActions") -> "tuple[list[OpenAction], int]":
        return await actions.find(condition, limit=limit), await actions.count(condition)

    some, count = _with_actions(given, found)
    if as_json:
        told = [outbox_lines.as_object(action) for action in some]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for action in some:
        click.echo("\n".join(outbox_lines.lines(action, now)))
    if not some:
        click.echo(sentence("no_open_actions"))
    elif count > len(some):
        click.echo(sentence("more_open_actions", shown=len(some), count=count), err=True)


@outbox.command()
@click.argument("action")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("screenshot.png"),
    show_default=True,
    help="Where to write it.",
)
@click.option("--media", metavar="STORE", help="The media store: a folder, or s3://…")
@places
def picture(*, action: str, file: Path, media: str | None, as_json: bool, **given: Any) -> None:
    """Fetch the redacted screenshot of a message that was not sent, or may not have been.

    取出某条未发出（或不确定）消息的脱敏截图。

    \b
    Examples:
      hongyan outbox picture 0f3a
      hongyan outbox picture 0f3a --to /tmp/seen.png
    """
    from hongyan.cli import fail
    from hongyan.wording import sentence, sentences

    (found,) = _with_actions(given, lambda actions: _named(actions, (action,)))
    if found.screenshot is None:
        fail(sentences("no_picture", action=found.action_id))
    file.write_bytes(asyncio.run(_blob(found.screenshot, media, given["data"])))
    if as_json:
        told = {"action_id": found.action_id, "sha256": found.screenshot, "file": str(file)}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(sentence("picture_written", action=found.action_id, file=file))


async def _blob(sha256: str, media: str | None, data: Path) -> bytes:
    """A blob of the store that is given, of the stack running on `data`, or of the settings."""
    from connectors.media.address import open_store
    from connectors.settings import MediaSettings

    running = data / "media"
    place = media or (str(running) if running.is_dir() else None)
    return await open_store(MediaSettings(media=place) if place else MediaSettings()).get(sha256)


_CHOICE = (
    click.argument("actions", nargs=-1),
    _WHERE,
    click.option("--reason", required=True, help="Why: others read it in the audit."),
    click.option("--by", envvar="USER", default="unknown", help="Who; default: $USER."),
    click.option("--dry-run", is_flag=True, help="Say what would be decided, and do nothing."),
    click.option("--yes", is_flag=True, help="Do not ask."),
)


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    command = places(command)
    for option in reversed(_CHOICE):
        command = option(command)
    return command


@outbox.command()
@click.option(
    "--as",
    "verdict",
    type=click.Choice(["sent", "not_sent", "resend", "drop"]),
    required=True,
    help="sent: its bubble is there. not_sent: it is not. resend: send it again. drop: give it up.",
)
@_choosing
def resolve(*, actions: tuple[str, ...], where: str | None, **options: Any) -> None:
    """Say what became of unknown messages, or drop what waits; the beginning of an id will do.

    对结果未知的消息给出结论，或放弃等待中的消息；只写编号开头即可。

    What was held behind it goes on in its order. The same decision given twice counts once.

    \b
    Examples:
      hongyan outbox resolve 0f3a --as sent --reason "I see the bubble"
      hongyan outbox resolve 0f3a --as resend --reason "it is not in the chat"
      hongyan outbox resolve --where 'state=held and chat=小王' --as drop --reason "too late"
    """
    _decide(actions, where, options)


@outbox.command()
@_choosing
def approve(*, actions: tuple[str, ...], where: str | None, **options: Any) -> None:
    """Let messages be sent that are held because they are risky.

    批准被拦下的有风险的消息。

    They still wait for their budget and for quiet hours. `hongyan outbox list` says why each is
    held: approval_new_chat, approval_everybody, approval_bulk, approval_words, approval_loop.

    \b
    Examples:
      hongyan outbox approve 0f3a --reason "I know them"
      hongyan outbox approve --where 'reason=approval_bulk' --reason "the invitation" --yes
    """
    _decide(actions, where, options | {"verdict": "approve"})


@outbox.command()
@_choosing
def refuse(*, actions: tuple[str, ...], where: str | None, **options: Any) -> None:
    """End messages as cancelled that are held because they are risky.

    拒绝被拦下的有风险的消息，不再发送。

    \b
    Examples:
      hongyan outbox refuse 0f3a --reason "a loop"
      hongyan outbox refuse --where 'reason=approval_loop' --reason "two bots" --yes
    """
    _decide(actions, where, options | {"verdict": "refuse"})


def _decide(actions: tuple[str, ...], where: str | None, options: dict[str, Any]) -> None:
    from hongyan import outbox_lines
    from hongyan.wording import in_order, sentence

    if bool(actions) == (where is not None):
        english = "name actions, or give --where, one of both"
        raise click.UsageError("; ".join(in_order(english, "请给出消息编号或 --where，二者选一")))
    chosen = _chosen(options, actions, where)
    decisions = _decisions(chosen, options)
    if options["dry_run"] or (where is not None and not options["yes"]):
        for action in chosen:
            now = datetime.now(UTC)
            click.echo("\n".join(outbox_lines.lines(action, now)), err=not options["dry_run"])
    if options["dry_run"]:
        click.echo(sentence("actions_would", count=len(chosen), verdict=options["verdict"]))
        return
    if where is not None and not options["yes"]:
        asked = sentence("actions_ask", count=len(chosen), verdict=options["verdict"])
        click.confirm(asked, abort=True, err=True)
    asyncio.run(_hand_over(decisions, options))
    _tell(decisions, as_json=options["as_json"])


def _tell(decisions: "list[Resolution | Approval]", *, as_json: bool) -> None:
    from hongyan.wording import sentence

    if as_json:
        told = [decision.model_dump(mode="json") for decision in decisions]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in decisions:
        click.echo(sentence("action_resolved", action=one.action_id, verdict=one.verdict))


def _chosen(
    options: dict[str, Any], names: tuple[str, ...], where: str | None
) -> "list[OpenAction]":
    condition = _condition(where, datetime.now(UTC), every=False)

    async def found(actions: "OpenActions") -> "list[OpenAction]":
        return await (_named(actions, names) if names else actions.find(condition))

    return _with_actions(options, found)


async def _named(actions: "OpenActions", names: tuple[str, ...]) -> "list[OpenAction]":
    """One action for each beginning of an id."""
    from hongyan.cli import fail
    from hongyan.wording import sentences

    chosen: dict[str, OpenAction] = {}
    for name in names:
        some = await actions.named([name])
        if len(some) != 1:
            fail(sentences("which_action", name=name, count=len(some)))
        chosen[some[0].action_id] = some[0]
    return list(chosen.values())


def _decisions(
    chosen: "list[OpenAction]", options: dict[str, Any]
) -> "list[Resolution | Approval]":
    """All of them or none: what cannot be said of one is told before anything is sent."""
    from connectors.resolver import decided, judged

    verdict: Verdict | Judgement = options["verdict"]
    said = {"by": options["by"], "reason": options["reason"], "at": datetime.now(UTC)}
    if verdict == "approve" or verdict == "refuse":  # noqa: PLR1714  # mypy follows this
        return [judged(action, verdict, **said) for action in chosen]
    return [decided(action, verdict, **said) for action in chosen]


async def _hand_over(decisions: "list[Resolution | Approval]", options: dict[str, Any]) -> None:
    from connectors.resolver import hand_over
    from connectors.settings import CommonSettings

    prefix = CommonSettings().topic_prefix

    async def each(producer: "Producer") -> None:
        for decision in decisions:
            await hand_over(producer, prefix, decision)

    await with_producer(options, each)


def _condition(where: str | None, now: datetime, *, every: bool) -> Any:
    from connectors.dead_letters.filter import BadFilter
    from connectors.open_actions import which

    try:
        return which(where, now, every=every)
    except BadFilter as error:
        raise click.BadParameter(str(error), param_hint="--where") from error


def _with_actions(
    given: dict[str, Any], work: "Callable[[OpenActions], Coroutine[Any, Any, T]]"
) -> T:
    from connectors.open_actions import OpenActions

    return with_database(given, lambda engine: work(OpenActions(engine)))
