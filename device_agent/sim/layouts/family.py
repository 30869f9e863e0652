"""Families of WeChat's versions: the cited resource ids and classes of each, read from YAML."""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

PACKAGE = "com.tencent.mm"
# From the newest to the oldest; the first one's default is a new phone's version.
_NAMES = ("wechat_8_0_4x", "wechat_8_0_43_second", "wechat_8_0_1x")
_INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Family:
    """Versions that share their ids. `build` tells apart those that share a version's name."""

    name: str
    build: int
    versions: tuple[str, ...]
    ids: dict[str, str]
    sources: dict[str, str]
    classes: dict[str, str] = field(default_factory=dict)
    depth: int = 3
    default: str = ""

    @property
    def cited(self) -> frozenset[str]:
        """The roles whose ids public sources name."""
        return frozenset(role for role, source in self.sources.items() if source != _INVENTED)


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """All of them, the newest first. Raises ValueError naming the file and the line's role."""
    return tuple(_read(name) for name in _NAMES)


def family_of(version: str, build: int) -> Family:
    """The family that lists a version, or else the nearest one.

    A version above all known ones has the newest ids; a build that none is cited for has those of
    the first.
    """
    known = [one for one in families() if one.build == build]
    known = known or [one for one in families() if one.build == 1]
    wanted = ordinal(version)

    def distance(one: Family) -> int:
        return min(abs(ordinal(listed) - wanted) for listed in one.versions)

    return min(known, key=distance)


def ordinal(version: str) -> int:
    """A number that grows with versions: 8.0.43 is 80043."""
    parts = [int(part) for part in version.split(".") if part.isdigit()]
    number = 0
    for part in [*parts, 0, 0, 0][:3]:
        number = number * 100 + part
    return number


def _read(name: str) -> Family:
    return family_from(
        name, files("device_agent.sim.layouts").joinpath(f"{name}.yml").read_text("utf-8")
    )


def family_from(name: str, text: str) -> Family:
    """A family from its YAML. Raises ValueError naming the role that is wrong."""
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(text)
    ids, sources = _column(name, loaded["ids"], "id")
    classes, _ = _column(name, loaded.get("classes", {}), "class")
    if len(set(ids.values())) < len(ids):
        twice = sorted(role for role, one in ids.items() if list(ids.values()).count(one) > 1)
        raise ValueError(f"{name}.yml: roles with one id: {', '.join(twice)}")
    return Family(
        name,
        int(loaded["build"]),
        tuple(str(one) for one in loaded["versions"]),
        {role: f"{PACKAGE}:id/{short}" for role, short in ids.items()},
        sources,
        classes,
        int(loaded.get("depth", 3)),
        str(loaded.get("default", "")),
    )


def _column(
    name: str, lines: dict[str, dict[str, str]], key: str
) -> tuple[dict[str, str], dict[str, str]]:
    for role, line in lines.items():
        if not {key, "source"} <= set(line):
            raise ValueError(f"{name}.yml: role `{role}` needs `{key}` and `source`")
    values = {role: str(line[key]) for role, line in lines.items()}
    return values, {role: str(line["source"]) for role, line in lines.items()}
