"""What an account sent within a day, in the forms that the governor asks for. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

DAY = 86_400.0
_TIDY = 512


@dataclass(frozen=True, slots=True)
class Sent:
    """A bubble that was tapped, whatever came of it. `at` in epoch seconds, `text` a print of the
    whole message, `voice` whom it answers, `volley` the how manieth quick answer in a row to them;
    `first`: nobody had written in that chat.
    """

    at: float
    chat_id: str
    text: str = ""
    voice: str | None = None
    volley: int = 0
    first: bool = False


@dataclass
class PastSends:
    """Sends in the order of their times; those older than a day are forgotten."""

    device: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    chats: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, Sent] = field(default_factory=dict)
    _texts: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, sends: Iterable[Sent]) -> "PastSends":
        """A past of these."""
        past = cls()
        for one in sorted(sends, key=lambda one: one.at):
            past.add(one)
        return past

    def add(self, sent: Sent) -> None:
        """One more; a clock that was set back counts as standing still."""
        at = max(sent.at, self.device[-1]) if self.device else sent.at
        self.device.append(at)
        self.chats[sent.chat_id].append(at)
        if sent.first:
            self.firsts.append(at)
        if sent.text:
            self._texts[sent.text].append((at, sent.chat_id))
        self.last[sent.chat_id] = sent
        if len(self.device) % _TIDY == 0:
            self.forget(at - DAY)

    def since(self, moment: float) -> int:
        """How many were sent after a moment, in epoch seconds."""
        return len(self.device) - bisect_right(self.device, moment)

    def same_text(self, text: str, chat_id: str, since: float) -> int:
        """How often a text went to a chat after `since`."""
        return sum(chat == chat_id for at, chat in self._recent(text, since))

    def chats_of(self, text: str, since: float) -> set[str]:
        """The chats that got a text after `since`."""
        return {chat for _, chat in self._recent(text, since)}

    def _recent(self, text: str, since: float) -> list[tuple[float, str]]:
        known = self._texts.get(text)
        if not known or known[-1][0] <= since:
            return []
        return known[bisect_right(known, since, key=_at) :]

    def forget(self, until: float) -> None:
        """Drop what was before; the last send of each chat stays."""
        _drop(self.device, until)
        _drop(self.firsts, until)
        for chat in [chat for chat, times in self.chats.items() if _drop(times, until)]:
            del self.chats[chat]
        for text in list(self._texts):
            known = self._texts[text]
            del known[: bisect_right(known, until, key=_at)]
            if not known:
                del self._texts[text]


def _at(entry: tuple[float, str]) -> float:
    return entry[0]


def _drop(times: list[float], until: float) -> bool:
    """Whether nothing is left."""
    del times[: bisect_right(times, until)]
    return not times
