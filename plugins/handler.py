"""What a plugin answers to: decorators that turn async generators into handlers, and matching."""

import inspect
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypedDict, Unpack, cast

from plugins.arguments import Misused, Parameter, parameters
from plugins.context import Context
from plugins.cooldown import Cooldown
from plugins.draft import Draft
from plugins.expression import Expression
from plugins.roles import NOBODY, Roles
from plugins.scheduling import DEFAULT_TZ, Missed, check
from plugins.trigger import (
    AnyMessage,
    Arguments,
    Called,
    Command,
    Keyword,
    OfType,
    Pattern,
    Rule,
    Scheduled,
    Timed,
    Trigger,
)
from plugins.when import Condition, When
from schemas.event import Event

Answers = Callable[..., AsyncIterator[Draft]]
"""An async generator: it takes a `Context` (and its trigger's arguments) and yields drafts."""

Rules = Rule | tuple[Rule, ...]

REFUSING: Final = Cooldown(timedelta(minutes=1), "chat")
"""How often an instance says in a chat that somebody may not: whoever likes can make it say so."""

_MOST_QUOTED: Final = 120  # characters
_REFUSED: Final = "/"  # no handler is called so


@dataclass(frozen=True)
class Misjudged:
    """Nobody can tell whether an event is for a handler: its rule raised this."""

    error: BaseException


@dataclass(frozen=True)
class Refused:
    """An event is for a handler, and its author lacks the permission: told by a word."""

    word: str


