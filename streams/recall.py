"""Turns stored by a former run of this partition, to be produced before anything runs again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from connectors.turns import Turn
from streams.acks import Partition
from streams.delivery import Delivery


class Left(NamedTuple):
    """Of a partition from an offset on: the stored turns, whose journals are kept, as (instance,
    event id), and the questions that its messages ended, by the messages' event ids.
    """

    turns: list[Turn]
    journals: set[tuple[str, str]]
    ended: Mapping[str, str]


Unfinished = Callable[[str, int, int], Awaitable[Left]]


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
        self._ended: dict[Partition, Mapping[str, str]] = {}

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

    def ended_by(self, place: Partition, event_id: str) -> str | None:
        """The question that a message ended before it came again."""
        return self._ended.get(place, {}).get(event_id)

    def forget(self) -> None:
        """The assignment is over."""
        for load in self._loads.values():
            load.cancel()
        self._loads.clear()
        self._journals.clear()
        self._ended.clear()

    async def _load(self, topic: str, partition: int, offset: int) -> dict[int, list[Turn]]:
        found: dict[int, list[Turn]] = {}
        left = await self._unfinished(topic, partition, offset)
        self._journals[topic, partition] = left.journals
        self._ended[topic, partition] = left.ended
        for turn in left.turns:
            found.setdefault(turn.offset, []).append(turn)
        return found
