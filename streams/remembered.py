"""Plugin state kept in memory between a lane's runs; the database's version check guards it."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from connectors.turns import Snapshot, StateWrite

_MOST = 20_000  # (instance, chat) pairs

Read = Callable[[str, str], Awaitable[Snapshot]]


class States:
    """The last known state of each (instance, lane).

    It may be stale, if another worker wrote meanwhile: then the commit says StateConflict, and the
    caller drops it here and reads again.
    """

    def __init__(self, read: Read, *, most: int = _MOST) -> None:
        """`read` asks the database and waits for it by itself."""
        self._read = read
        self._most = most
        self._known: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()

    async def read(self, instance: str, lane: str) -> Snapshot:
        """From memory, else from the database."""
        key = instance, lane
        snapshot = self._known.get(key)
        if snapshot is None:
            snapshot = await self._read(instance, lane)
            self._keep(key, snapshot)
        else:
            self._known.move_to_end(key)
        return snapshot

    def wrote(self, writes: tuple[StateWrite, ...]) -> None:
        """Note what a commit stored."""
        for write in writes:
            self._keep((write.instance, write.lane), Snapshot(write.read + 1, write.value))

    def drop(self, instance: str, lane: str) -> None:
        """Ask the database next time."""
        self._known.pop((instance, lane), None)

    def forget(self) -> None:
        """The assignment is over."""
        self._known.clear()

    def _keep(self, key: tuple[str, str], snapshot: Snapshot) -> None:
        self._known[key] = snapshot
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
