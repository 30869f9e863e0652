"""Which offsets may be committed: each partition's contiguous prefix of finished records. Pure.

Faust commits past records that are in flight (https://github.com/faust-streaming/faust/issues/606),
so it is told an offset only when every record before it is done.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Partition = tuple[str, int]
"""Topic and partition number; Faust's and aiokafka's TopicPartition are such tuples."""

MOST_UNACKED: Final = 10_000
"""Records of one partition that may be unfinished at once; then it pauses."""


@dataclass(slots=True)
class _Line:
    """The records of one partition under one assignment, in the order they came."""

    offsets: deque[int] = field(default_factory=deque)
    done: set[int] = field(default_factory=set)
    next: int | None = None


class Ticket(NamedTuple):
    """A record that was taken; it is worth nothing once its assignment is over."""

    line: _Line
    offset: int


class Acks:
    """The ledger of taken and finished records of all assigned partitions."""

    def __init__(self) -> None:
        """Nothing is assigned yet."""
        self._lines: dict[Partition, _Line] = {}

    def take(self, partition: Partition, offset: int) -> Ticket:
        """Note a record that is now being worked on; offsets of a partition come ascending.

        Holes between them (compaction, transaction markers) hold nothing up.
        """
        line = self._lines.get(partition)
        if line is None:
            line = self._lines[partition] = _Line()
        line.offsets.append(offset)
        line.next = offset + 1
        return Ticket(line, offset)

    def finish(self, ticket: Ticket) -> None:
        """Note that a record is done, in whatever order they finish."""
        line, offset = ticket.line, ticket.offset
        offsets = line.offsets
        if offsets and offsets[0] == offset:
            offsets.popleft()
            done = line.done
            while offsets and offsets[0] in done:
                done.discard(offsets.popleft())
        else:
            line.done.add(offset)

    def committable(self, partition: Partition) -> int | None:
        """The offset to commit: the first unfinished record's, or the one after the last taken."""
        line = self._lines.get(partition)
        if line is None:
            return None
        return line.offsets[0] if line.offsets else line.next

    def unacked(self, partition: Partition) -> int:
        """How many records stand between the committable offset and the last taken."""
        line = self._lines.get(partition)
        return len(line.offsets) if line is not None else 0

    def partitions(self) -> list[Partition]:
        """The partitions of which something was taken."""
        return list(self._lines)

    def forget(self) -> None:
        """The assignment is over: what is unfinished will come again, to whoever owns it then."""
        self._lines.clear()
