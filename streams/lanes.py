"""One chat in order, all chats at once: a queue for each key, worked on by a bounded number of
tasks. No I/O of its own.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Generic, TypeVar
from weakref import WeakSet

J = TypeVar("J")

_LANES: "WeakSet[asyncio.Task[Any]]" = WeakSet()
_HANDED_BACK: "WeakSet[asyncio.Task[Any]]" = WeakSet()
_LANE: "ContextVar[asyncio.Task[Any] | None]" = ContextVar("lane", default=None)


def hand_back(task: "asyncio.Task[Any]") -> None:
    """Cancel a task whose work is another owner's from now on."""
    _HANDED_BACK.add(task)
    task.cancel()


def is_handed_back(task: "asyncio.Task[Any]") -> bool:
    """Whether it was; `task.cancelling` does not tell: libraries leave it raised."""
    return task in _HANDED_BACK


def lane_is_handed_back() -> bool:
    """Whether the lane that this is done for was: also where a run does things side by side, or in
    a thread.
    """
    lane = _LANE.get()
    return lane is not None and lane in _HANDED_BACK


def cancelled_itself(task: "asyncio.Task[Any]") -> bool:
    """Whether a cancelled task is a lane that nobody of ours cancelled: what ran in it did."""
    return task in _LANES and task not in _HANDED_BACK


class Lanes(Generic[J]):
    """Jobs of one key run one after another, in the order they were put; keys run concurrently.

    At most `most` keys are worked on at once; a key that waits gets its turn after one job of
    another, so a busy chat never starves the rest. An exception out of `work` is a bug of ours: it
    is given to `failed`, and that key's lane stops where it is.
    """

    def __init__(
        self,
        work: Callable[[J], Awaitable[None]],
        failed: Callable[[BaseException], None],
        *,
        most: int,
    ) -> None:
        """`work` carries out one job."""
        self._work = work
        self._failed = failed
        self._most = most
        self._waiting_most = 8 * most
        self._queues: dict[bytes, deque[J]] = {}
        self._ready: deque[bytes] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._space = asyncio.Event()
        self._space.set()
        self._count = 0
        self._epoch = 0

    @property
    def busy(self) -> int:
        """How many keys are being worked on."""
        return len(self._tasks)

    @property
    def waiting(self) -> int:
        """How many jobs were put and are not done."""
        return self._count

    def has_space(self) -> bool:
        """Whether a job may be put now. With every task busy, more queued jobs gain nothing."""
        return self._count < self._waiting_most or len(self._tasks) < self._most

    async def space(self) -> None:
        """Wait until there is."""
        while not self.has_space():
            self._space.clear()
            await self._space.wait()

    def put(self, key: bytes, job: J) -> None:
        """Queue a job behind the others of its key."""
        self._count += 1
        queue = self._queues.get(key)
        if queue is not None:
            queue.append(job)
            return
        self._queues[key] = deque((job,))
        if len(self._tasks) < self._most:
            task = asyncio.create_task(self._run(key), name="lane")
            self._tasks.add(task)
            _LANES.add(task)
            task.add_done_callback(self._ended)
        else:
            self._ready.append(key)

    async def empty(self, patience: float) -> None:
        """Drop what is queued, give running jobs `patience` seconds, then cancel them.

        A dropped or cancelled job is not done; whoever put it must know that by itself.
        """
        self._epoch += 1
        self._ready.clear()
        for queue in self._queues.values():
            queue.clear()
        tasks = set(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                hand_back(task)
            if late:
                await asyncio.wait(late, timeout=2)
        self._queues.clear()
        self._ready.clear()
        self._count = 0
        self._space.set()

    async def _run(self, first: bytes) -> None:
        _LANE.set(asyncio.current_task())
        key: bytes | None = first
        while key is not None:
            key = await self._one(key)

    async def _one(self, key: bytes) -> bytes | None:
        """Do one job of a key; returns the key to go on with."""
        queue = self._queues.get(key)
        if not queue:  # `empty` came before this task began
            return None
        job, epoch = queue.popleft(), self._epoch
        await self._work(job)
        if epoch != self._epoch:
            return None
        self._count -= 1
        if not self._space.is_set() and self.has_space():
            self._space.set()
        if not queue:
            del self._queues[key]
        elif self._ready:
            self._ready.append(key)
        else:
            return key
        return self._ready.popleft() if self._ready else None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._space.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
