"""Ground truth: what really left, which chats were opened, what each tap hit, what was asked."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# More are never under way at once.
_LATEST = 20


@dataclass(slots=True)
class Sent:
    """A message that left; it counts from `stands_at` on (monotonic seconds)."""

    record: dict[str, Any]
    stands_at: float


@dataclass(slots=True)
class Truth:
    """Everything observed, oldest first; `fresh_*` are the entries not kept on disk yet."""

    sent: list[Sent] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    taps: list[dict[str, Any]] = field(default_factory=list)
    rpc: Counter[str] = field(default_factory=Counter)
    shell: Counter[str] = field(default_factory=Counter)
    fresh: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note_sent(self, record: dict[str, Any], stands_at: float) -> None:
        """A message left; its bubble stands at `stands_at`."""
        self.sent.append(Sent(record, stands_at))
        self.fresh.append(("sent", record))

    def note_opened(self, record: dict[str, Any]) -> None:
        """A chat came on the screen."""
        self.opened.append(record)
        self.fresh.append(("opened", record))

    def note_tap(self, record: dict[str, Any]) -> None:
        """A finger, or an injected one, touched the screen."""
        self.taps.append(record)
        self.fresh.append(("taps", record))

    def standing(self, monotonic: float) -> list[dict[str, Any]]:
        """The messages that left and whose bubbles stand, in the order they were sent."""
        return [one.record for one in self.sent if one.stands_at <= monotonic]

    def pending(self, monotonic: float) -> int:
        """How many of the latest messages are still on their way."""
        return sum(one.stands_at > monotonic for one in self.sent[-_LATEST:])

    def clear(self) -> None:
        """Forget everything."""
        for entries in (self.sent, self.opened, self.taps, self.fresh):
            entries.clear()
        self.rpc.clear()
        self.shell.clear()
