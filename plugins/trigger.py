"""What makes a handler answer an event: a command, words, a pattern, a mention, a kind of event.

Pure: a trigger looks at the event alone, so that a re-run of an event matches as its first run.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from plugins.arguments import Misused, Parameter, arguments, read_groups
from plugins.expression import Expression
from plugins.scheduling import DEFAULT_TZ, Missed
from schemas.content import Text
from schemas.event import EVENTS, Event, MessageReceived, ScheduleFired

Rule = Callable[[Event], bool]
"""A further condition; it must be pure, and is asked after the trigger has matched."""

Arguments = tuple[Any, ...]

_COMMAND: Final = re.compile(r"\s*/(\S+)(?:\s(.*))?\Z", re.DOTALL)
_NAME: Final = re.compile(r"[^\s/]+\Z")
_CALLED: Final = re.compile(r"\s*@(?:[^@\u2005\n]{1,64}\u2005|\S{1,64}(?=\s|\Z))\s*")
_TYPES: Final = {model.TYPE: model for model in EVENTS}


class Trigger(Protocol):
    """Says whether an event is for a handler."""

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | Misused | None:
        """What to call the handler with, behind the context; None: the event is not for it."""
        ...

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """What is wrong with a handler's parameters for this trigger; None: nothing."""
        ...


def said(event: Event) -> str | None:
    """The text that was written; None where the event is no text message."""
    if isinstance(event, MessageReceived) and isinstance(event.content, Text):
        return event.content.text
    return None


def addressed(event: Event) -> str | None:
    """The text that was written, without the @ that calls this account in front of it."""
    text = said(event)
    if text is not None and isinstance(event, MessageReceived) and event.mentions.me:
        return _CALLED.sub("", text, count=1) if _CALLED.match(text) else text
    return text


@dataclass(frozen=True)
class AnyMessage:
    """Every message, of whatever kind."""

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """It takes no arguments."""
        return () if isinstance(event, MessageReceived) else None

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """Nothing but the context."""
        return _none(wanted)


@dataclass(frozen=True)
class Command:
    """`/name` and what follows it; in a group also behind an @ that calls this account."""

    name: str
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that nobody could write."""
        for word in (self.name, *self.aliases):
            if not _NAME.match(word):
                raise ValueError(f"{word!r} is no command name: no slash, no space, not empty")

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | Misused | None:
        """Its arguments by the handler's types; upper and lower case of the name are the same."""
        text = addressed(event)
        found = None if text is None else _COMMAND.match(text)
        if found is None or found[1].casefold() not in self._names:
            return None
        return arguments(found[2] or "", wanted, f"/{self.name}") if wanted else ()

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """Any."""
        return None

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(word.casefold() for word in (self.name, *self.aliases))


@dataclass(frozen=True)
class Keyword:
    """A text that holds one of the words, upper or lower case."""

    words: tuple[str, ...]

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """The whole text, where the handler wants it."""
        text = said(event)
        if text is None:
            return None
        folded = text.casefold()
        return _text(text, wanted) if any(w.casefold() in folded for w in self.words) else None

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """The text, or nothing."""
        return _text_alone(wanted)


@dataclass(frozen=True)
class Pattern:
    """A text in which a regular expression is found."""

    expression: Expression

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """Its groups by the handler's types; a group that does not fit is no match."""
        text = said(event)
        found = None if text is None else self.expression.search(text)
        if found is None:
            return None
        fitting: Arguments | None = read_groups(found.groups(), wanted)
        return fitting

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """As many as it has groups."""
        if len(wanted) > self.expression.groups:
            return f"wants {len(wanted)} arguments of {self.expression.groups} groups"
        return None


@dataclass(frozen=True)
class Called:
    """A message that calls this account with @; one that calls everybody does not."""

    everybody: bool = False

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """The text without the @ in front, where the handler wants it."""
        if not isinstance(event, MessageReceived):
            return None
        if not (event.mentions.me or (self.everybody and event.mentions.all)):
            return None
        return _text(addressed(event) or "", wanted)

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """The text, or nothing."""
        return _text_alone(wanted)


@dataclass(frozen=True)
class OfType:
    """An event of one of these CloudEvents types."""

    types: frozenset[str]

    @staticmethod
    def named(names: tuple[str, ...]) -> "OfType":
        """By type (`hongyan.message.recalled.v1`) or its middle (`message.recalled`).

        Raises:
            ValueError: there is no such event.

        """
        short = {name.removeprefix("hongyan.").rpartition(".")[0]: name for name in _TYPES}
        unknown = [name for name in names if name not in _TYPES and name not in short]
        if unknown or not names:
            raise ValueError(f"no event is called {unknown or 'nothing'}; there are {list(short)}")
        return OfType(frozenset(short.get(name, name) for name in names))

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """It takes no arguments: the event is `ctx.event`."""
        return () if event.TYPE in self.types else None

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """Nothing but the context."""
        return _none(wanted)


@dataclass(frozen=True)
class Timed:
    """A repetition that is declared, under a name that is its own among its plugin's."""

    name: str
    cron: str
    tz: str = DEFAULT_TZ
    missed: Missed = "once"


@dataclass(frozen=True)
class Scheduled:
    """A time that came: one of `cron`, which the handler `name` declares, or one of those that
    `planned` makes of the instance's configuration, or, without both, one that a run of this
    instance asked for.
    """

    name: str
    cron: str | None = None
    tz: str = DEFAULT_TZ
    missed: Missed = "once"
    planned: Callable[[Any], Iterable[Timed]] | None = None

    def times(self, config: Any) -> Iterator[Timed]:
        """What an instance of this configuration is to be woken for."""
        if self.cron is not None:
            yield Timed(self.name, self.cron, self.tz, self.missed)
        for one in self.planned(config) if self.planned is not None else ():
            yield replace(one, name=f"{self.name}:{one.name}")

    def match(self, event: Event, wanted: tuple[Parameter, ...]) -> Arguments | None:
        """It takes no arguments: what was planned is `ctx.event.data`."""
        if not isinstance(event, ScheduleFired) or event.instance is None:
            return None
        if self.planned is not None:
            return () if (event.handler or "").startswith(f"{self.name}:") else None
        return () if event.handler == (self.name if self.cron is not None else None) else None

    def accepts(self, wanted: tuple[Parameter, ...]) -> str | None:
        """Nothing but the context."""
        return _none(wanted)


def _text(text: str, wanted: tuple[Parameter, ...]) -> Arguments:
    return (text,) if wanted else ()


def _none(wanted: tuple[Parameter, ...]) -> str | None:
    return "takes the context alone" if wanted else None


def _text_alone(wanted: tuple[Parameter, ...]) -> str | None:
    if len(wanted) > 1 or any(one.kind is not str for one in wanted):
        return "takes the context, and the text or nothing"
    return None
