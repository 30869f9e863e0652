"""What a context reaches the world through: made by whoever runs the plugin, hidden from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from plugins.http import Fetch
from plugins.journal import SHARED, Journal
from plugins.scheduling import SCHEDULE, Agenda
from plugins.shared import SharedDraft
from plugins.sources import NOWHERE, Sources
from schemas.failure import Bug

ASK: Final = "ask"
CATALOGUE: Final = "catalogue"
RESERVED: Final = frozenset({"now", "state", ASK, CATALOGUE, SCHEDULE, SHARED})
"""Names of what the journal keeps of a run besides its calls."""


class PureViolation(Bug):
    """A plugin that calls itself pure used what a pure one must not."""


class Suspended(BaseException):
    """The run ends here for now: a person is asked. No plugin should catch it."""


@dataclass(frozen=True)
class Asking:
    """What a run asks of a person: the call's place in the journal, how long it waits, and the
    words that cancel.
    """

    place: int
    within: timedelta
    cancel: tuple[str, ...]


Through = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Calls a dependency by its name, or raises CircuitOpen."""


async def _nothing() -> list[dict[str, Any]]:
    return []


@dataclass(frozen=True)
class Outside:
    """`flush` stores and sends what was yielded so far, `checkpoint` stores the journal. `asked`
    hears of each question, and whether its answer is told; None: nobody is asked. `through` lets a
    call pass to a dependency, or not. `shared` and `agenda` gather what is stored with a part;
    `sources` are read; `offers` tells what one can use here.
    """

    journal: Journal
    fetch: Fetch
    flush: Callable[[], Awaitable[None]]
    checkpoint: Callable[[], Awaitable[None]]
    asked: Callable[[Asking, bool], Awaitable[None]] | None = None
    shared: SharedDraft = field(default_factory=SharedDraft)
    through: Through | None = None
    agenda: Agenda = field(default_factory=Agenda)
    sources: Sources = NOWHERE
    offers: Callable[[], Awaitable[list[dict[str, Any]]]] = _nothing
