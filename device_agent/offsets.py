"""Which offsets of the outbox may be committed: the contiguous prefix of settled records. Pure."""


class Offsets:
    """The records read of each partition, settled or not."""

    def __init__(self) -> None:
        """Nothing read."""
        self._read: dict[int, dict[int, bool]] = {}

    def read(self, partition: int, offset: int) -> None:
        """A record came; read again after a rebalance it keeps what is known."""
        self._read.setdefault(partition, {}).setdefault(offset, False)

    def settle(self, partition: int, offset: int) -> None:
        """A record is done with."""
        offsets = self._read.get(partition)
        if offsets is not None and offset in offsets:
            offsets[offset] = True

    def take(self) -> dict[int, int]:
        """The next offset to commit for each partition that got further; forgets those below."""
        result = {}
        for partition, offsets in self._read.items():
            last = None
            for offset in sorted(offsets):
                if not offsets[offset]:
                    break
                last = offset
            if last is not None:
                result[partition] = last + 1
                for offset in [one for one in offsets if one <= last]:
                    del offsets[offset]
        return result

    @property
    def open(self) -> int:
        """Records read and not done with."""
        return sum(not done for offsets in self._read.values() for done in offsets.values())
