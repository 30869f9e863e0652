"""A record as it came from a topic, and where it stands there."""

from collections.abc import Sequence
from typing import NamedTuple

from streams.acks import Partition


class Delivery(NamedTuple):
    """The bytes of one record; `timestamp` is the broker's, in milliseconds.

    A tuple: it is made for every record, and a frozen dataclass takes four times as long.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @property
    def place(self) -> Partition:
        """Its topic and partition."""
        return self.topic, self.partition

    @property
    def lane(self) -> bytes:
        """What it must keep its order with: its key; without one, its whole partition, whose number
        is the same in bot.inbound and bot.due.
        """
        return self.key if self.key is not None else f"/{self.partition}".encode()
