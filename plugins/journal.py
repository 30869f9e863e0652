"""What a run was told from outside, in order: a re-run is told the same again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import orjson

from schemas.failure import (
    BadRequest,
    BadValue,
    Bug,
    Denied,
    DependencyDown,
    Expired,
    Failure,
    Permanent,
    Retryable,
    Spent,
    Throttled,
)
from schemas.run import Call

_KINDS: dict[str, type[Failure]] = {
    kind.kind: kind
    for kind in (
        Retryable,
        DependencyDown,
        Permanent,
        BadRequest,
        BadValue,
        Denied,
        Spent,
        Bug,
        Expired,
    )
}

_PASSING: Final = frozenset(kind.kind for kind in (Retryable, DependencyDown, Throttled))
_UNANSWERED: Final = {"kind": "unanswered", "message": "nobody waited for the answer"}
SHARED: Final = "shared"
"""A read of a value that others write: a retry reads anew, unless something stands by it."""
_UNKNOWN: Final = frozenset({"unanswered", "left_out"})
"""The answer itself is not in the journal."""


class JournalMiss(Permanent):
    """A run asks for something else than its journal holds at this place."""

    kind = "journal_miss"


class Journal:
    """Calls that are told already are answered from it, in their order; later ones are asked and
    added. A call's place is where it was begun, so calls may run side by side.

    A run that asks for something else than is told there goes on by asking, unless `strict`. A
    failure that may pass is asked anew, unless it led to something that stands: a part that was
    sent (the first `settled` calls) or a durable call. The first `bound` calls led to a person's
    answer: a run that asks for something else among them misses. `denied` is what was tried and
    not granted; it is no call, so that a grant changes nothing of what is told.
    """

    def __init__(
        self,
        told: Sequence[Call] = (),
        *,
        strict: bool = False,
        settled: int | None = None,
        bound: int = 0,
    ) -> None:
        """`told` is what former runs of the same event heard; all of it is settled by default."""
        self._told = list(told)
        self._strict = strict
        self._bound = bound
        durable = max((n for n, call in enumerate(self._told, 1) if call.durable), default=0)
        self._settled = len(self._told) if settled is None else max(settled, durable)
        self._calls: list[Call] = []
        self._asked = 0
        self.denied: list[str] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """What this run has heard so far."""
        return tuple(self._calls)

    @property
    def asked(self) -> int:
        """How many were answered by the outside, not from the journal."""
        return self._asked

    @property
    def kept(self) -> tuple[Call, ...]:
        """What the next try is told: all but the failure that ended this one."""
        calls = self._calls
        return tuple(calls[:-1] if calls and calls[-1].error is not None else calls)

    def hear(self, calls: Mapping[int, Call], asked: int) -> None:
        """A run that goes on elsewhere heard this: calls by place, and how many it asked in all."""
        for place in sorted(calls):
            self._calls[place : place + 1] = [calls[place]]
        self._asked = asked

    def note(self, name: str, request: Any, answer: Callable[[], Any]) -> Any:
        """The answer as told, else as `answer` gives it; for what needs no waiting."""
        place, told = self._next(name, request, durable=False)
        return told.response if told is not None else self._answered(place, answer())

    def open(self, name: str, request: Any) -> tuple[int, Call | None]:
        """A call that a later run is told the answer of: its place, and the answer if it is told.

        Raises:
            JournalMiss: strict or bound, and something else is told at this place.

        """
        place = len(self._calls)
        told = self._told[place] if place < len(self._told) else None
        if told is not None and told.name == name and told.error == _UNANSWERED:
            self._calls.append(told)
            return place, None
        return self._next(name, request, durable=False)

    async def call(
        self, name: str, request: Any, ask: Callable[[], Awaitable[Any]], *, durable: bool = False
    ) -> Any:
        """The answer as told, else as `ask` gives it: what JSON holds.

        Raises:
            Failure: `ask` raised it, now or when it was told.
            JournalMiss: strict, and something else is told at this place, or nothing.
            TypeError: JSON cannot hold the request or the answer.

        """
        place, told = self._next(name, request, durable=durable)
        if told is not None:
            if told.error is not None:
                raise _failure(told.error)
            return told.response
        try:
            answer = await ask()
        except Failure as failure:
            self._put(place, error=_told_of(failure))
            raise
        return self._answered(place, answer)

    def _answered(self, place: int, answer: Any) -> Any:
        plain = _plain(answer)
        self._put(place, response=plain, error=None)
        self._asked += 1
        return plain

    def _put(self, place: int, **heard: Any) -> None:
        self._calls[place] = self._calls[place].model_copy(update=heard)

    def _next(self, name: str, request: Any, *, durable: bool) -> tuple[int, Call | None]:
        """The place of a call that begins now, and what is told there."""
        place = len(self._calls)
        name, plain = _plain((name, request))
        told = self._told[place] if place < len(self._told) else None
        if told is not None and (told.name, told.request) != (name, plain):
            if self._strict or place < self._bound:
                raise JournalMiss(
                    f"call {place} is {name} {plain!r}, but {told.name} {told.request!r} was told"
                )
            del self._told[place:]
            told = None
        if told is not None and _may_be_told(told, settled=place < self._settled):
            self._calls.append(told)
            return place, told
        if self._strict:
            what = "has no answer" if told is not None else "was never told"
            raise JournalMiss(f"call {place}, {name} {plain!r}, {what}")
        self._calls.append(
            Call(index=place, name=name, request=plain, durable=durable, error=dict(_UNANSWERED))
        )
        return place, None


def stale(calls: Sequence[Call], settled: int) -> tuple[Call, ...]:
    """The calls, with what was read of shared values behind the first `settled` forgotten."""
    return tuple(
        call.model_copy(update={"response": None, "error": dict(_UNANSWERED)})
        if call.name == SHARED and place >= settled
        else call
        for place, call in enumerate(calls)
    )


def _may_be_told(told: Call, *, settled: bool) -> bool:
    if told.error is None:
        return settled or told.name != SHARED
    kind = told.error.get("kind")
    return kind not in _UNKNOWN and (settled or kind not in _PASSING)


def _plain(value: Any) -> Any:
    """As JSON gives it back, so that a re-run is told no other types than the first run."""
    return orjson.loads(orjson.dumps(value))


def _told_of(failure: Failure) -> dict[str, Any]:
    message = str(failure).encode(errors="replace").decode()  # half characters cannot be stored
    told: dict[str, Any] = {"kind": failure.kind, "message": message}
    if isinstance(failure, Throttled):
        told["retry_after_s"] = failure.retry_after.total_seconds()
    return told


def _failure(told: dict[str, Any]) -> Failure:
    message = str(told.get("message", ""))
    if told.get("kind") == Throttled.kind:
        return Throttled(message, timedelta(seconds=float(told.get("retry_after_s", 0))))
    return _KINDS.get(str(told.get("kind")), Bug)(message)
