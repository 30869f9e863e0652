"""A person takes over a chat, and the bot is silent there until it is given back."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plugins import Context, Draft, on_command, on_event, on_message
from plugins.duration import duration
from plugins.trigger import said
from schemas.event import Event, FromOutside, InChat, MessageReceived

from .takeover import Takeover
from .wording import wording

_MAY: Final = ("owner", "admin")
_SILENCE: Final[tuple[Draft, ...]] = ()
_STATUS: Final = frozenset({"status", "状态", "?", "？"})
_PUNCTUATION: Final = re.compile(r"[\s,.!?，。！？~～]+")
_EXCERPT: Final = 60

Word = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Config(BaseModel):
    """What its owner sets."""

    model_config = ConfigDict(extra="forbid")

    phrases: tuple[Word, ...] = Field(
        default=("转人工", "人工客服", "人工服务", "找真人", "talk to a human", "human agent"),
        description="who writes one of these asks for a person",
    )
    words: tuple[Word, ...] = Field(
        default=("人工", "客服", "human", "agent"),
        description="the same, where nothing else stands",
    )
    minutes: float = Field(
        default=30, gt=0, le=10080, description="back when nobody has written for so long"
    )
    notify: str | None = Field(default=None, description="a chat id that hears who asks")
    tz: str = Field(default="Asia/Shanghai", description="the zone of the hours that it names")

    @field_validator("tz")
    @classmethod
    def _zone(cls, tz: str) -> str:
        ZoneInfo(tz)
        return tz


def requests(config: Config, event: Event) -> bool:
    """Whether somebody asks for a person."""
    text = (said(event) or "").casefold()
    bare = _PUNCTUATION.sub(" ", text).strip()
    return bare in {word.casefold() for word in config.words} or any(
        phrase.casefold() in text for phrase in config.phrases
    )


def is_taken(config: Config, event: Event, state: Mapping[str, Any]) -> bool:
    """Whether a person has the chat."""
    taken = Takeover.of(state)
    return taken is not None and taken.holds(event.observed_at)


def is_ours(config: Config, event: Event) -> bool:
    """An event that somebody posted for this plugin."""
    return isinstance(event, FromOutside) and event.source == "handover"


@on_command("resume", aliases=("交还", "恢复"), permission=_MAY, block=True)
async def resume(ctx: Context) -> AsyncIterator[Draft]:
    """把会话交还给机器人。Give the chat back to the bot."""
    say = wording(said(ctx.event) or "")
    taken = ctx.state.pop("taken", None)
    yield ctx.reply(say["resumed"] if taken is not None else say["not_taken"])


@on_command("handover", aliases=("接管", "人工接管"), permission=_MAY, block=True)
async def take(ctx: Context, how_long: str = "") -> AsyncIterator[Draft]:
    """由人接管本会话，机器人静默。Take this chat over; the bot is silent. `status`: who has it."""
    say = wording(said(ctx.event) or "")
    if how_long.strip() in _STATUS:
        yield ctx.reply(_status(ctx, say))
        return
    try:
        length = duration(how_long) if how_long.strip() else None
    except ValueError:
        yield ctx.reply(say["usage"])
        return
    taken = _begin(ctx, _author(ctx.event), length)
    yield ctx.reply(say["taken"].format(by=taken.by, until=_clock(ctx, taken.until)))


@on_message(when=requests, block=True)
async def call_a_person(ctx: Context) -> AsyncIterator[Draft]:
    """Who asks for a person is answered once, and the owner's chat is told."""
    event = ctx.event
    text = said(event) or ""
    say = wording(text)
    again = is_taken(ctx.config, event, ctx.state)
    _begin(ctx, _author(event), None)
    if again or not isinstance(event, InChat):
        return
    yield ctx.reply(say["asked"])
    if ctx.config.notify is not None:
        told = {"chat": event.chat.title, "who": _author(event), "id": event.chat_id}
        yield ctx.send(ctx.config.notify, say["told"].format(text=text[:_EXCERPT], **told))


@on_message(when=is_taken, block=True)
async def stay_silent(ctx: Context) -> AsyncIterator[Draft]:
    """No plugin behind sees what is written; the talk goes on, and so does the takeover."""
    taken = Takeover.of(ctx.state)
    if taken is not None and taken.holds(ctx.event.observed_at):
        ctx.state["taken"] = taken.extended(ctx.event.observed_at).kept()
    for draft in _SILENCE:
        yield draft


@on_event("api.event.received", "webhook.received", when=is_ours)
async def obey(ctx: Context) -> AsyncIterator[Draft]:
    """What is posted for a chat: `{"take": "2h"}`, `{"take": true}` or `{"release": true}`."""
    data = ctx.event.data if isinstance(ctx.event, FromOutside) else {}
    if data.get("release"):
        ctx.state.pop("taken", None)
    elif data.get("take"):
        length = duration(data["take"]) if isinstance(data["take"], str) else None
        _begin(ctx, str(data.get("by") or "API"), length)
    for draft in _SILENCE:
        yield draft


def _begin(ctx: Context, by: str, length: timedelta | None) -> Takeover:
    at = ctx.event.observed_at
    before = Takeover.of(ctx.state)
    if length is None and before is not None and before.holds(at):
        taken = before.extended(at)
    else:
        taken = Takeover.begin(by, at, length or timedelta(minutes=ctx.config.minutes))
    ctx.state["taken"] = taken.kept()
    return taken


def _status(ctx: Context, say: Mapping[str, str]) -> str:
    taken = Takeover.of(ctx.state)
    if taken is None or not taken.holds(ctx.event.observed_at):
        return say["not_taken"]
    since, until = _clock(ctx, taken.since), _clock(ctx, taken.until)
    return say["status"].format(by=taken.by, since=since, until=until)


def _author(event: Event) -> str:
    return event.sender.name if isinstance(event, MessageReceived) else ""


def _clock(ctx: Context, moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(ctx.config.tz)):%H:%M}"
