"""A plugin's memory of one chat, of which a run has a snapshot. Pure."""

from collections.abc import Iterator, Mapping, MutableMapping
from copy import deepcopy
from typing import Any


class ChatState(MutableMapping[str, Any]):
    """A plugin's memory of one chat: a snapshot whose changes join the run's commit.

    Values are what JSON holds. The snapshot is copied, so that a failed run changes nothing.
    """

    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        """`snapshot` is what the lane's last commit left."""
        self._values = deepcopy(dict(snapshot))
        self._before = deepcopy(self._values)
        self.began = snapshot
        self.touched = False

    @property
    def changed(self) -> bool:
        """Whether a commit has something to write."""
        return self._values != self._before

    def stored(self) -> None:
        """What it is now is stored: no more change than that is left to write."""
        self._before = deepcopy(self._values)

    def go_on(self, stored: Mapping[str, Any]) -> None:
        """A part that was stored earlier is told again: the state is what is stored now, be it
        that part's or a later event's.
        """
        if self._values != stored:
            self._values = deepcopy(dict(stored))
        self.stored()

    def become(self, values: Mapping[str, Any], *, touched: bool) -> None:
        """What a run in another process made of it; what is stored stays what it was."""
        self._values = dict(values)
        self.touched = touched

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
