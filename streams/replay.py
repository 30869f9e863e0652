"""Runs a recorded event again: same inputs, same answers from outside, same time; sends nothing.

Nothing here can produce: it has no producer and no database, and calls are answered from the
journal (or, where that is asked for, by GET requests alone).
"""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from loguru import logger

from connectors.recordings import Recording
from plugins.context import ChatState, Context, Draft, Outside
from plugins.http import Fetch, HttpAnswer, HttpRequest
from plugins.journal import Journal, JournalMiss
from plugins.plugin import Instance, Match, matches
from schemas.failure import Failure
from schemas.identity import turn_id
from schemas.run import Call
from streams.limits import Limits
from streams.run import run

Verdict = Literal["same", "changed", "missing", "new", "failed", "miss"]
"""The same answers; others; none where there were some; some where there were none; it raised what
it did not raise before; it asked what the journal does not hold.
"""
Calls = Literal["recorded", "live-readonly"]
_SECONDS: Final = 3600.0  # a person may stand at a breakpoint


@dataclass(frozen=True)
class Replayed:
    """One run again, beside the recorded one; `before` and `after` are what people would read."""

    event_id: str
    instance: str
    verdict: Verdict
    said: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    error: str | None = None
    stack: str = ""
    ms: float = 0.0

    @property
    def as_before(self) -> bool:
        """Whether nothing changed."""
        return self.verdict == "same"


@dataclass(frozen=True)
class Replay:
    """How to run again: the plugins, where calls are answered, and who looks at what is raised."""

    instances: Sequence[Instance]
    calls: Calls = "recorded"
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
        failure: Failure | None = None
        if match is not None:
            try:
                ctx = self._context(recording)
                await run(match, ctx, Limits(time.monotonic), _SECONDS, drafts)
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
        )

    def _match(self, recording: Recording) -> Match | None:
        found = matches(self.instances, recording.event)
        return next((m for m in found if m.instance.name == recording.run.instance), None)

    def _context(self, recording: Recording) -> Context:
        event, recorded = recording.event, recording.run

        def log():  # type: ignore[no-untyped-def]  # loguru's Logger type exists in stubs alone
            return logger.bind(plugin=recorded.instance, event_id=event.event_id)

        journal = Journal([c for c in recorded.calls if c.name != "state"], strict=not self.fetch)

        async def kept() -> None:
            """Nothing is stored: what was said before a flush stays where it is."""

        state = {} if self.empty_state else _state(recorded.calls)
        return Context(
            event,
            log,
            state=ChatState(state),
            now=recorded.started_at,
            seed=turn_id(event.event_id, recorded.instance),
            outside=Outside(journal, self._fetch, kept, kept),
        )

    async def _fetch(self, asked: HttpRequest) -> HttpAnswer:
        if self.fetch is None or asked.method not in {"GET", "HEAD"}:
            raise JournalMiss(f"a replay does not send {asked.method} {asked.redacted()['url']}")
        return await self.fetch(asked)


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
