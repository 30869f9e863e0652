"""What every attempt works with, and what former runs of an event left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.gates import Owner
from connectors.journals import JournalStore
from connectors.questions import Question
from connectors.shared_values import SharedStore
from connectors.turns import Turn, TurnStore
from plugins.answer import told as told_answer
from plugins.context import ASK, Context, Through
from plugins.draft import Draft
from plugins.http import Fetch
from plugins.plugin import Match
from plugins.sources import NOWHERE, Sources
from schemas.identity import turn_id
from schemas.run import Call
from streams.limits import Limits
from streams.outputs import Outputs
from streams.patience import Patience
from streams.process_lane import ProcessLane
from streams.questioning import Questioning
from streams.remembered import States
from streams.retry_policy import RetryPolicy
from streams.run import run
from streams.shelf import Shelf

MOST_PARTS: Final = 64


@dataclass(frozen=True)
class Clocks:
    """Time: `now` for people and records, `ticks` (seconds, monotonic) for durations."""

    now: Callable[[], datetime]
    ticks: Callable[[], float]


@dataclass(frozen=True)
class Desk:
    """What every attempt works with."""

    store: TurnStore
    journals: JournalStore
    shelf: Shelf
    owner: Callable[[int], Owner | None]
    questions: Questioning
    shared: SharedStore
    outputs: Outputs
    states: States
    patience: Patience
    clocks: Clocks
    limits: Limits
    fetch: Fetch
    through: Through
    policy: RetryPolicy
    run_seconds: float
    processes: ProcessLane | None = None
    sources: Sources = NOWHERE

    async def run(self, match: Match, ctx: Context, drafts: list[Draft]) -> None:
        """As `streams.run.run`, within the worker's limits."""
        processes = self.processes
        await run(match, ctx, self.limits, self.run_seconds, drafts, processes=processes)


@dataclass(frozen=True)
class Before:
    """What former runs of an instance on an event left: parts in their order, what they were told
    from outside, people's answers among it, and what they asked of people.
    """

    parts: tuple[Turn, ...] = ()
    told: tuple[Call, ...] = ()
    asked: tuple[Question, ...] = ()

    @property
    def bound(self) -> int:
        """How many calls led to what a person answered, or did not answer in time."""
        return max((q.place + 1 for q in self.asked if q.state != "open"), default=0)

    def question(self, part: int) -> Question | None:
        """What was asked at the end of a stored part."""
        name = self.parts[part].turn_id
        return next((question for question in self.asked if question.turn_id == name), None)


async def before(desk: Desk, instance: str, event_id: str) -> Before:
    """What former runs left; the longer of the two journals is the later one."""
    names = [turn_id(event_id, instance, part) for part in range(MOST_PARTS)]
    found = await desk.patience.wait_for("a re-run", lambda: desk.store.parts(names))
    parts = tuple(turn for number, turn in enumerate(found) if turn.part == number)
    kept = _calls(
        await desk.patience.wait_for("a re-run", lambda: desk.journals.told(instance, event_id))
    )
    last = _calls(parts[-1].journal) if parts else []
    asked: list[Question] = []
    if parts and not parts[-1].final:
        asked = await desk.questions.of_run(instance, event_id)
    told = max(kept, last, key=len) if _fits(kept, asked) else last
    whole = await desk.patience.wait_for("a re-run", lambda: desk.shelf.restored(told))
    return Before(parts, tuple(_with_answers(whole, asked)), tuple(asked))


def _calls(stored: Sequence[object]) -> list[Call]:
    return [Call.model_validate(call) for call in stored]


def _fits(told: Sequence[Call], asked: Sequence[Question]) -> bool:
    return all(q.place < len(told) and told[q.place].name == ASK for q in asked)


def _with_answers(told: Sequence[Call], asked: Sequence[Question]) -> list[Call]:
    calls = list(told)
    for question in asked:
        if question.state != "open" and _fits(calls, [question]):
            answer = {"response": told_answer(question.state, question.answer), "error": None}
            calls[question.place] = calls[question.place].model_copy(update=answer)
    return calls
