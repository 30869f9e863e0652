"""A handler's `when=`: a condition by the instance's set-up, and by what it remembers of the chat.
Pure.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.event import Event

Condition = Callable[[Any, Event], bool] | Callable[[Any, Event, Mapping[str, Any]], bool]
"""Asked with the instance's `Config` and the event; one of three parameters also with the state
that the chat's events before this one left.
"""


@dataclass(frozen=True)
class When:
    """`remembers`: it looks at the state. What its answer depends on must not be changed by the
    handler's own run for the same event: that may be matched again after a crash.
    """

    holds: Callable[..., bool]
    remembers: bool

    @classmethod
    def read(cls, wanted: Condition | None) -> "When | None":
        """From what an author wrote.

        Raises:
            TypeError: it takes neither two nor three arguments.

        """
        if wanted is None:
            return None
        count = len(inspect.signature(wanted).parameters)
        if count not in {2, 3}:
            raise TypeError("`when` takes the config and the event, or these and the chat's state")
        return cls(wanted, count == 3)

    def __call__(self, config: Any, event: Event, state: Mapping[str, Any] | None) -> bool:
        """Whether it holds; where the state is not known, what looks at it does."""
        if not self.remembers:
            return self.holds(config, event)
        return state is None or self.holds(config, event, state)
