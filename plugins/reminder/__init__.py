"""Reminds people when they say: natural Chinese and English times, repetitions, a list."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plugins import Context, Draft, on_command, on_message, on_schedule
from plugins.conditions import to_me
from plugins.scheduling import next_cron
from plugins.trigger import addressed, said
from schemas.event import Event, InChat, MessageReceived, ScheduleFired
from schemas.failure import Bug

from .asked import asks, chosen, is_chinese
from .meaning import LEAST_MINUTES
from .moment import Either, EitherTime, Every, Meaning, Once, Unclear, Usual
from .reading import Wish, read
from .wording import choice, moment, repetition, sayings

_ANSWER_WITHIN: Final = timedelta(minutes=10)
_LATE: Final = timedelta(minutes=5)
_MAY: Final = frozenset({"owner", "admin"})
_CRON: Final = "cron "
_LOOKED_AT: Final = 12


class Config(BaseModel):
    """What its owner sets."""

    model_config = ConfigDict(extra="forbid")

    tz: str = Field(default="Asia/Shanghai", description="the zone in which people name hours")
    natural: bool = Field(
        default=True, description="hear “提醒我…” and “remind me …” too, not /remind alone"
    )
    usual_hour: time = Field(default=time(9), description="where only a day is named")
    most: int = Field(default=50, ge=1, le=500, description="reminders of one chat at a time")

    @field_validator("tz")
    @classmethod
    def _zone(cls, tz: str) -> str:
        try:
            ZoneInfo(tz)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"{tz!r} is no time zone, as Asia/Shanghai is") from error
        return tz

    @property
    def zone(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(self.tz)

    @property
    def usual(self) -> Usual:
        """The hours that are meant where none is named."""
        return Usual(day=self.usual_hour)


def asks_naturally(config: Config, event: Event) -> bool:
    """Whether a message that is meant for this account asks for a reminder without a command."""
    text = (addressed(event) or "").strip()
    if not config.natural or not to_me(event) or not text or text.startswith("/"):
        return False
    return asks(text, event.observed_at.astimezone(config.zone))


@on_command("remind", aliases=("提醒", "reminder"), block=True)
async def remind(ctx: Context, text: str = "") -> AsyncIterator[Draft]:
    """到时候提醒你，例如 /提醒 明天下午三点 开会。Remind you: /remind tomorrow at 3pm call mom."""
    async for draft in _reminded(ctx, text, bare=True):
        yield draft


@on_message(when=asks_naturally, block=True)
async def remind_naturally(ctx: Context) -> AsyncIterator[Draft]:
    """提醒我明天下午三点开会。Remind me tomorrow at 3pm to call mom."""
    async for draft in _reminded(ctx, addressed(ctx.event) or "", bare=False):
        yield draft


@on_command("reminders", aliases=("提醒列表", "提醒清单"), block=True)
async def show(ctx: Context) -> AsyncIterator[Draft]:
    """本会话的提醒。The reminders of this chat."""
    chinese = is_chinese(said(ctx.event) or "")
    say = sayings(chinese=chinese)
    kept: list[dict[str, Any]] = ctx.state.get("reminders", [])
    if not kept:
        yield ctx.reply(say["empty"])
        return
    now = _local(ctx, ctx.event)
    lines = [
        say["line"].format(
            number=one["number"],
            when=_when(one, now, chinese=chinese).strip(),
            what=say["what"].format(what=one["what"]) if one["what"] else "",
            by=say["by"].format(by=one["by"]) if _in_group(ctx.event) else "",
        )
        for one in kept
    ]
    yield ctx.reply("\n".join([say["list"], *lines, say["cancel"]]))


@on_command("unremind", aliases=("取消提醒",), block=True)
async def cancel(ctx: Context, number: int) -> AsyncIterator[Draft]:
    """按编号取消提醒。Cancel a reminder by its number."""
    say = sayings(chinese=is_chinese(said(ctx.event) or ""))
    kept: list[dict[str, Any]] = ctx.state.get("reminders", [])
    found = next((one for one in kept if one["number"] == number), None)
    if found is None:
        yield ctx.reply(say["unknown"].format(number=number))
    elif found["by"] != _author(ctx.event) and _MAY.isdisjoint(ctx.roles):
        yield ctx.reply(say["not_yours"].format(by=found["by"]))
    else:
        ctx.cancel(found["id"])
        ctx.state["reminders"] = [one for one in kept if one is not found]
        yield ctx.reply(say["cancelled"].format(what=found["what"] or say["plain"]))


@on_schedule()
async def ring(ctx: Context) -> AsyncIterator[Draft]:
    """Its time has come; one that was cancelled on its way says nothing."""
    event = ctx.event
    if not isinstance(event, ScheduleFired):
        return
    kept: list[dict[str, Any]] = ctx.state.get("reminders", [])
    found = next((one for one in kept if one["number"] == event.data.get("number")), None)
    if found is None:
        return
    if found["cron"] is None:
        ctx.state["reminders"] = [one for one in kept if one is not found]
    say = sayings(chinese=found["chinese"])
    due = event.due_at or event.observed_at
    late = ctx.now - due > _LATE
    when = moment(due.astimezone(ctx.config.zone), _local(ctx, event), chinese=found["chinese"])
    text = say["late" if late else "due"].format(what=found["what"] or say["plain"], when=when)
    yield ctx.reply(text, mentions=(found["by"],) if found["group"] else ())


async def _reminded(ctx: Context, text: str, *, bare: bool) -> AsyncIterator[Draft]:
    config: Config = ctx.config
    chinese = is_chinese(said(ctx.event) or "")
    say = sayings(chinese=chinese)
    if len(ctx.state.get("reminders", [])) >= config.most:
        yield ctx.reply(say["full"].format(count=config.most))
        return
    now = _local(ctx, ctx.event)
    wish = _cron(text) or read(text, now, config.usual, bare=bare)
    meant = wish.when
    if meant == Unclear("none"):
        yield ctx.reply(say["when"])
        answer = await ctx.ask(within=_ANSWER_WITHIN)
        if not answer or answer.message is None:
            if answer.ended == "cancelled":
                yield ctx.reply(say["dropped"])
            return
        now = _local(ctx, answer.message)
        told = read(answer.text, now, config.usual)
        wish, meant = Wish(told.when, wish.what or told.what), told.when
    if isinstance(meant, Either | EitherTime):
        yield ctx.reply(_question(meant, now, say, chinese=chinese))
        answer = await ctx.ask(within=_ANSWER_WITHIN)
        if not answer or answer.message is None:
            if answer.ended == "cancelled":
                yield ctx.reply(say["dropped"])
            return
        now = _local(ctx, answer.message)
        meant = chosen(answer.text, meant, now, config.usual)
    yield ctx.reply(_settled(ctx, meant, wish.what, now, chinese=chinese))


def _cron(text: str) -> Wish | None:
    """`cron 0 9 * * 1-5 what`: for who wants it exactly so."""
    if not text.strip().casefold().startswith(_CRON):
        return None
    words = text.split(maxsplit=6)
    what = words[6] if len(words) > 6 else ""
    return Wish(Every(" ".join(words[1:6])), what)


def _question(
    either: Either | EitherTime, now: datetime, say: Mapping[str, str], *, chinese: bool
) -> str:
    if isinstance(either, Either):
        both = [choice(one, now, chinese=chinese) for one in (either.first, either.second)]
    else:
        crons = (either.first.cron, either.second.cron)
        both = [repetition(cron, chinese=chinese).strip() for cron in crons]
    return say["which"].format(first=both[0], second=both[1])


def _settled(ctx: Context, meant: Meaning, what: str, now: datetime, *, chinese: bool) -> str:
    """Plan it, and say what was understood."""
    say = sayings(chinese=chinese)
    if isinstance(meant, Unclear):
        return say[meant.why]
    if not isinstance(meant, Once | Every):
        return say["none"]
    config: Config = ctx.config
    cron = meant.cron if isinstance(meant, Every) else None
    try:
        following = None if cron is None else next_cron(cron, config.tz, now)
    except Bug:
        return say["cron"]
    if cron is not None and _is_too_often(cron, config.tz, now):
        return say["often"]
    number = ctx.state.get("last", 0) + 1
    when = cron if cron is not None else meant.at if isinstance(meant, Once) else now
    one = {
        "number": number,
        "id": ctx.schedule(when, {"number": number}, tz=config.tz),
        "what": what,
        "by": _author(ctx.event),
        "group": _in_group(ctx.event),
        "cron": cron,
        "at": meant.at.isoformat() if isinstance(meant, Once) else None,
        "chinese": chinese,
    }
    ctx.state["last"] = number
    ctx.state["reminders"] = [*ctx.state.get("reminders", []), one]
    told = {"when": _when(one, now, chinese=chinese), "what": ""}
    told["what"] = say["what"].format(what=what) if what else ""
    first = following.astimezone(config.zone) if following is not None else now
    told["next"] = moment(first, now, chinese=chinese)
    text = say["set" if cron is None else "set_every"].format(**told)
    at = meant.at if isinstance(meant, Once) else first
    return (
        f"{text}{'' if chinese else ' '}{say['guessed'].format(time=f'{at:%H:%M}')}"
        if (meant.guessed)
        else text
    )


def _is_too_often(cron: str, tz: str, now: datetime) -> bool:
    """Whether some of its coming times are nearer to each other than a phrase may say."""
    before = next_cron(cron, tz, now)
    for _ in range(_LOOKED_AT):
        at = before and next_cron(cron, tz, before)
        if before is None or at is None:
            return False
        if at - before < timedelta(minutes=LEAST_MINUTES):
            return True
        before = at
    return False


def _when(one: Mapping[str, Any], now: datetime, *, chinese: bool) -> str:
    if one["cron"] is not None:
        return repetition(one["cron"], chinese=chinese)
    at = datetime.fromisoformat(one["at"]).astimezone(now.tzinfo)
    return f"{moment(at, now, chinese=chinese)}{' ' if chinese else ''}"


def _local(ctx: Context, event: Event) -> datetime:
    zone: ZoneInfo = ctx.config.zone
    return event.observed_at.astimezone(zone)


def _author(event: Event) -> str:
    return event.sender.name if isinstance(event, MessageReceived) else ""


def _in_group(event: Event) -> bool:
    return isinstance(event, InChat) and event.chat.kind == "group"
