"""Scrolls what scrolls and picks rows out of it, by the rules of UiScrollable and UiCollection.

Rules from the sources of androidx.test.uiautomator, which the server calls.
"""

from collections.abc import Callable
from typing import Any

from device_agent.sim.automator.failure import not_found
from device_agent.sim.automator.objects import Objects
from device_agent.sim.finger import permit, swipe
from device_agent.sim.phone import Phone
from device_agent.sim.selector import Selector, below

# UiScrollable: how much of the view's length a swipe leaves out at each end, and how many swipes
# a search may take.
_DEAD_ZONE = 0.1
_MOST_SEARCH_SWIPES = 30
# A fling runs on when the finger has left the screen.
_FLING = 2


class Scrolling:
    """Swipes over scrollable views; every answer says whether anything moved or was found."""

    def __init__(self, phone: Phone, objects: Objects) -> None:
        self._phone = phone
        self._objects = objects

    def _move(self, wanted: object, *, forward: bool, vertical: bool = True) -> bool:
        left, top, right, bottom = self._objects.one(wanted).bounds
        permit(self._objects.strike)
        before = self._phone.windows()
        middle = ((left + right) // 2, (top + bottom) // 2)
        across, along = round((right - left) * _DEAD_ZONE), round((bottom - top) * _DEAD_ZONE)
        low = (middle[0], bottom - along - 1) if vertical else (right - across - 1, middle[1])
        high = (middle[0], top + along) if vertical else (left + across, middle[1])
        swipe(self._phone, *((low, high) if forward else (high, low)))
        return self._phone.windows() != before

    def _step(self, *, forward: bool, swipes: int = 1) -> Callable[..., bool]:
        def step(wanted: object, vertical: bool = True, steps: int = 0) -> bool:
            moved = [self._move(wanted, forward=forward, vertical=vertical) for _ in range(swipes)]
            return any(moved)

        return step

    def _to_end(self, *, forward: bool) -> Callable[..., bool]:
        def run(wanted: object, vertical: bool = True, most: int = 500, steps: int = 0) -> bool:
            for _ in range(int(most)):
                if not self._move(wanted, forward=forward, vertical=vertical):
                    break
            return True

        return run

    def _to(self, wanted: object, target: Selector, vertical: bool = True) -> bool:
        """UiScrollable.scrollIntoView: from where it stands, then from the beginning on."""
        sought = below(self._objects.meant(wanted), target)
        if self._objects.find(sought):
            return True
        self._to_end(forward=False)(wanted, vertical, _MOST_SEARCH_SWIPES)
        for _ in range(_MOST_SEARCH_SWIPES):
            if self._objects.find(sought):
                return True
            if not self._move(wanted, forward=True, vertical=vertical):
                break
        return bool(self._objects.find(sought))

    def _child_by(self, wanted: object, pattern: Selector, test: Selector, scroll: bool) -> str:
        if scroll:
            self._to(wanted, test)
        collection = self._objects.meant(wanted)
        for place, row in enumerate(self._objects.find(below(collection, pattern))):
            inside = list(row.walk())
            if any(test in ({"text": one.text}, {"description": one.desc}) for one in inside):
                return self._objects.name(below(collection, pattern | {"instance": place}))
        raise not_found(f"[for {test}]")

    def _child(self, field: str) -> Callable[..., str]:
        def child(wanted: object, pattern: Selector, value: str, scroll: bool | None = None) -> str:
            may = self._objects.one(wanted).scrollable if scroll is None else bool(scroll)
            return self._child_by(wanted, pattern, {field: value}, may)

        return child

    def _child_by_instance(self, wanted: object, pattern: Selector, place: int) -> str:
        found = below(self._objects.meant(wanted), pattern | {"instance": int(place)})
        return self._objects.name(found)

    def methods(self) -> dict[str, Callable[..., Any]]:
        """The methods that scroll or look into a collection."""
        return {
            "scrollForward": self._step(forward=True),
            "scrollBackward": self._step(forward=False),
            "scrollToBeginning": self._to_end(forward=False),
            "scrollToEnd": self._to_end(forward=True),
            "scrollTo": self._to,
            "flingForward": self._step(forward=True, swipes=_FLING),
            "flingBackward": self._step(forward=False, swipes=_FLING),
            "flingToBeginning": self._to_end(forward=False),
            "flingToEnd": self._to_end(forward=True),
            "childByText": self._child("text"),
            "childByDescription": self._child("description"),
            "childByInstance": self._child_by_instance,
        }
