"""Loads layout profiles and makes never-seen ones from a seed."""

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

PACKAGE = "com.tencent.mm"
_FAMILIES = ("wechat_8_0_4x",)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ENDINGS = _LETTERS + "0123456789"
# The step between version codes of two builds of one release; only their order means anything.
_CODE_STEP = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """Resource ids by role, the version they belong to, and how deep the wrappers nest."""

    version: str
    code: int
    ids: dict[str, str]
    depth: int = 3
    salt: str = ""

    def rid(self, role: str) -> str:
        """The full resource id of a role; one that its family does not name gets an invented one,
        the same in every run.
        """
        known = self.ids.get(role)
        return (
            known if known is not None else _invented(self.salt, role, frozenset(self.ids.values()))
        )


@lru_cache(maxsize=8)
def _family(name: str) -> dict[str, Any]:
    import yaml

    text = files("device_agent.sim.layouts").joinpath(f"{name}.yml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def default_version() -> str:
    """The WeChat version of a new phone."""
    return str(_family(_FAMILIES[0])["default"])


@lru_cache(maxsize=32)
def profile_for(version: str, seed: int | None = None) -> Profile:
    """The profile of a version; an unknown version has the newest family's ids.

    With a seed, ids and nesting are drawn from it, so that no layout file can know them.
    """
    name = next((n for n in _FAMILIES if version in _family(n)["versions"]), _FAMILIES[-1])
    family = _family(name)
    ids = {role: f"{PACKAGE}:id/{entry['id']}" for role, entry in family["ids"].items()}
    profile = Profile(version, _code(version, family["codes"]), ids, salt=name)
    return profile if seed is None else _drawn(profile, seed)


@lru_cache(maxsize=2048)
def _invented(salt: str, role: str, taken: frozenset[str]) -> str:
    chance = random.Random(f"{salt}/{role}")
    while True:
        rid = f"{PACKAGE}:id/{_short(chance)}"
        if rid not in taken:
            return rid


def _short(chance: random.Random) -> str:
    return chance.choice(_LETTERS) + "".join(chance.choice(_ENDINGS) for _ in range(2))


def _code(version: str, codes: dict[str, int]) -> int:
    if version in codes:
        return int(codes[version])
    digits = [int(part) for part in version.split(".") if part.isdigit()][:3]
    number = 0
    for part in [*digits, 0, 0, 0][:3]:
        number = number * 100 + part
    return 2000 + number % 100 * _CODE_STEP if number else 1


def _drawn(profile: Profile, seed: int) -> Profile:
    chance = random.Random(f"layout/{seed}")
    taken: set[str] = set()
    ids = {}
    for role in profile.ids:
        short = ""
        while not short or short in taken:
            short = _short(chance)
        taken.add(short)
        ids[role] = f"{PACKAGE}:id/{short}"
    return replace(profile, ids=ids, depth=chance.randint(2, 5), salt=f"layout/{seed}")
