"""A handler's `when=`: a condition by the instance's set-up, and by what it remembers of the chat.
Pure.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.roles import Roles
from schemas.event import Event

Condition = Callable[..., bool]
"""`def condition(config, event)`: asked with the instance's `Config` and the event, and with what
it has a parameter for: `state`, which the chat's events before this one left, and `roles`, which
the author of the event holds. It must be pure.
"""


@dataclass(frozen=True)
class When:
    """`wants`: the parameters that it has beyond the first two.

    What its answer depends on of the state must not be changed by the handler's own run for the
    same event: that may be matched again after a crash.
    """

    holds: Condition
    wants: frozenset[str]

    @classmethod
    def read(cls, wanted: Condition | None) -> "When | None":
        """From what an author wrote.

        Raises:
            TypeError: it cannot be called so.

        """
        if wanted is None:
            return None
        names = list(inspect.signature(wanted).parameters)
        wants = frozenset(names[2:])
        if len(names) < 2 or not wants <= {"state", "roles"}:
            raise TypeError(
                "`when` is called with the config, the event, and, where it has a parameter of "
                "that name, `state` and `roles`"
            )
        return cls(wanted, wants)

    @property
    def remembers(self) -> bool:
        """Whether it looks at the state."""
        return "state" in self.wants

    def __call__(
        self, config: Any, event: Event, state: Mapping[str, Any] | None, roles: Roles
    ) -> bool:
        """Whether it holds; where the state is not known, what looks at it does."""
        if self.remembers and state is None:
            return True
        held = roles.held(event) if "roles" in self.wants else frozenset()
        return self.asked(config, event, state or {}, held)

    def asked(
        self, config: Any, event: Event, state: Mapping[str, Any], roles: frozenset[str]
    ) -> bool:
        """Whether it holds, of a state that is known."""
        known: dict[str, Any] = {"state": state, "roles": roles}
        return bool(self.holds(config, event, **{name: known[name] for name in self.wants}))
