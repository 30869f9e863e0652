"""A record as it came from a topic, and where it stands there."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.envelope import header
from streams.acks import Partition

_NUMBER: Final = re.compile(r"[0-9]{1,18}\Z")


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
    def first_place(self) -> tuple[str, int, int]:
        """Topic, partition and offset of the record that comes again after a crash: a retry's is
        that of the event's own record, which may be unacked yet; a letter that a person sent back
        was acked long ago.
        """
        topic = header(self.headers, "x-origin-topic")
        if topic is not None and header(self.headers, "x-redrive-id") is None:
            told = [header(self.headers, f"x-origin-{part}") for part in ("partition", "offset")]
            partition, offset = (int(n) if n and _NUMBER.match(n) else -1 for n in told)
            if partition == self.partition and offset >= 0:
                return topic, partition, offset
        return self.topic, self.partition, self.offset

    @property
    def lane(self) -> bytes:
        """What it must keep its order with: its key; without one, its whole partition, whose number
        is the same in bot.inbound and bot.due.
        """
        return self.key if self.key is not None else f"/{self.partition}".encode()
