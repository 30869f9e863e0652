"""How often a handler answers: once in a while for each person, chat or instance.

An event's own time decides, and what is stored with the answer: a re-run decides as its first run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast, get_args

from plugins.context import Context
from plugins.duration import duration
from schemas.event import Event, MessageReceived

Per = Literal["user", "chat", "instance"]

Taken = Literal["answer", "word", "silent"]
Mark = Mapping[str, Any]
"""The last event that was answered: its id, its time, and whether somebody was told to wait."""

KEY: Final = "_cooldown"
"""Where a chat's state keeps it; a plugin that clears its state begins anew."""

_MOST: Final = 200  # people of one chat and handler; the oldest are forgotten
_TEXT: Final = re.compile(r"(.*?)(?:\s+(?:per|each|每)\s*(user|chat|instance))?\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Cooldown:
    """`every` is the shortest time between two answers; who comes sooner is told `word`, once;
    empty: nothing.
    """

    every: timedelta
    per: Per = "user"
    word: str = ""

    @classmethod
    def read(cls, wanted: "str | timedelta | Cooldown | None") -> "Cooldown | None":
        """`"10s"`, `"1h per chat"`, `"1天 per instance"`, or one that is made already.

        Raises:
            ValueError: it says no length of time, or none above zero.

        """
        if wanted is None or isinstance(wanted, Cooldown):
            made = wanted
        elif isinstance(wanted, timedelta):
            made = cls(wanted)
        else:
            found = cast("re.Match[str]", _TEXT.match(wanted))
            made = cls(duration(found[1]), cast("Per", found[2] or get_args(Per)[0]))
        if made is not None and made.every <= timedelta():
            raise ValueError(f"{wanted!r} is no cooldown: name a time above zero")
        return made

    def passes(self, mark: Mark | None, event: Event) -> bool:
        """Whether an event may be answered after the one that `mark` tells of. Pure."""
        if mark is None or mark["event"] == event.event_id:
            return True
        return abs(event.observed_at - datetime.fromisoformat(mark["at"])) >= self.every

    async def take(self, ctx: Context, handler: str) -> Taken:
        """Whether this event is answered: then the next one has to wait. Kept in `ctx.state`, which
        a chat's events see in their order, or, for all chats, in `ctx.shared`.
        """
        event = ctx.event
        if self.per == "instance":
            name = f"{KEY}:{handler}"
            taken, mark = self.decided(await ctx.shared.get(name), event)
            if mark is not None:
                await ctx.shared.put(name, mark)
            return taken
        person = _person(event) if self.per == "user" else ""
        marks = {**ctx.state.get(KEY, {}).get(handler, {})}
        taken, mark = self.decided(marks.pop(person, None), event)
        if mark is not None:
            marks[person] = mark
            kept = dict(list(marks.items())[-_MOST:])
            ctx.state[KEY] = {**ctx.state.get(KEY, {}), handler: kept}
        return taken

    def decided(self, mark: Mark | None, event: Event) -> tuple[Taken, Mark | None]:
        """What becomes of an event, and the new mark; None: it stays. Pure."""
        if self.passes(mark, event):
            return "answer", {"event": event.event_id, "at": event.observed_at.isoformat()}
        if mark is not None and self.word and not mark.get("told"):
            return "word", {**mark, "told": True}
        return "silent", None


def _person(event: Event) -> str:
    if not isinstance(event, MessageReceived) or event.chat.kind == "private":
        return ""
    return event.sender.id or event.sender.name
