"""A made-up Hongyan that a test fills and a plugin with the grant `operate` runs."""

from collections.abc import Mapping
from typing import Any

from schemas.failure import BadRequest

_DEEDS = frozenset({"decide", "order", "settle", "switch"})


class MadeUpHongyan:
    """`deeds` holds what was done, by name and with what was said; `knows` what is seen."""

    def __init__(self) -> None:
        """No phone, nothing that waits."""
        self.deeds: list[tuple[str, Mapping[str, Any]]] = []
        self._seen: dict[str, Any] = {
            "status": {"phones": [], "actions": {}, "letters": 0},
            "actions": [],
            "letters": [],
            "instances": [],
        }
        self._refusals: dict[str, str] = {}

    def knows(self, what: str, answer: Any) -> None:
        """What is seen under `status`, `actions`, `letters` or `instances` from now on."""
        self._seen[what] = answer

    def refuses(self, deed: str, words: str) -> None:
        """From now on a deed (`decide`, `order`, `settle`, `switch`) cannot be done."""
        self._refusals[deed] = words

    async def operate(self, name: str, said: dict[str, Any]) -> Any:
        """As the worker sees and does it."""
        if name in self._refusals:
            raise BadRequest(self._refusals[name])
        if name not in _DEEDS:
            return self._seen[name]
        self.deeds.append((name, said))
        named = said.get("action") or said.get("letter")
        rows = [*self._seen["actions"], *self._seen["letters"]]
        found = (row for row in rows if named in {row.get("action_id"), row.get("letter_id")})
        return next(found, {})
