"""What the conversation list said last, and which rows call for a visit. Pure but for its memory.

A row's preview and time change when somebody writes in a muted chat, or between our last look at a
chat and leaving it. After a visit the row should show the chat's last row; if it shows something
else, the chat is visited once more, and then the row is believed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from device_agent.screen import ListRow
from device_agent.wording import is_clock, preview_shows

_ACCEPTED: Final = 100
"""Rows of one title that are remembered as they stood: far more than there are namesakes."""


@dataclass
class Remembered:
    """A row as last accepted; `words` is the last row of the chat as we left it, to be compared
    with the next preview; `doubts` counts visits that did not explain the preview; an `empty` chat
    explains none.
    """

    preview: str = ""
    time: str = ""
    words: str | None = None
    doubts: int = 0
    empty: bool = False


class Listing:
    """The memory of the list, by title."""

    def __init__(self) -> None:
        """Nothing seen."""
        self._rows: dict[str, Remembered] = {}
        self._shut: dict[str, tuple[int, float]] = {}
        self._accepted: dict[str, dict[tuple[str, str], None]] = {}
        self.titles: Counter[str] = Counter()

    def alike(self, title: str, page: Iterable[ListRow]) -> int:
        """How many rows have this title, on this page or in the last whole sweep."""
        return max(self.titles[title], sum(row.title == title for row in page))

    def note(self, page: Iterable[ListRow]) -> None:
        """Remember how often each title stands on one page."""
        self.titles |= Counter(row.title for row in page)

    def accept(self, row: ListRow) -> None:
        """A row whose title others have was visited as it stands: its words alone tell it."""
        known = self._accepted.setdefault(row.title, {})
        known.pop((row.preview, row.time), None)
        known[row.preview, row.time] = None
        if len(known) > _ACCEPTED:
            del known[next(iter(known))]

    def calls(self, row: ListRow, *, shared: bool = False) -> bool:
        """Whether the row calls for a visit: a badge, or a change we cannot explain. `shared`: more
        than one chat has its title, whatever pages their rows are on.
        """
        if row.unread > 0:
            return True
        if shared or self.titles[row.title] > 1:
            return (row.preview, row.time) not in self._accepted.get(row.title, {})
        known = self._rows.get(row.title)
        if known is None:
            return True
        if known.words is not None:
            return not self._explained(row, known)
        later = is_clock(row.time) and is_clock(known.time) and row.time != known.time
        return row.draft is None and (row.preview != known.preview or later)

    def _explained(self, row: ListRow, known: Remembered) -> bool:
        words, known.words = known.words or "", None
        blank = not words and not (known.empty and row.preview)
        as_left = blank or preview_shows(row.preview, words) or row.draft is not None
        if as_left or known.doubts:
            known.preview, known.time, known.doubts = row.preview, row.time, 0
            return True
        known.doubts += 1
        return False

    def refused(self, title: str, clock: float) -> None:
        """A tap on the row opened no chat (a folder of accounts, a row that moved): left alone for
        a while, longer each time. `clock` in seconds.
        """
        count, _ = self._shut.get(title, (0, 0.0))
        self._shut[title] = (count + 1, clock + min(300.0, 0.5 * 2**count))
        self._rows.setdefault(title, Remembered()).words = ""

    def forget(self, title: str) -> None:
        """The row of that title may be another chat's now: it calls."""
        self._rows.pop(title, None)

    def shut(self, title: str, clock: float) -> bool:
        """Whether the row is left alone now."""
        return self._shut.get(title, (0, 0.0))[1] > clock

    def visited(self, title: str, words: str, *, empty: bool = False) -> None:
        """A chat was read and left with this last row (no words: a row that shows no text), or
        `empty`.
        """
        self._shut.pop(title, None)
        known = self._rows.setdefault(title, Remembered())
        known.words, known.empty = words, empty
