"""Runs a recorded event again: same inputs, same answers from outside, same time; sends nothing.

Nothing here can produce: it has no producer and no database, and calls are answered from the
journal (or, where that is asked for, by stubs or by requests that only read).
"""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

from connectors.recordings import Recording
from plugins.chat_state import ChatState
from plugins.context import Context, Outside
from plugins.draft import Draft
from plugins.grants import Grants, Warrant
from plugins.http import Fetch
from plugins.journal import JournalMiss
from plugins.plugin import Instance, Match, matches
from plugins.sources import NOWHERE
from schemas.action import Action
from schemas.failure import Failure
from schemas.identity import action_id, turn_id
from schemas.run import Call, PluginRun
from streams.limits import Limits
from streams.replay_calls import Calls, journal_for, reading_alone
from streams.run import log_of, run
from streams.turn import Whole

Verdict = Literal["same", "changed", "missing", "new", "failed", "miss"]
"""The same answers; others; none where there were some; some where there were none; it raised what
it did not raise before; it asked what the journal does not hold.
"""
_SECONDS: Final = 3600.0  # a person may stand at a breakpoint


@dataclass(frozen=True)
class Replayed:
    """One run again, beside the recorded one; `before` and `after` are what people would read,
    `answers` the actions of `after`.
    """

    event_id: str
    instance: str
    verdict: Verdict
    said: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    error: str | None = None
    stack: str = ""
    ms: float = 0.0
    answers: tuple[Action, ...] = ()
    error_before: str | None = None

    @property
    def as_before(self) -> bool:
        """Whether nothing changed."""
        return self.verdict == "same"


@dataclass(frozen=True)
class Replay:
    """How to run again: the plugins, where calls are answered, and who looks at what is raised."""

    instances: Sequence[Instance]
    calls: Calls = "recorded"
    stubs: Mapping[str, Any] = field(default_factory=dict)
    empty_state: bool = False
    fetch: Fetch | None = None
    on_raise: Callable[[BaseException], None] | None = None

    async def one(self, recording: Recording) -> Replayed:
        """Run one recorded run again, whatever it comes to."""
        recorded = recording.run
        before = tuple(_line(a.chat_id, a.content) for a in recorded.actions)
        match = self._match(recording)
        said = str(getattr(getattr(recording.event, "content", None), "text", recording.event.TYPE))
        began = time.perf_counter()
        drafts: list[Draft] = []
        answers: tuple[Action, ...] = ()
        failure: Failure | None = None
        if match is not None:
            try:
                ctx = self._context(recording, match)
                await run(match, ctx, Limits(time.monotonic), _SECONDS, drafts)
                drafts = list(match.passed(recording.event, drafts))
                answers = _actions(recording, drafts)
            except Failure as raised:
                failure = raised
                if self.on_raise is not None:
                    self.on_raise(raised.__cause__ or raised)
        after = tuple(_line(draft.chat_id, draft.content) for draft in drafts)
        return Replayed(
            recording.event.event_id,
            recorded.instance,
            _verdict(recorded.error, before, after, failure),
            said,
            before,
            after if failure is None else (),
            str(failure) if failure is not None else None,
            _stack(failure),
            (time.perf_counter() - began) * 1000,
            answers,
            recorded.error,
        )

    def _match(self, recording: Recording) -> Match | None:
        found = matches(self.instances, recording.event)
        return next((m for m in found if m.instance.name == recording.run.instance), None)

    def _context(self, recording: Recording, match: Match) -> Context:
        event, recorded, instance = recording.event, recording.run, match.instance
        log, warrant = log_of(recorded.instance, event.event_id), self._warrant(recorded, instance)
        made = partial(Context, event, log, config=instance.config, warrant=warrant)
        if instance.plugin.manifest.pure:
            return made()
        told = [call for call in recorded.calls if call.name != "state"]
        journal = journal_for(self.calls, told, self.stubs)

        async def kept() -> None:
            """Nothing is stored: what was said before a flush stays where it is."""

        state = {} if self.empty_state else _state(recorded.calls)
        return made(
            state=ChatState(state),
            now=recorded.started_at,
            seed=turn_id(event.event_id, recorded.instance),
            outside=Outside(
                journal,
                reading_alone(self.fetch),
                kept,
                kept,
                sources=NOWHERE.offering(lambda: match.tools(event)),
            ),
        )

    def _warrant(self, recorded: PluginRun, instance: Instance) -> Warrant:
        """What was granted then is granted again; as it is now, where something was denied, or
        something may be reached.
        """
        anew = bool(recorded.denied) or self.calls == "live-readonly"
        grants = instance.grants if anew else Grants.everything()
        return Warrant(instance.name, grants, instance.roles)


def _actions(recording: Recording, drafts: Sequence[Draft]) -> tuple[Action, ...]:
    turn = turn_id(recording.event.event_id, recording.run.instance)
    with Whole(recording.run.instance):
        return tuple(
            Action(
                action_id=action_id(turn, index),
                channel=draft.channel,
                account=draft.account,
                chat_id=draft.chat_id,
                content=draft.content,
                **draft.answers,
                event_id=recording.event.event_id,
                instance=recording.run.instance,
                requested_at=recording.run.started_at,
            )
            for index, draft in enumerate(drafts)
        )


def _state(calls: Sequence[Call]) -> dict[str, object]:
    told = next((call.response for call in calls if call.name == "state"), None)
    return dict(told) if isinstance(told, dict) else {}


def _verdict(
    error: str | None, before: tuple[str, ...], after: tuple[str, ...], failure: Failure | None
) -> Verdict:
    if isinstance(failure, JournalMiss):
        return "miss"
    if failure is not None:
        return "same" if error is not None and str(failure)[: len(error)] == error else "failed"
    if error is None and before == after:
        return "same"
    if not before:
        return "new" if after else "changed"
    return "changed" if after else "missing"


def _line(chat_id: str, content: object) -> str:
    text = getattr(content, "text", None)
    return f"{chat_id}: {text if text is not None else content}"


def _stack(failure: Failure | None) -> str:
    if failure is None:
        return ""
    return "".join(traceback.format_exception(failure.__cause__ or failure))
