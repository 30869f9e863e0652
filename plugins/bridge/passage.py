"""What went through a room lately: copies that come back are known, and quotes find their message.

Pure.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

MOST: Final = 120
ANSWER: Final = "answer:"
"""How the names of what plugins answered begin; the event that they answered follows."""
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


@dataclass
class Passage:
    """The last ones, the oldest first."""

    entries: list[Passed]

    @classmethod
    def of(cls, stored: Any) -> "Passage":
        """As it is kept."""
        return cls([Passed(**entry) for entry in stored or ()])

    def kept(self) -> list[dict[str, Any]]:
        """For keeping."""
        return [asdict(entry) for entry in self.entries[-MOST:]]

    def is_copy(self, origin: str) -> bool:
        """Whether it passed before, under whatever id, or answers what did."""
        if origin.startswith(ANSWER):
            asked = origin.removeprefix(ANSWER).partition(":")[0]
            return any(entry.event_id == asked for entry in self.entries)
        return any(entry.origin == origin for entry in self.entries)

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
        for entry in reversed(self.entries):
            named = name is not None and name in {entry.origin, entry.event_id}
            if named or (print_ is not None and entry.print == print_):
                return entry
        return None