@dataclass(frozen=True)
class Handler:
    """One async generator and what it answers to.

    `block`: where it matches, no later handler and no later plugin sees the event, whatever
    becomes of its run. `priority`: lower sees an event first; None: its plugin's. `permission`:
    roles of which the author must hold one; none: anybody. `cooldown`: how often it answers.
    `when`: a condition by the instance's set-up and the chat's state.
    """

    answers: Answers
    trigger: Trigger = field(default_factory=AnyMessage)
    rules: tuple[Rule, ...] = ()
    priority: int | None = None
    block: bool = False
    permission: tuple[str, ...] = ()
    cooldown: Cooldown | None = None
    when: When | None = None
    wanted: tuple[Parameter, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what could not be run: the author hears of it when the plugin is loaded."""
        name = self.name
        if not inspect.isasyncgenfunction(self.answers):
            raise TypeError(f"{name} is no async generator: write `async def` and `yield` answers")
        wanted = parameters(self.answers)
        problem = self.trigger.accepts(wanted)
        if problem is not None:
            raise TypeError(f"{name} {problem}")
        object.__setattr__(self, "wanted", wanted)

    def match(
        self,
        event: Event,
        config: Any = None,
        state: Mapping[str, Any] | None = None,
        roles: Roles = NOBODY,
    ) -> Arguments | Misused | Misjudged | None:
        """What to call it with after the context; None where it does not match. Pure.

        `state` None: what the chat's events before this one left is not known.
        """
        try:
            found = self.trigger.match(event, self.wanted)
            if found is None or not all(rule(event) for rule in self.rules):
                return None
            if self.when is not None and not self.when(config, event, state, roles):
                return None
        # A rule is its author's code: it fails its own run, and stops no other plugin.
        except (Exception, SystemExit) as error:  # noqa: BLE001  # as said
            return Misjudged(error)
        return found

    def __call__(self, ctx: Context, *arguments: Any) -> AsyncIterator[Draft]:
        """Start answering; a call that does not fit is answered with how to write it.

        Raises:
            BaseException: what its rule raised, where that is why it is called.

        """
        first = arguments[0] if arguments else None
        if isinstance(first, Misjudged):
            raise first.error
        if isinstance(first, Refused):
            return _refused(ctx, first)
        if self.when is not None and self.remembers:
            return self._if_it_holds(ctx, self.when, arguments)
        return self._called(ctx, arguments)

    async def _if_it_holds(
        self, ctx: Context, when: When, arguments: Arguments
    ) -> AsyncGenerator[Draft, None]:
        """It may have been matched where nobody knew what the chat remembers, as after a wait."""
        if when.asked(ctx.config, ctx.event, ctx.state, ctx.roles):
            async with aclosing(cast("Any", self._called(ctx, arguments))) as answers:
                async for draft in answers:
                    yield draft

    def _called(self, ctx: Context, arguments: Arguments) -> AsyncIterator[Draft]:
        first = arguments[0] if arguments else None
        if isinstance(first, Misused):
            return self._told(ctx, first)
        if self.cooldown is not None:
            return self._spaced(ctx, self.cooldown, arguments)
        return self.answers(ctx, *arguments)

    async def _told(self, ctx: Context, misused: Misused) -> AsyncIterator[Draft]:
        spaced = self.cooldown
        if spaced is None or await spaced.take(ctx, f"{self.name}?") == "answer":
            problem = misused.problem
            if len(problem) > _MOST_QUOTED:  # it quotes what was written, however long that is
                problem = f"{problem[:_MOST_QUOTED]}…"
            yield ctx.reply(f"{problem}\n用法 usage: {misused.usage}")

    async def _spaced(
        self, ctx: Context, cooldown: Cooldown, arguments: Arguments
    ) -> AsyncGenerator[Draft, None]:
        taken = await cooldown.take(ctx, self.name)
        if taken == "answer":
            async with aclosing(cast("Any", self.answers(ctx, *arguments))) as answers:
                async for draft in answers:
                    yield draft
        elif taken == "word":
            yield ctx.reply(cooldown.word)

    @property
    def remembers(self) -> bool:
        """Whether it matters to its match what the chat's events before left."""
        return self.when is not None and self.when.remembers

    @property
    def name(self) -> str:
        """Its function's."""
        return str(getattr(self.answers, "__name__", self.answers))


async def _refused(ctx: Context, refused: Refused) -> AsyncIterator[Draft]:
    if await REFUSING.take(ctx, _REFUSED) == "answer":
        yield ctx.reply(refused.word)


class Options(TypedDict, total=False):
    """What every decorator takes besides its trigger.

    `rule`: a further condition or several, each a pure function of the event. `when`: one more, a
    pure function of the instance's `Config` and the event, and of the chat's `state` as the events
    before left it and the `roles` that the author holds, where it has parameters of these names.
    `permission`: a role of which the author must hold one, such as "admin", or several. `cooldown`:
    how often it answers: "10s" for each person in each chat, "1h per chat", "1d per instance".
    `priority`: lower sees an event first. `block`: where it matches, nothing behind it sees it.
    """

    rule: Rules
    when: Condition | None
    permission: str | tuple[str, ...]
    cooldown: "str | timedelta | Cooldown | None"
    priority: int | None
    block: bool


def on_message(
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer every message of every chat: `async def answer(ctx): yield ctx.reply("…")`."""
    return _decorator(AnyMessage(), options)


def on_command(
    name: str,
    *,
    aliases: tuple[str, ...] = (),
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer `/name ARGUMENT`: `async def answer(ctx, argument): yield ctx.reply(argument)`.

    One `str` argument is what follows the one white-space character after the name, untouched;
    empty where nothing follows. Several, or of other types, are read word by word: `int`, `float`,
    `bool`, `timedelta` (`10m`, `2小时`), `Mention` (`@name`), and a last `str` takes what is left.
    What does not fit is answered with how to write it. Upper and lower case of the name are the
    same; in a group the command may stand behind an @ that calls this account.

    Raises:
        ValueError: a name that is empty or holds a slash or white space.
        TypeError: a parameter of a type that words cannot be read as.

    """
    return _decorator(Command(name, aliases), options)


def on_keyword(
    *words: str,
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer a text that holds one of the words: `async def answer(ctx, text)`; `text` may be left
    out.

    Raises:
        ValueError: no word, or an empty one, which every text would hold.

    """
    if not words or not all(words):
        raise ValueError("name at least one word, and none that is empty")
    return _decorator(Keyword(words), options)


def on_regex(
    pattern: str | re.Pattern[str],
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer a text in which the expression is found; its groups are the arguments, by type.

    Raises:
        re.error: it is no regular expression.

    """
    return _decorator(Pattern(Expression.of(pattern)), options)


def on_mention(
    *,
    everybody: bool = False,
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer a group message that calls this account with @: `async def answer(ctx, text)`, the
    text without the @ in front. `everybody`: also one that calls all.
    """
    return _decorator(Called(everybody), options)


def on_event(
    *types: str,
    **options: Unpack[Options],
) -> Callable[[Answers], Handler]:
    """Answer events by type, for example `message.recalled` or `webhook.received`.

    Raises:
        ValueError: there is no such event.

    """
    return _decorator(OfType.named(types), options)


def on_schedule(
    cron: str | None = None,
    *,
    tz: str = DEFAULT_TZ,
    missed: Missed = "once",
    planned: Callable[[Any], Iterable[Timed]] | None = None,
) -> Callable[[Answers], Handler]:
    """Answer the times of a cron expression, `@on_schedule("0 9 * * *")`, once in each chat of the
    instance's scope, or outside any chat; without one what this instance's runs asked for with
    `ctx.schedule`. `planned` makes the expressions of the instance's configuration: then
    `ctx.event.handler` ends in `:` and the name of the one that came.

    `missed`: for times at which nobody was there, run for the last one (`once`), for each (`all`,
    100 at most), or not (`skip`).

    Raises:
        Bug: the expression or the time zone is none.

    """
    check(cron, tz, missed)

    def decorate(answers: Answers) -> Handler:
        name = getattr(answers, "__name__", "")
        return Handler(answers, Scheduled(name, cron, tz, missed, planned))

    return decorate


def _decorator(
    trigger: Trigger,
    options: Options,
) -> Callable[[Answers], Handler]:
    rule, permission = options.get("rule", ()), options.get("permission", ())
    cooldown, when = Cooldown.read(options.get("cooldown")), When.read(options.get("when"))

    def decorate(answers: Answers) -> Handler:
        return Handler(
            answers,
            trigger,
            rule if isinstance(rule, tuple) else (rule,),
            options.get("priority"),
            options.get("block", False),
            (permission,) if isinstance(permission, str) else permission,
            cooldown,
            when,
        )

    return decorate
