"""Who has a chat, and until when. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self


@dataclass(frozen=True)
class Takeover:
    """A person has the chat until nobody has written there for `seconds`; moments are ISO 8601."""

    by: str
    since: str
    until: str
    seconds: float

    @classmethod
    def begin(cls, by: str, at: datetime, length: timedelta) -> Self:
        """From now on."""
        return cls(by, at.isoformat(), (at + length).isoformat(), length.total_seconds())

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self | None:
        """As a chat's state has it."""
        kept = state.get("taken")
        return None if kept is None else cls(**kept)

    def kept(self) -> dict[str, Any]:
        """For a chat's state."""
        return asdict(self)

    def holds(self, at: datetime) -> bool:
        """Whether it is not over by then."""
        return at < datetime.fromisoformat(self.until)

    def extended(self, at: datetime) -> Self:
        """Somebody wrote: it lasts so long from then, and never less than it would have."""
        until = max(at + timedelta(seconds=self.seconds), datetime.fromisoformat(self.until))
        return type(self)(self.by, self.since, until.isoformat(), self.seconds)
