"""What a plugin answers to: decorators that turn async generators into handlers, and matching."""

import inspect
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from plugins.context import Context, Draft
from schemas.content import Text
from schemas.event import Event, MessageReceived

Answers = Callable[..., AsyncIterator[Draft]]
"""An async generator: it takes a `Context` (and a command's argument) and yields drafts."""

_COMMAND: Final = re.compile(r"\s*/(\S+)(?:\s(.*))?\Z", re.DOTALL)
_NAME: Final = re.compile(r"[^\s/]+\Z")


@dataclass(frozen=True)
class Handler:
    """One async generator and what it answers to.

    `commands` empty: every message. `block`: where it matches, no later handler and no later
    plugin sees the event, whatever becomes of its run.
    """

    answers: Answers
    commands: frozenset[str] = frozenset()
    block: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be run: the author hears of it when the plugin is loaded."""
        if not inspect.isasyncgenfunction(self.answers):
            name = getattr(self.answers, "__name__", self.answers)
            raise TypeError(f"{name} is no async generator: write `async def` and `yield` answers")

    def match(self, event: Event) -> tuple[Any, ...] | None:
        """The arguments to call it with after the context; None where it does not match. Pure."""
        if not isinstance(event, MessageReceived):
            return None
        if not self.commands:
            return ()
        content = event.content
        if not isinstance(content, Text):
            return None
        found = _COMMAND.match(content.text)
        if found is None or found[1].casefold() not in self.commands:
            return None
        return (found[2] or "",)

    def __call__(self, ctx: Context, *arguments: Any) -> AsyncIterator[Draft]:
        """Start answering."""
        return self.answers(ctx, *arguments)


def on_message(*, block: bool = False) -> Callable[[Answers], Handler]:
    """Answer every message of every chat: `async def answer(ctx): yield ctx.reply("…")`."""

    def decorate(answers: Answers) -> Handler:
        return Handler(answers, block=block)

    return decorate


def on_command(
    name: str, *, aliases: tuple[str, ...] = (), block: bool = False
) -> Callable[[Answers], Handler]:
    """Answer `/name ARGUMENT`: `async def answer(ctx, argument): yield ctx.reply(argument)`.

    The argument is what follows the one white-space character after the name, untouched; empty
    where nothing follows. Upper and lower case of the name are the same.

    Raises:
        ValueError: a name that is empty or holds a slash or white space.

    """
    for word in (name, *aliases):
        if not _NAME.match(word):
            raise ValueError(f"{word!r} is no command name: no slash, no white space, not empty")

    def decorate(answers: Answers) -> Handler:
        commands = frozenset(word.casefold() for word in (name, *aliases))
        return Handler(answers, commands, block)

    return decorate
