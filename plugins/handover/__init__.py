"""A person takes over a chat, and the bot is silent there until it is given back."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plugins import Context, Draft, on_command, on_event, on_message, on_schedule
from plugins.duration import duration
from plugins.trigger import said
from schemas.event import Event, FromOutside, InChat, MessageReceived

from .directory import KEY, Directory, KnownChat, Standing
from .takeover import Takeover
from .wording import wording

_MAY: Final = ("owner", "admin")
_SILENCE: Final[tuple[Draft, ...]] = ()
_STATUS: Final = frozenset({"status", "状态", "?", "？"})
_LIST: Final = frozenset({"list", "列表"})
_ID: Final = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{8,64}\Z")
"""A chat's id; one without a letter is sooner somebody's telephone number."""
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
async def resume(ctx: Context, which: str = "") -> AsyncIterator[Draft]:
    """把会话交还给机器人。Give a chat back to the bot: this one, or one of `/handover list`."""
    say = wording(said(ctx.event) or "")
    if which.strip():
        yield ctx.reply(
            await _elsewhere(ctx, which.strip(), {"release": True}, say["resumed_there"])
        )
        return
    taken = ctx.state.pop("taken", None)
    if taken is not None:
        await _tell_directory(ctx, ctx.event, "free")
    yield ctx.reply(say["resumed"] if taken is not None else say["not_taken"])


@on_command("handover", aliases=("接管", "人工接管"), permission=_MAY, block=True)
async def take(ctx: Context, what: str = "") -> AsyncIterator[Draft]:
    """由人接管会话，机器人静默。Take a chat over; the bot is silent there. `list`, `status`."""
    say = wording(said(ctx.event) or "")
    if what.strip() in _STATUS:
        yield ctx.reply(_status(ctx, say))
        return
    if what.strip() in _LIST:
        yield ctx.reply(_listed(ctx, Directory.of(await ctx.shared.get(KEY, [])), say))
        return
    which, length = _read(what)
    if which:
        by = _author(ctx.event)
        data = {"take": length.total_seconds() if length is not None else True, "by": by}
        yield ctx.reply(await _elsewhere(ctx, which, data, say["taken_there"]))
        return
    taken = _begin(ctx, _author(ctx.event), length)
    await _tell_directory(ctx, ctx.event, "taken")
    until = _clock(ctx.config, taken.until, ctx.event.observed_at)
    yield ctx.reply(say["taken"].format(by=taken.by, until=until))


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
    await _tell_directory(ctx, event, "asked")
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


@on_event("api.event.received", when=is_ours)
async def obey(ctx: Context) -> AsyncIterator[Draft]:
    """What is posted for a chat: `{"take": "2h"}`, `{"take": true}` or `{"release": true}`."""
    _obey(ctx, ctx.event.data if isinstance(ctx.event, FromOutside) else {})
    for draft in _SILENCE:
        yield draft


@on_schedule()
async def obey_from_afar(ctx: Context) -> AsyncIterator[Draft]:
    """What an admin said in another chat; nothing is said here."""
    _obey(ctx, ctx.event.data if isinstance(ctx.event, FromOutside) else {})
    for draft in _SILENCE:
        yield draft


def _obey(ctx: Context, data: Mapping[str, Any]) -> None:
    take = data.get("take")
    if data.get("release"):
        ctx.state.pop("taken", None)
    elif isinstance(take, str):
        _begin(ctx, str(data.get("by") or "API"), duration(take))
    elif take:
        length = None if isinstance(take, bool) else timedelta(seconds=float(take))
        _begin(ctx, str(data.get("by") or "API"), length)


async def _elsewhere(ctx: Context, which: str, data: dict[str, Any], words: str) -> str:
    """Have it done in the lane of another chat, which this one cannot reach; what to say of it."""
    directory = Directory.of(await ctx.shared.get(KEY, []))
    found = directory.find(which)
    if found is None and not _ID.match(which):
        return wording(said(ctx.event) or "")["unknown"].format(which=which)
    chat = found or KnownChat(which, which, "free", "")
    ctx.schedule(timedelta(), data, chat_id=chat.id)
    standing: Standing = "taken" if "take" in data else "free"
    told = KnownChat(chat.id, chat.title, standing, ctx.event.observed_at.isoformat())
    await ctx.shared.put(KEY, directory.told(told).kept())
    return words.format(chat=chat.title)


async def _tell_directory(ctx: Context, event: Event, standing: Standing) -> None:
    if isinstance(event, InChat):
        at = event.observed_at.isoformat()
        directory = Directory.of(await ctx.shared.get(KEY, []))
        told = directory.told(KnownChat(event.chat_id, event.chat.title, standing, at))
        await ctx.shared.put(KEY, told.kept())


def _read(what: str) -> tuple[str, timedelta | None]:
    """Which chat, if one is named, and how long: `2`, `30m`, `客户群 2小时`."""
    words = what.strip().rsplit(maxsplit=1)
    if not words:
        return "", None
    try:
        return what.strip()[: -len(words[-1])].strip(), duration(words[-1])
    except ValueError:
        return what.strip(), None


def _listed(ctx: Context, directory: Directory, say: Mapping[str, str]) -> str:
    lines = [
        say["line"].format(
            number=number,
            chat=one.title,
            standing=say[f"is_{one.standing}"],
            at=_clock(ctx.config, one.at, ctx.event.observed_at),
            id=one.id,
        )
        for number, one in enumerate(directory.chats, start=1)
    ]
    return "\n".join([say["list"], *lines, say["usage"]]) if lines else say["empty"]


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
    now = ctx.event.observed_at
    since, until = (_clock(ctx.config, at, now) for at in (taken.since, taken.until))
    return say["status"].format(by=taken.by, since=since, until=until)


def _author(event: Event) -> str:
    return event.sender.name if isinstance(event, MessageReceived) else ""


def _clock(config: Config, moment: str, now: datetime) -> str:
    """`17:00`, with its date where that is another than today's."""
    zone = ZoneInfo(config.tz)
    at, today = datetime.fromisoformat(moment).astimezone(zone), now.astimezone(zone).date()
    return f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"
