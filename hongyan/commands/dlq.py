"""`hongyan dlq`: find, read, edit, send back and discard dead letters."""

import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import T, places, with_database, with_producer

if TYPE_CHECKING:
    from connectors.dead_letters.store import DeadLetters, Kept
    from streams.redrive import Order, Progress, Redriver

_WHERE = click.option("--where", metavar="FILTER", help="Which: plugin=echo and age<2h …")
_REASON = click.option("--reason", required=True, help="Why: others read it in the audit.")
_BY = click.option("--by", envvar="USER", default="unknown", help="Who; default: $USER.")
_DRY = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def dlq() -> None:
    """Dead letters: what needs a person.

    死信：需要人工处理的消息。

    \b
    Filters compare fields: id plugin instance event type chat kind error message stack fingerprint
    group origin status attempt redriven age; with = != ~ !~ < <= > >= and or not ( ).

    \b
    Examples:
      hongyan dlq list --grouped
      hongyan dlq list --where 'plugin=weather and error~Timeout and age<2h'
      hongyan dlq show 3f9c
      hongyan dlq redrive --where 'fingerprint=9a3b…' --reason "the API is back" --canary 1
    """


@dlq.command("list")
@_WHERE
@click.option("--all", "every", is_flag=True, help="Those sent back or discarded too.")
@click.option("--grouped", is_flag=True, help="One entry for each fault.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@places
def list_letters(
    *, where: str | None, every: bool, grouped: bool, limit: int, as_json: bool, **given: Any
) -> None:
    """List dead letters, the newest first, or their faults.

    列出死信，最新的在前；--grouped 按错误归类。

    \b
    Examples:
      hongyan dlq list
      hongyan dlq list --grouped
      hongyan dlq list --where 'error~"timed out" and not chat~group' --json
    """
    from sqlalchemy import and_

    from connectors.tables import DEAD_LETTERS
    from hongyan import letter_lines
    from hongyan.wording import sentence

    now = datetime.now(UTC)
    condition = _condition(where, now)
    if not every:
        condition = and_(condition, DEAD_LETTERS.c.status.in_(("dead", "redriving")))

    async def found(letters: "DeadLetters") -> tuple[list[Any], int]:
        if grouped:
            kinds = await letters.kinds(condition)
            return kinds[:limit], len(kinds)
        some = await letters.find(condition, limit=limit, newest=True)
        return some, await letters.count(condition)

    entries, count = _with_letters(given, found)
    if as_json:
        shape = letter_lines.kind_object if grouped else letter_lines.as_object
        click.echo(json.dumps([shape(entry) for entry in entries], ensure_ascii=False, default=str))
        return
    for entry in entries:
        lines = letter_lines.kind_lines(entry, now) if grouped else [letter_lines.line(entry, now)]
        click.echo("\n".join(lines))
    if not entries:
        click.echo(sentence("no_dead_letters"))
    elif count > len(entries):
        click.echo(sentence("more_dead_letters", shown=len(entries), count=count), err=True)


@dlq.command()
@click.argument("letter")
@places
def show(*, letter: str, as_json: bool, **given: Any) -> None:
    """Show all that is known of one letter; the beginning of its id will do, or `last`.

    查看一封死信的全部信息；只写编号开头即可，last 表示最新一封。

    \b
    Examples:
      hongyan dlq show last
      hongyan dlq show 3f9c01ab22 --json | jq .error_stack
    """
    from hongyan import letter_lines

    kept = _with_letters(given, lambda letters: _one(letters, letter))
    if as_json:
        click.echo(json.dumps(letter_lines.as_object(kept), ensure_ascii=False))
    else:
        click.echo("\n".join(letter_lines.whole(kept, datetime.now(UTC))))


@dlq.command()
@click.argument("letter")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="content.text=你好 …")
@click.option(
    "--file", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="The new value."
)
@_REASON
@_BY
@places
def edit(
    *,
    letter: str,
    changes: tuple[str, ...],
    file: Path | None,
    reason: str,
    by: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Change a letter's value, checked against its schema; its own bytes stay beside it.

    修改一封死信的内容（按模式校验），原始内容保留。

    Without --set or --file the editor of $EDITOR opens. What is sent back then is revision #r1.

    \b
    Examples:
      hongyan dlq edit 3f9c --set content.text="/echo 你好" --reason "typing error"
      hongyan dlq edit 3f9c --file fixed.json --reason "wrong account"
    """
    from hongyan.wording import sentence
    from streams.letter_edit import edited

    async def work(letters: "DeadLetters", redriver: "Redriver") -> tuple["Kept", int]:
        kept = await _one(letters, letter)
        value = edited(kept, _draft(kept, file, changes))
        return kept, await redriver.edit(kept, value, by=by, reason=reason)

    kept, revision = _with_redriver(given, work)
    if as_json:
        click.echo(json.dumps({"id": kept.letter.letter_id, "revision": revision}))
    else:
        click.echo(sentence("letter_edited", letter=kept.letter.letter_id, revision=revision))


@dlq.command()
@click.argument("letters", nargs=-1)
@_WHERE
@click.option("--rate", default=5.0, show_default=True, help="Letters a second.")
@click.option(
    "--canary",
    default=0,
    type=click.IntRange(0),
    metavar="N",
    help="Try N first; stop if one dies again.",
)
@click.option(
    "--canary-seconds",
    default=10.0,
    type=click.FloatRange(0),
    show_default=True,
    help="How long to watch them.",
)
@_REASON
@_BY
@_DRY
@_YES
@places
def redrive(*, letters: tuple[str, ...], where: str | None, **options: Any) -> None:
    """Send letters back to where they failed, in their order.

    把死信按原顺序送回处理。

    \b
    Examples:
      hongyan dlq redrive 3f9c --reason "the API is back"
      hongyan dlq redrive --where 'plugin=weather' --canary 1 --rate 50 --reason "fixed in 1.2"
      hongyan dlq redrive --where 'age<2h' --dry-run --reason "to see"
    """
    order = _order(letters, where, options)
    _carry_out("redrive", letters, where, order, options)


@dlq.command()
@click.argument("letters", nargs=-1)
@_WHERE
@_REASON
@_BY
@_DRY
@_YES
@places
def discard(*, letters: tuple[str, ...], where: str | None, **options: Any) -> None:
    """Close letters for good; a chat that one of them holds goes on with its next event.

    放弃死信；被其阻塞的会话继续处理后续消息。

    \b
    Examples:
      hongyan dlq discard 3f9c --reason "spam"
      hongyan dlq discard --where 'error~KeyError and age>7d' --yes --reason "too old to answer"
    """
    order = _order(letters, where, options)
    _carry_out("discard", letters, where, order, options)


def _order(names: tuple[str, ...], where: str | None, options: dict[str, Any]) -> "Order":
    from hongyan.wording import in_order
    from streams.redrive import Order

    if bool(names) == (where is not None):
        english = "name letters, or give --where, one of both"
        raise click.UsageError("; ".join(in_order(english, "请给出死信编号或 --where，二者选一")))
    if not options.get("rate", 1.0) > 0:  # nor NaN
        raise click.BadParameter("more than 0", param_hint="--rate")
    fields = ("by", "reason", "rate", "canary", "canary_seconds")
    given = {name: options[name] for name in fields if name in options}
    return Order(selection=where or " ".join(names), **given)


def _carry_out(
    what: str,
    names: tuple[str, ...],
    where: str | None,
    order: "Order",
    options: dict[str, Any],
) -> None:
    from hongyan.wording import sentence

    now = datetime.now(UTC)

    async def work(letters: "DeadLetters", redriver: "Redriver") -> "Progress | None":
        chosen = await _chosen(letters, names, where, now)
        if options["dry_run"]:
            _would(chosen, now)
            return None
        if where is not None and not options["yes"]:
            click.confirm(sentence("letters_ask", count=len(chosen)), abort=True, err=True)
        step = redriver.redrive if what == "redrive" else redriver.discard
        errors = click.get_text_stream("stderr")
        with click.progressbar(length=len(chosen), label=what, file=errors) as bar:
            return await step(chosen, order, lambda _: bar.update(1))

    progress = _with_redriver(options, work)
    if progress is not None:
        _tell(progress, as_json=options["as_json"])


def _would(chosen: "list[Kept]", now: datetime) -> None:
    from hongyan import letter_lines
    from hongyan.wording import sentence

    for kept in chosen:
        click.echo(letter_lines.line(kept, now))
    click.echo(sentence("letters_would", count=len(chosen)), err=True)


def _tell(progress: "Progress", *, as_json: bool) -> None:
    from hongyan.cli import fail
    from hongyan.wording import sentence, sentences

    told = {"matched": progress.matched, "done": progress.done, "skipped": progress.skipped}
    if as_json:
        click.echo(json.dumps({**told, "stopped": progress.stopped}, ensure_ascii=False))
    if progress.stopped is not None:
        fail(sentences("letters_stopped", why=progress.stopped, done=progress.done))
    if not as_json:
        click.echo(sentence("letters_done", **told))


async def _chosen(
    letters: "DeadLetters", names: tuple[str, ...], where: str | None, now: datetime
) -> "list[Kept]":
    from sqlalchemy import and_

    from connectors.tables import DEAD_LETTERS

    if names:
        return [await _one(letters, name) for name in names]
    waiting = DEAD_LETTERS.c.status.in_(("dead", "redriving"))
    return await letters.find(and_(_condition(where, now), waiting), values=False)


def _condition(where: str | None, now: datetime) -> Any:
    from sqlalchemy import true

    from connectors.dead_letters.filter import BadFilter, parse_filter

    try:
        return true() if where is None else parse_filter(where, now)
    except BadFilter as error:
        raise click.BadParameter(str(error), param_hint="--where") from error


async def _one(letters: "DeadLetters", name: str) -> "Kept":
    from hongyan.cli import fail
    from hongyan.wording import sentences

    found = await letters.named([name])
    if len(found) != 1:
        fail(sentences("which_letter", name=name, count=len(found)))
    return found[0]


def _draft(kept: "Kept", file: Path | None, changes: tuple[str, ...]) -> bytes:
    from hongyan.letter_lines import pretty
    from streams.letter_edit import with_changes

    if file is not None:
        return file.read_bytes()
    if changes:
        return with_changes(kept.value, changes)
    draft = click.edit(pretty(kept.value), extension=".json")
    if draft is None:
        raise click.Abort
    return draft.encode()


def _with_letters(
    given: dict[str, Any], work: "Callable[[DeadLetters], Coroutine[Any, Any, T]]"
) -> T:
    from connectors.dead_letters.store import DeadLetters

    return with_database(given, lambda engine: work(DeadLetters(engine)))


def _with_redriver(
    given: dict[str, Any],
    work: "Callable[[DeadLetters, Redriver], Coroutine[Any, Any, T]]",
) -> T:
    from connectors.settings import CommonSettings
    from streams.redrive import Redriver

    prefix = CommonSettings().topic_prefix

    async def with_both(letters: "DeadLetters") -> T:
        return await with_producer(
            given, lambda producer: work(letters, Redriver(letters, producer, prefix))
        )

    return _with_letters(given, with_both)
