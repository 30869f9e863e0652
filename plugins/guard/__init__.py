"""Watches words and rates, in what people write and in what plugins are about to say."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from plugins import Context, Draft, on_command, on_message, on_outgoing
from plugins.expression import Expression
from schemas.content import Text
from schemas.event import Event, InChat, MessageReceived

from .lexicon import Lexicon
from .wording import wording

_SILENCE: Final[tuple[Draft, ...]] = ()
_PEOPLE: Final = 200
_KEPT: Final = 20
_EXCERPT: Final = 60
_NO_WORDS: Final = frozenset({"kind", "status", "amount", "missing", "by"})

Word = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Rate(BaseModel):
    """How many messages one person may write in a while."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: int = Field(ge=1, le=100)
    seconds: float = Field(gt=0, le=86400)


class Config(BaseModel):
    """What its owner sets."""

    model_config = ConfigDict(extra="forbid")

    words: tuple[Word, ...] = Field(default=(), description="found in their disguises too")
    expressions: tuple[Word, ...] = Field(default=(), description="regular expressions")
    rate: Rate | None = Field(default=None, description="so many messages of one person in a while")
    incoming: bool = Field(default=True, description="watch what people write")
    outgoing: Literal["drop", "mask", "pass"] = Field(
        default="drop", description="what becomes of a plugin's message that holds such a word"
    )
    warn: str | None = Field(default=None, description="the warning; empty: none; {sender} is who")
    warn_seconds: float = Field(default=60, ge=0, description="so long nobody is warned again")
    notify: str | None = Field(default=None, description="a chat id that hears of every hit")
    exempt: tuple[str, ...] = Field(default=("owner", "admin"), description="roles")
    language: Literal["zh", "en"] = Field(default="zh", description="what it says itself is in")

    @field_validator("expressions")
    @classmethod
    def _expressions(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        for expression in expressions:
            try:
                Expression.of(expression)
            except re.error as error:
                raise ValueError(f"{expression!r} is no regular expression: {error}") from error
        return expressions

    @cached_property
    def lexicon(self) -> Lexicon:
        """Its words and expressions."""
        return Lexicon.of(self.words, self.expressions)


def offence(
    config: Config, event: Event, state: Mapping[str, Any], roles: frozenset[str]
) -> str | None:
    """What is wrong with a message: the word, or the rate as `rate`; None: nothing. Pure."""
    if not isinstance(event, MessageReceived) or not config.incoming or not event.sender.name:
        return None
    if not roles.isdisjoint(config.exempt):
        return None
    found = config.lexicon.find(_words(event.content))
    return found if found is not None else _hurry(config.rate, event, state)


def _words(content: BaseModel) -> str:
    """What a person reads of it: a text, the name of a file, the title of a card."""
    fields = (value for name, value in content if name not in _NO_WORDS)
    return "\n".join(value for value in fields if isinstance(value, str))


def _hurry(rate: Rate | None, event: MessageReceived, state: Mapping[str, Any]) -> str | None:
    if rate is None:
        return None
    since = event.observed_at - timedelta(seconds=rate.seconds)
    before = [
        at
        for name, at in state.get("times", {}).get(_author(event), ())
        if name != event.event_id and since < datetime.fromisoformat(at) <= event.observed_at
    ]
    return "rate" if len(before) >= rate.messages else None


def _author(event: MessageReceived) -> str:
    return event.sender.id or event.sender.name


def counts(config: Config, event: Event) -> bool:
    """Whether messages are counted."""
    return config.rate is not None and config.incoming and isinstance(event, MessageReceived)


def offends(config: Config, event: Event, state: Mapping[str, Any], roles: frozenset[str]) -> bool:
    """Whether a message is kept from all plugins behind."""
    return offence(config, event, state, roles) is not None


@on_message(when=offends, block=True)
async def hold(ctx: Context) -> AsyncIterator[Draft]:
    """Warn, tell whom the owner named, and keep the message from all plugins behind."""
    event, config = ctx.event, ctx.config
    found = offence(config, event, ctx.state, ctx.roles)
    if found is None or not isinstance(event, MessageReceived):
        return
    say = wording(config.language)
    why = say["rate"] if found == "rate" else say["word"].format(word=found)
    ctx.log.warning("{} is held: {}", event.event_id, why)  # noqa: PLE1205  # loguru's braces
    entry = {"at": event.observed_at.isoformat(), "who": event.sender.name, "why": why}
    ctx.state["log"] = [*ctx.state.get("log", []), entry][-_KEPT:]
    if _may_warn(ctx):
        warning = say["warn"] if config.warn is None else config.warn
        if warning:
            group = event.chat.kind == "group"
            mentions = (event.sender.name,) if group else ()
            yield ctx.reply(warning.replace("{sender}", event.sender.name), mentions=mentions)
    if config.notify is not None and config.notify != event.chat_id:
        told = {"chat": event.chat.title, "who": event.sender.name, "why": why}
        excerpt = _words(event.content)[:_EXCERPT]
        yield ctx.send(config.notify, say["notice"].format(**told, text=excerpt))


def _may_warn(ctx: Context) -> bool:
    """Once in a while: a warning for each of a hundred messages would be the flood itself."""
    last = ctx.state.get("warned")
    at = ctx.event.observed_at
    if last and at - datetime.fromisoformat(last) < timedelta(seconds=ctx.config.warn_seconds):
        return False
    ctx.state["warned"] = at.isoformat()
    return True


@on_message(when=counts, priority=-501)
async def count(ctx: Context) -> AsyncIterator[Draft]:
    """Note when each person wrote."""
    event, rate = ctx.event, ctx.config.rate
    if isinstance(event, MessageReceived) and rate is not None:
        times = dict(ctx.state.get("times", {}))
        own = [one for one in times.pop(_author(event), []) if one[0] != event.event_id]
        own.append([event.event_id, event.observed_at.isoformat()])
        times[_author(event)] = own[-rate.messages - 1 :]
        ctx.state["times"] = dict(list(times.items())[-_PEOPLE:])
    for draft in _SILENCE:
        yield draft


@on_command("guard", aliases=("审核记录",), permission=("owner", "admin"))
async def log(ctx: Context) -> AsyncIterator[Draft]:
    """最近被拦下的消息。The last messages that were held in this chat."""
    say = wording(ctx.config.language)
    entries = ctx.state.get("log", [])
    lines = [f"{one['at'][:16].replace('T', ' ')} {one['who']}: {one['why']}" for one in entries]
    yield ctx.reply("\n".join([say["log"], *lines]) if lines else say["none"])


@on_outgoing
def read(config: Config, speaker: str, event: Event, draft: Draft) -> Sequence[Draft]:
    """Read what a plugin is about to say."""
    found = config.lexicon.find(_words(draft.content))
    if found is None:
        return [draft]
    left = [draft] if config.outgoing == "pass" else []
    if config.outgoing == "mask" and isinstance(draft.content, Text):
        left = [replace(draft, content=Text(text=config.lexicon.masked(draft.content.text)))]
    if config.notify is None or config.notify == draft.chat_id:
        return left
    say = wording(config.language)
    here = isinstance(event, InChat) and event.chat_id == draft.chat_id
    chat = event.chat.title if here and isinstance(event, InChat) else draft.chat_id
    told = say["outgoing"].format(who=speaker, chat=chat, why=say["word"].format(word=found))
    notice = Draft(event.channel, event.account, config.notify, Text(text=told))
    return [*left, notice]
