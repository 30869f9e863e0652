"""The shape of a layout: which classes, wrappers, decorations and measures its trees have."""

import random
from dataclasses import dataclass, field
from functools import lru_cache

from device_agent.sim.screens.node import (
    FRAME,
    GROUP,
    IMAGE,
    IMAGE_BUTTON,
    LINEAR,
    LIST,
    RECYCLER,
    RELATIVE,
    TEXT,
    VIEW,
)

_HOLDERS = (FRAME, LINEAR, RELATIVE, GROUP)
# Classes that may stand for each other without another meaning.
_ALIKE = {
    **dict.fromkeys(_HOLDERS, _HOLDERS),
    LIST: (LIST, RECYCLER),
    RECYCLER: (RECYCLER, LIST),
    IMAGE_BUTTON: (IMAGE_BUTTON, IMAGE),
}
# Drawn measures: the factors between which each place's measure lies.
_RANGES = {
    "status": (0.85, 1.25),
    "bar": (1.0, 1.2),
    "tabs": (1.0, 1.2),
    "row": (0.92, 1.2),
    "row_avatar": (0.85, 1.04),
    "avatar": (0.85, 1.15),
    "margin": (0.6, 1.4),
    "gap": (0.7, 1.4),
    "pad": (0.8, 1.25),
    "input_bar": (1.0, 1.15),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How trees are shaped: `classes` by role are cited; with a salt the rest is drawn from it."""

    classes: dict[str, str] = field(default_factory=dict)
    salt: str = ""

    @property
    def plain(self) -> bool:
        """Whether trees stay as the screens draw them."""
        return not self.salt and not self.classes

    def class_of(self, key: str, kind: str) -> str:
        """The class of a part that the screens draw as `kind`."""
        if self.salt:
            return _drawn_class(self.salt, key, kind)
        return self.classes.get(key, kind)

    def name_class(self, key: str) -> str:
        """The class of a text that the screens draw as a plain View."""
        if self.salt:
            return _chance(self.salt, "name", key).choice((VIEW, TEXT))
        return self.classes.get(key, VIEW)

    def wrappers(self, key: str, drawn: int) -> int:
        """How many layouts of its own size stand around a part, where the screens draw `drawn`."""
        if not self.salt:
            return drawn
        return _drawn_wrappers(self.salt, key, drawn)

    def decorated(self, key: str) -> bool:
        """Whether a part holds a view more, which shows and says nothing."""
        return bool(self.salt) and _drawn_decoration(self.salt, key)


def drawn_measures(chance: random.Random) -> dict[str, float]:
    """Factors of the measures by place."""
    return {place: round(chance.uniform(*span), 3) for place, span in _RANGES.items()}


def _chance(salt: str, about: str, key: str) -> random.Random:
    return random.Random(f"{salt}/{about}/{key}")


@lru_cache(maxsize=4096)
def _drawn_class(salt: str, key: str, kind: str) -> str:
    return _chance(salt, f"class/{kind}", key).choice(_ALIKE.get(kind, (kind,)))


@lru_cache(maxsize=4096)
def _drawn_wrappers(salt: str, key: str, drawn: int) -> int:
    chance = _chance(salt, "wrappers", key)
    if drawn:
        return max(0, drawn + chance.randint(-2, 2))
    return chance.choice((0, 0, 0, 0, 0, 1))


@lru_cache(maxsize=4096)
def _drawn_decoration(salt: str, key: str) -> bool:
    return _chance(salt, "decoration", key).random() < 0.25
