"""`hongyan schedule`: what comes due and when; make one, cancel one."""

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from hongyan.commands.places import places, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from connectors.schedules import Schedule, ScheduleStore


@click.group()
def schedule() -> None:
    """What fires at its time: declared by plugins, set by runs, or made here.

    定时任务：由插件声明、由插件运行时设置，或在此创建。

    \b
    Examples:
      hongyan schedule list
      hongyan schedule add "0 9 * * 1-5" --instance morning --chat 0f3a9c11b2
      hongyan schedule cancel 5c1d
    """


@schedule.command("list")
@click.option("--instance", help="Of this plugin instance alone.")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@places
def list_schedules(
    *, instance: str | None, every: bool, limit: int, as_json: bool, **given: Any
) -> None:
    """List schedules, the next due first.

    列出定时任务，最先到期的在前。

    \b
    Examples:
      hongyan schedule list
      hongyan schedule list --instance reminder --all --json
    """
    from hongyan import schedule_lines
    from hongyan.wording import sentence

    async def found(store: "ScheduleStore") -> "list[Schedule]":
        return await store.find(instance=instance, ended=every, limit=limit)

    some = _with_store(given, found)
    if as_json:
        told = [schedule_lines.as_object(one) for one in some]
        click.echo(json.dumps(told, ensure_ascii=False, default=str))
        return
    for one in some:
        click.echo(schedule_lines.line(one))
    if not some:
        click.echo(sentence("no_schedules"))


@schedule.command()
@click.argument("when")
@click.option("--tz", default="Asia/Shanghai", show_default=True, help="Time zone of WHEN.")
@click.option("--instance", help="Wake this plugin instance alone.")
@click.option("--chat", metavar="CHAT_ID", help="Come in this chat; plugins answer there.")
@click.option("--channel", help="The chat's; without it: wechat.")
@click.option("--account", help="The chat's; without it: default.")
@click.option(
    "--missed",
    type=click.Choice(["skip", "once", "all"]),
    default="once",
    show_default=True,
    help="Times at which nothing ran: skip them, make up once, or for all.",
)
@click.option("--carry", default="{}", metavar="JSON", help="What the event carries.")
@places
def add(*, when: str, as_json: bool, **given: Any) -> None:
    """Make one: WHEN is a cron expression of five fields, or a time such as 2026-12-24T18:00.

    新建：WHEN 为五段 cron 表达式，或一个时刻。

    \b
    Examples:
      hongyan schedule add "30 7 * * *" --instance morning --carry '{"text": "早"}'
      hongyan schedule add 2026-12-24T18:00 --tz Europe/Berlin --missed skip
    """
    from hongyan.wording import sentence

    made = _made(when, given)

    async def stored(store: "ScheduleStore") -> "Schedule":
        return await store.add(made)

    kept = _with_store(given, stored)
    if as_json:
        click.echo(json.dumps({"id": kept.schedule_id, "next_due": str(kept.next_due)}))
        return
    click.echo(sentence("schedule_made", id=kept.schedule_id, due=_local(kept.next_due)))


@schedule.command()
@click.argument("name", metavar="ID")
@places
def cancel(*, name: str, as_json: bool, **given: Any) -> None:
    """Cancel one by the beginning of its id; exit 1 if there is not just one.

    按 ID 开头取消定时任务。

    \b
    Examples:
      hongyan schedule cancel 5c1d
      hongyan schedule cancel 5c1d0e2a-7b --json
    """
    from hongyan.cli import fail
    from hongyan.wording import sentence, sentences

    if not name:
        raise click.BadParameter("it is empty: `hongyan schedule list` shows ids", param_hint="ID")

    async def ended(store: "ScheduleStore") -> "list[Schedule]":
        found = await store.find(schedule_id=name, limit=2)
        if len(found) == 1 and found[0].origin != "plugin":
            await store.cancel(found[0].schedule_id, datetime.now(UTC))
        return found

    found = _with_store(given, ended)
    if len(found) != 1:
        fail(sentences("which_schedule", count=len(found), name=name))
    if found[0].origin == "plugin":
        fail(sentences("schedule_declared", instance=found[0].instance))
    if as_json:
        click.echo(json.dumps({"cancelled": found[0].schedule_id}))
        return
    click.echo(sentence("schedule_cancelled", id=found[0].schedule_id))


def _made(when: str, given: dict[str, Any]) -> "Schedule":
    """Raises click.BadParameter where it makes no sense."""
    from connectors.schedules import Schedule
    from schemas.failure import BadRequest

    try:
        timing = _timing(when, given["tz"], given["missed"])
        timing.check()
    except BadRequest as error:
        raise click.BadParameter(f"{error}", param_hint="WHEN, --tz") from error
    try:
        data = json.loads(given["carry"])
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint="--carry") from error
    if not isinstance(data, dict):
        raise click.BadParameter("it is no JSON object", param_hint="--carry")
    chat, now = given["chat"] or None, datetime.now(UTC)
    if chat is None and (given["channel"] or given["account"]):
        raise click.BadParameter("--channel and --account say whose --chat it is")
    if timing.at is not None and timing.at <= now:
        raise click.BadParameter("that time is past", param_hint="WHEN")
    made = Schedule(
        str(uuid4()),
        "api",
        (given["channel"] or "wechat") if chat else "schedule",
        (given["account"] or "default") if chat else "api",
        timing,
        getpass.getuser(),
        timing.at or timing.following(now),
        instance=given["instance"],
        chat_id=chat,
        data=data,
    )
    try:
        made.check()
    except BadRequest as error:
        raise click.BadParameter(f"{error}") from error
    return made


def _timing(when: str, tz: str, missed: Any) -> Any:
    from zoneinfo import ZoneInfo

    from connectors.schedule_times import Timing

    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return Timing(when, tz=tz, missed=missed)
    Timing(at=at.replace(tzinfo=UTC), tz=tz, missed=missed).check()  # the zone, before it is used
    return Timing(at=at if at.tzinfo else at.replace(tzinfo=ZoneInfo(tz)), tz=tz, missed=missed)


def _local(due: datetime | None) -> str:
    return f"{due.astimezone():%Y-%m-%d %H:%M}" if due is not None else "–"


def _with_store(given: dict[str, Any], work: Any) -> Any:
    from connectors.schedules import ScheduleStore
    from connectors.settings import CommonSettings

    async def stored(engine: "AsyncEngine") -> Any:
        return await work(ScheduleStore(engine, CommonSettings().topic_prefix))

    return with_database(given, stored)
