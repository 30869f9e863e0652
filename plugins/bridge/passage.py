"""What went through a room lately: copies that come back are known, and quotes find their message.

Pure.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

MOST: Final = 120
MOST_BYTES: Final = 60_000
"""What is kept of a room, with room to spare below what `ctx.shared` takes."""
_MOST_NAME: Final = 100  # bytes
_LONG: Final = "long:"
ECHO: Final = timedelta(minutes=10)
"""How long a text that the bridge wrote may come back as somebody's own."""
STORM: Final = timedelta(seconds=60)
MOST_ALIKE: Final = 5
"""How often the same words of the same person may pass within `STORM` when they come from several
chats by turns: more is two machines talking.
"""


def printed(text: str) -> str:
    """What tells texts apart, and nothing about them."""
    return sha256(text.strip().encode(errors="replace")).hexdigest()[:12]


def named(origin: str) -> str:
    """An origin as it is kept: whole, or what tells a long one apart."""
    whole = origin.encode(errors="replace")
    return origin if len(whole) <= _MOST_NAME else _LONG + sha256(whole).hexdigest()


@dataclass
class Passed:
    """One message: its first name, the event it came by, from which member, how it reads where
    names stand in the text, when, and in which members it came back since.
    """

    origin: str
    event_id: str
    source: str
    print: str
    at: float
    echoed: list[str] = field(default_factory=list)

    @property
    def whole_origin(self) -> str | None:
        """Its first name, where that is kept whole."""
        return None if self.origin.startswith(_LONG) else self.origin


@dataclass
class Passage:
    """The last ones, the oldest first."""

    entries: list[Passed]

    @classmethod
    def of(cls, stored: Any) -> "Passage":
        """As it is kept."""
        return cls([Passed(**entry) for entry in stored or ()])

    def kept(self) -> list[dict[str, Any]]:
        """For keeping: the latest that there is room for."""
        kept = [asdict(entry) for entry in self.entries[-MOST:]]
        while len(orjson.dumps(kept)) > MOST_BYTES:
            del kept[: len(kept) // 8 + 1]
        return kept

    def is_copy(self, origin: str, member: str | None) -> bool:
        """Whether it passed before, under whatever id. `member`: the origin is a name of this one's
        alone.
        """
        name = named(origin)
        return any(
            entry.origin == name and member in (None, entry.source) for entry in self.entries
        )

    def echo(self, member: str, text: str, now: datetime) -> bool:
        """Whether somebody, such as another bot in that chat, says what the bridge wrote there;
        then it is noted. What was written once is one echo at most.
        """
        print_, since = printed(text), (now - ECHO).timestamp()
        for entry in self.entries:
            fits = entry.print == print_ and entry.source != member and entry.at >= since
            if fits and member not in entry.echoed:
                entry.echoed.append(member)
                return True
        return False

    def is_storm(self, print_: str, member: str, now: datetime) -> bool:
        """Whether the same words go round and round."""
        since = (now - STORM).timestamp()
        alike = [one for one in self.entries if one.print == print_ and one.at >= since]
        return len(alike) >= MOST_ALIKE and any(one.source != member for one in alike)

    def add(self, passed: Passed) -> None:
        """It passes now."""
        self.entries.append(passed)

    def quoted(self, name: str | None, text: str) -> Passed | None:
        """The message that is answered: by any of its names, or by how the bridge wrote it."""
        print_ = printed(text) if text else None
        name = None if name is None else named(name)
        for entry in reversed(self.entries):
            called = name is not None and name in {entry.origin, entry.event_id}
            if called or (print_ is not None and entry.print == print_):
                return entry
        return None
