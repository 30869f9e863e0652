"""Layout profiles: a version's resource ids and shape, cited or never seen before."""

import random
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from device_agent.sim.layouts.family import PACKAGE, Family, families, family_of
from device_agent.sim.layouts.shape import Shape, drawn_measures

__all__ = ["PACKAGE", "Profile", "default_version", "number_of", "profile_for"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ENDINGS = _LETTERS + "0123456789_"
_SPACE = len(_LETTERS) * len(_ENDINGS) ** 2
# Where two roles get one number, raise this by one: it deals the numbers anew.
_MIX = 0
# Primes that divide the space nowhere: multiplying by them shuffles it.
_STRIDES = (8191, 10007, 14741, 20011, 27449)


@dataclass(frozen=True, slots=True)
class Profile:
    """Resource ids by role, the version they belong to, and how the trees are shaped.

    `measures` are factors of measures in dp by place; `scale` is that of all.
    """

    version: str
    code: int
    ids: dict[str, str]
    taken: frozenset[str] = frozenset()
    depth: int = 3
    salt: str = ""
    length: int = 3
    shape: Shape = field(default_factory=Shape)
    measures: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0

    def rid(self, role: str) -> str:
        """The full resource id of a role; one that its family does not name gets an invented one,
        the same in every run.
        """
        known = self.ids.get(role)
        if known is not None:
            return known
        return _invented(self.salt, role, self.length, self.taken)


def default_version() -> str:
    """The WeChat version of a new phone."""
    return families()[0].default


@lru_cache(maxsize=32)
def profile_for(version: str, seed: int | None = None) -> Profile:
    """The profile of a version; `8.0.43+2` is the second build that calls itself 8.0.43.

    Unknown versions have the nearest family's ids. With a seed, ids, classes, nesting and measures
    are drawn from it, so that no layout file can know them.
    """
    name, _, build = version.partition("+")
    number = int(build or 1)
    family = family_of(name, number)
    code = _code(name, number)
    return _cited(family, name, code) if seed is None else _drawn(family, name, code, seed)


def _code(version: str, build: int) -> int:
    """A version code: invented, but it grows with the releases of a series and with the build."""
    major, minor, patch = [*(int(part) for part in version.split(".")), 0, 0][:3]
    series = major * 10 + minor
    if series < 80:
        return max(1, series * 20 + patch * 5) + build - 1
    return 1620 + (series - 80) * 2000 + patch * 20 + build - 1


def _cited(family: Family, version: str, code: int) -> Profile:
    shape = Shape(classes=family.classes)
    taken = frozenset(family.ids.values())
    return Profile(version, code, family.ids, taken, family.depth, family.name, shape=shape)


def _drawn(family: Family, version: str, code: int, seed: int) -> Profile:
    salt = f"layout/{seed}"
    chance = random.Random(salt)
    length = chance.choice((3, 3, 4, 5))
    measures = drawn_measures(chance)
    scale = chance.uniform(0.94, 1.06)
    depth = chance.randint(2, 4)
    return Profile(
        version,
        code,
        {},
        frozenset(rid for one in families() for rid in one.ids.values()),
        depth=depth,
        salt=salt,
        length=length,
        shape=Shape(salt=salt),
        measures=measures,
        scale=scale,
    )


@lru_cache(maxsize=4096)
def _invented(salt: str, role: str, length: int, taken: frozenset[str]) -> str:
    """An id like WeChat's own, and like no other of its layout.

    Each role has a number; a layout only shuffles the numbers, so two roles that differ in one
    layout differ in all.
    """
    chance = random.Random(f"ids/{salt}")
    number = (number_of(role) * chance.choice(_STRIDES) + chance.randrange(_SPACE)) % _SPACE
    lead = "".join(chance.choice(_LETTERS) for _ in range(length - 3))
    while (rid := f"{PACKAGE}:id/{lead}{_spelt(number)}") in taken:
        number = (number + 1) % _SPACE
    return rid


def number_of(role: str) -> int:
    """A role's number, from its name; that no two roles share one is a test's to say."""
    digest = sha256(f"{_MIX}/{role}".encode()).digest()
    return int.from_bytes(digest[:8]) % _SPACE


def _spelt(number: int) -> str:
    number, last = divmod(number, len(_ENDINGS))
    first, middle = divmod(number, len(_ENDINGS))
    return _LETTERS[first] + _ENDINGS[middle] + _ENDINGS[last]
