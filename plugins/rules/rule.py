"""A rule and a book of rules, as a YAML file holds them. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from plugins.duration import duration
from plugins.expression import Expression, Found
from plugins.scheduling import DEFAULT_TZ, next_cron
from schemas.event import ChatKind, MessageReceived
from schemas.failure import Bug

from .template import NAMES, check


def _several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise ValueError(  # noqa: TRY004  # pydantic tells of a ValueError by its place
            "is a text, or a list of texts; numbers, yes and no, and what begins with { stand in "
            "quotes"
        )
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One, or a list."""

_SOME_TIME: Final = datetime(2024, 1, 1, tzinfo=UTC)
_ONE_OF: Final = ("text", "keywords", "regex", "at")


class Rule(BaseModel):
    """One of `text` (the whole message), `keywords` (any of them), `regex` and `at` (a cron
    expression) says when; `reply` says what: of several, one by chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    text: Words = ()
    keywords: Words = ()
    regex: str | None = None
    at: str | None = Field(default=None, description="minute hour day month weekday")
    tz: str = DEFAULT_TZ
    reply: Words = Field(min_length=1)
    required_permission: Words = Field(default=(), description="of these roles, one")
    chats: Words = Field(default=(), description="chat ids; empty: all of the instance's")
    kinds: Annotated[tuple[ChatKind, ...], BeforeValidator(_several)] = ()
    called: bool = Field(default=False, description="in groups only where this account is called")
    case_sensitive: bool = False
    quote: bool = False
    mention: bool = Field(default=False, description="call the author with @")
    block: bool = Field(default=False, description="no plugin behind this one sees the message")
    cooldown: str | None = Field(default=None, description="so long this chat gets no other answer")

    @field_validator("text", "keywords")
    @classmethod
    def _not_empty(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word.strip() for word in words):
            raise ValueError("an empty word fits every message")
        return words

    @field_validator("regex")
    @classmethod
    def _expression(cls, regex: str | None) -> str | None:
        try:
            Expression.of(regex or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        return regex

    @field_validator("cooldown")
    @classmethod
    def _length(cls, cooldown: str | None) -> str | None:
        if cooldown is not None:
            duration(cooldown)
        return cooldown

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said = [name for name in _ONE_OF if getattr(self, name)]
        if len(said) != 1:
            raise ValueError(f"say one of {', '.join(_ONE_OF)}, not {' and '.join(said) or 'none'}")
        if self.at is not None:
            try:
                next_cron(self.at, self.tz, _SOME_TIME)
            except Bug as error:
                raise ValueError(str(error)) from error
        for reply in self.reply:
            check(reply, NAMES | set(self._groups))
        return self

    @property
    def _flags(self) -> re.RegexFlag:
        return re.NOFLAG if self.case_sensitive else re.IGNORECASE

    @property
    def _groups(self) -> tuple[str, ...]:
        pattern = re.compile(self.regex or "")
        return (*pattern.groupindex, *(str(number) for number in range(pattern.groups + 1)))

    @cached_property
    def _search(self) -> Callable[[str], Found | None]:
        if self.regex is not None:
            return Expression.of(self.regex, self._flags).search
        some = "|".join(re.escape(word.strip()) for word in self.text or self.keywords)
        if self.text:
            return re.compile(rf"\s*(?:{some})\s*\Z", self._flags).match
        return re.compile(some, self._flags).search

    def found(self, text: str) -> Found | None:
        """Where its words stand in a text.

        Raises:
            SlowExpression: its expression took too long.

        """
        return self._search(text) if self.at is None else None

    def is_for(self, event: MessageReceived, roles: frozenset[str]) -> bool:
        """Whether it answers there, and this author."""
        return self._is_here(event) and (
            not self.required_permission or not roles.isdisjoint(self.required_permission)
        )

    def _is_here(self, event: MessageReceived) -> bool:
        chat = event.chat
        return (
            chat.chat_id in (self.chats or (chat.chat_id,))
            and chat.kind in (self.kinds or (chat.kind,))
            and (not self.called or chat.kind == "private" or event.mentions.me)
        )


class Book(BaseModel):
    """The whole file. `answer`: by the first rule that fits, or by all that do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Literal["first", "all"] = "first"
    rules: tuple[Rule, ...] = ()

    @cached_property
    def blocks(self) -> bool:
        """Whether one of its rules does."""
        return any(rule.block for rule in self.rules)

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {twice[0]!r}")
        return self
