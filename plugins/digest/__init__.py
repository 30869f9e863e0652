"""Sums up chosen groups once a day, for one chat: counted, or by a language model."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from plugins import Context, Draft, on_command, on_schedule
from plugins.trigger import Timed
from schemas.event import FromOutside, MessageReceived, ScheduleFired
from schemas.failure import BadRequest, Spent

from .config import Config
from .counting import Counted, counted, spoken
from .wording import JOIN, SUM_UP, head, pieces, plain, told, transcript

__all__ = ["Config", "make", "now", "wait"]


def times(config: Any) -> Iterator[Timed]:
    """When its owner wants it."""
    yield Timed("daily", config.cron, config.tz)


@on_schedule(planned=times)
async def wait(ctx: Context) -> AsyncIterator[Draft]:
    """到点汇总。The hour has come: what was said is read when all of it is stored."""
    event = ctx.event
    until = event.due_at if isinstance(event, ScheduleFired) else None
    config: Config = ctx.config
    if config.settle_seconds:
        told_later = {"until": (until or ctx.now).isoformat()}
        ctx.schedule(timedelta(seconds=config.settle_seconds), told_later)
        return
    async for draft in _digest(ctx, until or ctx.now):
        yield draft


@on_schedule()
async def make(ctx: Context) -> AsyncIterator[Draft]:
    """稍后成文。A little later: make it, of the hours that were meant."""
    event = ctx.event
    if isinstance(event, FromOutside) and "until" in event.data:
        async for draft in _digest(ctx, datetime.fromisoformat(event.data["until"])):
            yield draft


@on_command("digest", aliases=("群摘要", "摘要"), permission="admin")
async def now(ctx: Context, hours: float = 0.0) -> AsyncIterator[Draft]:
    """立刻汇总最近几小时，例如 /摘要 3。What was said in the last hours: /digest 3."""
    until = ctx.event.observed_at
    text = await _text(ctx, until - timedelta(hours=hours or ctx.config.hours), until)
    yield ctx.reply(text or ctx.config.when_quiet or "…")


async def _digest(ctx: Context, until: datetime) -> AsyncIterator[Draft]:
    config: Config = ctx.config
    text = await _text(ctx, until - timedelta(hours=config.hours), until)
    text = text or config.when_quiet
    if not text:
        return
    event = ctx.event
    if config.to is not None:
        yield ctx.send(config.to, text)
    elif isinstance(event, FromOutside) and event.destination_chat_id is None:
        raise BadRequest("nobody is to read the digest: say `chats` of the instance, or config.to")
    else:
        yield ctx.reply(text)


async def _text(ctx: Context, since: datetime, until: datetime) -> str:
    """The digest; empty where too little was said everywhere."""
    config: Config = ctx.config
    zone = ZoneInfo(config.tz)
    parts = []
    for group in config.groups:
        found = spoken(
            await ctx.history.messages(since=since, until=until, chat_id=group, most=config.most)
        )
        if len(found) >= config.least:
            parts.append(await _part(ctx, counted(found, zone), found))
    return "\n\n".join([head(since, until, zone), *parts]) if parts else ""


async def _part(ctx: Context, numbers: Counted, found: list[MessageReceived]) -> str:
    config: Config = ctx.config
    if not config.summary:
        return plain(numbers)
    try:
        return told(numbers, await _summed_up(ctx, found))
    except (Spent, BadRequest) as failure:
        ctx.log.bind(failure=str(failure)).warning("the digest is made without a model")
        return f"{plain(numbers)}\n（模型没有总结 no summary this time）"


async def _summed_up(ctx: Context, found: list[MessageReceived]) -> str:
    config: Config = ctx.config
    parts = pieces(transcript(found, ZoneInfo(config.tz)))
    system = "\n".join(filter(None, (SUM_UP, config.instructions)))
    summaries = [await _ask(ctx, part, system) for part in parts]
    if len(summaries) == 1:
        return summaries[0]
    return await _ask(ctx, "\n\n".join(summaries), f"{system}\n{JOIN}")


async def _ask(ctx: Context, text: str, system: str) -> str:
    config: Config = ctx.config
    answer = await ctx.llm.chat(
        text, system=system, endpoint=config.endpoint, model=config.model, temperature=0.2
    )
    if not answer.text:
        raise BadRequest("the model said nothing")
    return answer.text
