"""Functions that a run in a plugin's process gives to the worker, which calls them back there."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from plugins.http import HttpRequest
from streams.process_frames import Back, Raised, Returned, anywhere, packed, unpacked


class CalledHere:
    """A function that the worker may call: what it gives stays here, what it raises is told."""

    def __init__(self, send: Callable[[object], None], call: Callable[[], Awaitable[Any]]) -> None:
        self._send = send
        self.call = call
        self._task: asyncio.Task[Any] | None = None
        self.number = 0

    @property
    def ran(self) -> bool:
        """Whether the worker called it."""
        return self._task is not None

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """The worker calls it."""
        self._task = loop.create_task(_awaited(self.call()))
        self._task.add_done_callback(self._told)

    def _told(self, task: "asyncio.Task[Any]") -> None:
        raised: BaseException | None = asyncio.CancelledError() if task.cancelled() else None
        raised = raised or task.exception()
        self._send(Returned(self.number, None if raised is None else packed(raised)))

    def given(self, told: Raised | None) -> Any:
        """What it gave, unless the worker decided otherwise.

        Raises:
            BaseException: what it raised, with what the worker added to it.

        """
        task = self._task
        assert task is not None  # noqa: S101  # `ran` was asked before
        if not task.done():  # the worker had no patience left
            task.cancel()
        elif not task.cancelled() and (own := task.exception()) is not None:
            own.__dict__.update(told.fields if told is not None else {})
            raise own
        elif told is None:
            return task.result()
        assert told is not None  # noqa: S101  # the worker has not waited for its end
        raise unpacked(told)


async def _awaited(waiting: Awaitable[Any]) -> Any:
    return await waiting


def sent(value: Any, backs: dict[int, CalledHere]) -> Any:
    if isinstance(value, HttpRequest):
        return replace(value, passes=anywhere)
    for number, back in backs.items():
        if back.call is value:
            return Back(number)
    return value
