"""Turns stored by a former run of this partition, to be produced before anything runs again."""

import asyncio
from collections.abc import Awaitable, Callable

from connectors.turns import Turn
from streams.acks import Partition
from streams.delivery import Delivery

Unfinished = Callable[[str, int, int], Awaitable[tuple[list[Turn], set[tuple[str, str]]]]]
"""Of a partition from an offset on: the stored turns, and whose journals are kept, as (instance,
event id).
"""


class Recall:
    """Loads a partition's turns once an assignment, from its first record on.

    The first record that comes after an assignment is the one at the committed offset, so every
    event that comes again is at or above it.
    """

    def __init__(self, unfinished: Unfinished) -> None:
        """`unfinished` waits for the database by itself."""
        self._unfinished = unfinished
        self._loads: dict[Partition, asyncio.Task[dict[int, list[Turn]]]] = {}
        self._journals: dict[Partition, set[tuple[str, str]]] = {}

    def begin(self, place: Partition, offset: int) -> None:
        """Called for each record in the order they come; the first of a partition starts its
        load.
        """
        if place not in self._loads:
            self._loads[place] = asyncio.create_task(self._load(*place, offset), name="recall")

    async def stored(self, delivery: Delivery) -> list[Turn]:
        """The turns this record's event already has here; waits for the load."""
        load = self._loads.get(delivery.place)
        if load is None:
            return []
        turns = load.result() if load.done() else await asyncio.shield(load)
        return turns.pop(delivery.offset, []) if turns else []

    def has_journal(self, place: Partition, instance: str, event_id: str) -> bool:
        """Whether a former run here was told something that the next one must be told again."""
        journals = self._journals.get(place)
        return bool(journals) and (instance, event_id) in (journals or ())

    def forget(self) -> None:
        """The assignment is over."""
        for load in self._loads.values():
            load.cancel()
        self._loads.clear()
        self._journals.clear()

    async def _load(self, topic: str, partition: int, offset: int) -> dict[int, list[Turn]]:
        found: dict[int, list[Turn]] = {}
        turns, self._journals[topic, partition] = await self._unfinished(topic, partition, offset)
        for turn in turns:
            found.setdefault(turn.offset, []).append(turn)
        return found
