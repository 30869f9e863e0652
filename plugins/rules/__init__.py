"""Answers by keyword, regular expression and time, as a YAML file says."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from plugins import Context, Draft, on_message, on_schedule
from plugins.duration import duration
from plugins.expression import Found
from plugins.trigger import Timed, addressed
from schemas.event import Event, InChat, MessageReceived, ScheduleFired

from .reading import read_book
from .rule import Book, Rule
from .template import filled

_WEEKDAYS: Final = "一二三四五六日"


class Config(BaseModel):
    """What its owner sets: where the rules lie. They are read when this is, and so again whenever
    the file changes.
    """

    model_config = ConfigDict(extra="forbid")

    file: str = Field(default="rules.yaml", description="beside instances.toml, or a whole path")
    _book: Book = PrivateAttr(default=Book())

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> "Config":
        folder = (info.context or {}).get("folder") or Path()
        self._book = read_book(folder / self.file)
        return self

    @property
    def book(self) -> Book:
        """The rules."""
        return self._book


@dataclass(frozen=True)
class Hit:
    """A rule that fits, and where its words stand."""

    rule: Rule
    words: Found


def hits(
    config: Config, event: Event, state: Mapping[str, Any], roles: frozenset[str]
) -> list[Hit]:
    """The rules that answer a message: the first that fits, or all. Pure."""
    found: list[Hit] = []
    text = addressed(event)
    if text is None or not isinstance(event, MessageReceived):
        return found
    for rule in config.book.rules:
        words = rule.found(text)
        if words is None or not rule.is_for(event, roles):
            continue
        if not _rests(rule, event, state):
            found.append(Hit(rule, words))
            if config.book.answer == "first":
                break
    return found


def _rests(rule: Rule, event: Event, state: Mapping[str, Any]) -> bool:
    """Whether it answered this chat a moment ago; not by this very event."""
    last = state.get("answered", {}).get(rule.name)
    if rule.cooldown is None or last is None or last["event"] == event.event_id:
        return False
    passed = event.observed_at - datetime.fromisoformat(last["at"])
    return abs(passed) < duration(rule.cooldown)


def blocks(config: Config, event: Event, state: Mapping[str, Any], roles: frozenset[str]) -> bool:
    """Whether one of the rules that answer lets nobody behind it see the message."""
    return config.book.blocks and any(hit.rule.block for hit in hits(config, event, state, roles))


def answers(config: Config, event: Event, state: Mapping[str, Any], roles: frozenset[str]) -> bool:
    """Whether rules answer, and none of them blocks."""
    found = hits(config, event, state, roles)
    return bool(found) and not any(hit.rule.block for hit in found)


@on_message(when=blocks, block=True)
async def answer_alone(ctx: Context) -> AsyncIterator[Draft]:
    """By a rule that blocks."""
    for draft in said(ctx):
        yield draft


@on_message(when=answers)
async def answer(ctx: Context) -> AsyncIterator[Draft]:
    """By the rules that fit."""
    for draft in said(ctx):
        yield draft


@on_schedule(planned=lambda config: times(config.book))
async def come_round(ctx: Context) -> AsyncIterator[Draft]:
    """By a rule whose time has come."""
    event = ctx.event
    if not isinstance(event, ScheduleFired):
        return
    name = (event.handler or "").partition(":")[2]
    rule = next((one for one in ctx.config.book.rules if one.name == name), None)
    if rule is None or event.destination_chat_id is None:
        return  # the file has changed since, or nobody said where
    if event.destination_chat_id in (rule.chats or (event.destination_chat_id,)):
        when = (event.due_at or event.observed_at).astimezone(ZoneInfo(rule.tz))
        yield ctx.reply(filled(ctx.random.choice(rule.reply), _clock(when)))


def times(book: Book) -> Iterable[Timed]:
    """What the rules ask to be woken for."""
    return [Timed(rule.name, rule.at, rule.tz) for rule in book.rules if rule.at is not None]


def said(ctx: Context) -> Iterable[Draft]:
    """What the rules that fit say."""
    for hit in hits(ctx.config, ctx.event, ctx.state, ctx.roles):
        rule = hit.rule
        if rule.cooldown is not None:
            mark = {"event": ctx.event.event_id, "at": ctx.event.observed_at.isoformat()}
            ctx.state["answered"] = {**ctx.state.get("answered", {}), rule.name: mark}
        values = _values(ctx.event, hit) | _clock(
            ctx.event.observed_at.astimezone(ZoneInfo(rule.tz))
        )
        text = filled(ctx.random.choice(rule.reply), values)
        mentions = (values["sender"],) if rule.mention and _in_group(ctx.event) else ()
        if text.strip():
            yield ctx.reply(text, quote=rule.quote, mentions=mentions)


def _in_group(event: Event) -> bool:
    return isinstance(event, InChat) and event.chat.kind == "group"


def _values(event: Event, hit: Hit) -> dict[str, str]:
    groups = {str(number): text or "" for number, text in enumerate(hit.words.groups(), start=1)}
    named = {name: text or "" for name, text in hit.words.groupdict().items()}
    sender = event.sender.name if isinstance(event, MessageReceived) else ""
    chat = event.chat.title if isinstance(event, InChat) else ""
    whole = {"0": hit.words[0].strip(), "text": hit.words.string.strip()}
    return {**named, **groups, **whole, "sender": sender, "chat": chat}


def _clock(when: datetime) -> dict[str, str]:
    return {
        "date": f"{when:%Y-%m-%d}",
        "time": f"{when:%H:%M}",
        "weekday": f"周{_WEEKDAYS[when.weekday()]}",
    }
