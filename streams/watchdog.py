"""Tells a worker that stands still from one that has nothing to do. Pure.

A Faust worker can stop consuming without a word, for example after its broker was away
(https://github.com/faust-streaming/faust/issues/523, /175); then only a new process helps.
"""

from collections.abc import Mapping

from streams.acks import Partition


class Watchdog:
    """Fed with what the broker says; barks when lag exists, nothing moves, and nobody works."""

    def __init__(self, patience: float) -> None:
        """`patience` in seconds."""
        self._patience = patience
        self._committed: dict[Partition, int] = {}
        self._moved: dict[Partition, float] = {}
        self.still = 0.0
        """At the last look: for how many seconds records had waited while nothing moved."""

    def stuck(
        self,
        now: float,
        ends: Mapping[Partition, int],
        committed: Mapping[Partition, int],
        *,
        busy: bool,
    ) -> list[Partition]:
        """The partitions that lag and have not moved for longer than the patience.

        While any lane is busy none counts: a slow plugin is not a dead worker.
        """
        found = []
        self.still = 0.0
        for place, end in ends.items():
            offset = committed.get(place, 0)
            if busy or end <= offset or self._committed.get(place) != offset:
                self._committed[place] = offset
                self._moved[place] = now
                continue
            self.still = max(self.still, now - self._moved[place])
            if now - self._moved[place] > self._patience:
                found.append(place)
        for gone in self._moved.keys() - ends.keys():
            del self._moved[gone], self._committed[gone]
        return found
