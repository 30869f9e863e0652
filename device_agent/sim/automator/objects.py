"""The views that calls mean: by a selector, or by the name the server gave one before."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from device_agent.sim import hierarchy, selector
from device_agent.sim.automator.failure import RpcFailure, not_found
from device_agent.sim.faults import NOTHING, Strike
from device_agent.sim.phone import Phone
from device_agent.sim.screens.node import Node
from device_agent.sim.selector import Selector, below

Wanted = Selector | str
_MOST_NAMED = 1000


class Objects:
    """Finds views on the screen; `strike` is what befalls the call at hand.

    A name stands for a selector, not for a view: as in UiAutomator, what it means is looked for
    anew at each use.
    """

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._named: OrderedDict[str, Selector] = OrderedDict()
        self._count = 0
        self.strike: Strike = NOTHING

    def meant(self, wanted: object) -> Selector:
        """The selector itself, or the one behind a name. Raises RpcFailure, TypeError."""
        if isinstance(wanted, dict):
            return wanted
        if not isinstance(wanted, str):
            raise TypeError(f"a selector must be an object or a name, not {wanted!r}")
        found = self._named.get(wanted)
        if found is None:
            raise not_found(f"[name={wanted}]")
        return found

    def find(self, wanted: object) -> list[Node]:
        """All views that are meant, in document order. Raises RpcFailure for what means none."""
        return selector.find(self._phone.glimpse(self.strike), self.meant(wanted))

    def one(self, wanted: object) -> Node:
        """The first of them. Raises RpcFailure if there is none."""
        found = self.find(wanted)
        if not found:
            raise not_found(wanted)
        return found[0]

    def name(self, wanted: Selector) -> str:
        """Give a selector a name."""
        self._count += 1
        name = str(UUID(int=self._count))
        self._named[name] = wanted
        if len(self._named) > _MOST_NAMED:
            self._named.popitem(last=False)
        return name

    def _exists(self, wanted: object) -> bool:
        try:
            return bool(self.find(wanted))
        except RpcFailure as failure:
            if isinstance(wanted, str):
                return False
            raise failure from None

    def _get(self, wanted: object) -> str:
        self.one(wanted)
        return self.name(self.meant(wanted))

    def _forget(self, name: str) -> None:
        self._named.pop(name, None)

    def _relative(self, relation: str) -> Callable[[object, Selector], str]:
        return lambda wanted, then: self.name(below(self.meant(wanted), then, relation))

    def methods(self) -> dict[str, Callable[..., Any]]:
        """The methods that look for views."""
        return {
            "exist": self._exists,
            "count": lambda wanted: len(self.find(wanted)),
            "objInfo": lambda wanted: hierarchy.record(self.one(wanted)),
            "objInfoOfAllInstances": lambda wanted: [
                hierarchy.record(one) for one in self.find(wanted)
            ],
            "getText": lambda wanted: self.one(wanted).text,
            "getUiObject": self._get,
            "getUiObjects": lambda: list(self._named),
            "removeUiObject": self._forget,
            "getChild": self._relative("child"),
            "getFromParent": self._relative("sibling"),
        }
