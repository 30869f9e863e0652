"""What a rule says, with `{sender}` and the like filled in; no code, no attributes. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_PLACE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

NAMES: Final = frozenset({"sender", "chat", "text", "date", "time", "weekday"})
"""What every rule may fill in, beside the groups of its own expression."""


def check(template: str, known: Iterable[str]) -> None:
    """Refuse what could not be filled in.

    Raises:
        ValueError: a brace that stands alone, or a name that is not known.

    """
    names = set(known)
    for found in _PLACE.finditer(template):
        if found[0] in {"{", "}"}:
            raise ValueError(f"a {found[0]} stands alone: write {found[0] * 2}")
        if found[1] is not None and found[1] not in names:
            said = ", ".join(sorted(names))
            raise ValueError(f"nothing is called {{{found[1]}}}; there are {said}")


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text; what a value holds is not read again."""

    def put(found: re.Match[str]) -> str:
        if found[1] is not None:
            return values.get(found[1], "")
        return found[0][0]

    return _PLACE.sub(put, template)
