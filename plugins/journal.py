"""What a run was told from outside, in order: a re-run is told the same again."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import orjson

from schemas.failure import (
    BadRequest,
    Bug,
    DependencyDown,
    Expired,
    Failure,
    Permanent,
    Retryable,
    Throttled,
)
from schemas.run import Call

_KINDS: dict[str, type[Failure]] = {
    kind.kind: kind for kind in (Retryable, DependencyDown, Permanent, BadRequest, Bug, Expired)
}


class JournalMiss(Permanent):
    """A run asks for something else than its journal holds at this place."""

    kind = "journal_miss"


class Journal:
    """Calls that are told already are answered from it, in their order; later ones are asked and
    added.

    A run that asks for something else than is told there goes on by asking, unless `strict`.
    """

    def __init__(self, told: Sequence[Call] = (), *, strict: bool = False) -> None:
        """`told` is what former runs of the same event heard."""
        self._told = list(told)
        self._strict = strict
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        """What this run has heard so far."""
        return tuple(self._calls)

    @property
    def kept(self) -> tuple[Call, ...]:
        """What the next try is told: all but the failure that ended this one."""
        calls = self._calls
        return tuple(calls[:-1] if calls and calls[-1].error is not None else calls)

    def is_news(self, since: int) -> bool:
        """Whether anything after the first `since` calls was asked now, not told."""
        return len(self._calls) > max(since, len(self._told))

    def note(self, name: str, request: Any, answer: Callable[[], Any]) -> Any:
        """The answer as told, else as `answer` gives it; for what needs no waiting."""
        told = self._next(name, request)
        return told.response if told is not None else self._add(name, request, answer())

    async def call(self, name: str, request: Any, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The answer as told, else as `ask` gives it: what JSON holds.

        Raises:
            Failure: `ask` raised it, now or when it was told.
            JournalMiss: strict, and something else is told at this place, or nothing.

        """
        told = self._next(name, request)
        if told is not None:
            if told.error is not None:
                raise _failure(told.error)
            return told.response
        try:
            answer = await ask()
        except Failure as failure:
            self._calls.append(
                Call(index=len(self._calls), name=name, request=request, error=_told_of(failure))
            )
            raise
        return self._add(name, request, answer)

    def _add(self, name: str, request: Any, answer: Any) -> Any:
        # As JSON gives it back, so that a re-run is told no other types than the first run.
        plain = orjson.loads(orjson.dumps(answer))
        self._calls.append(Call(index=len(self._calls), name=name, request=request, response=plain))
        return plain

    def _next(self, name: str, request: Any) -> Call | None:
        place = len(self._calls)
        if place < len(self._told):
            told = self._told[place]
            if told.name == name and told.request == request:
                self._calls.append(told)
                return told
            if self._strict:
                raise JournalMiss(
                    f"call {place} is {name} {request!r}, but {told.name} {told.request!r} was told"
                )
            del self._told[place:]
        elif self._strict:
            raise JournalMiss(f"call {place}, {name} {request!r}, was never told")
        return None


def _told_of(failure: Failure) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": failure.kind, "message": str(failure)}
    if isinstance(failure, Throttled):
        told["retry_after_s"] = failure.retry_after.total_seconds()
    return told


def _failure(told: dict[str, Any]) -> Failure:
    message = str(told.get("message", ""))
    if told.get("kind") == Throttled.kind:
        return Throttled(message, timedelta(seconds=float(told.get("retry_after_s", 0))))
    return _KINDS.get(str(told.get("kind")), Bug)(message)
