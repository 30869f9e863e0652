"""Counts the rows of each title over the pages of a list that is scrolled. Pure."""

from collections import Counter
from collections.abc import Sequence


class Tally:
    """Page after page is laid over what was counted by the titles both show, so that a row on two
    pages counts once, and two rows of one title on two pages twice. Pages that share none are
    counted apart: then the most that stand together are certain, never more than there are.
    """

    def __init__(self) -> None:
        """Nothing counted."""
        self._titles: list[str] = []
        self._most: Counter[str] = Counter()

    def add(self, page: Sequence[str]) -> None:
        """Count the titles of the next page below, from its top."""
        most = min(len(page), len(self._titles))
        common = next((n for n in range(most, 0, -1) if self._titles[-n:] == list(page[:n])), 0)
        self._titles = [*self._titles, *page[common:]] if common else list(page)
        self._most |= Counter(self._titles)

    @property
    def counts(self) -> Counter[str]:
        """How many rows each title has, at least."""
        return Counter(self._most)
