"""Which question somebody asks, and with which values. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plugins.database import Asked, QueryAbout

from .config import Config, View

_WORD: Final = re.compile(r'\s*(?:"([^"]*)"|“([^”]*)”|(\S+))')
_NAMED: Final = re.compile(
    r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*[=＝]\s*(?:\"([^\"]*)\"|“([^”]*)”|(\S+))"
)


@dataclass(frozen=True)
class Question:
    """A view by its name, and what stands behind it."""

    name: str
    view: View
    rest: str

    @property
    def query(self) -> str:
        """The named query behind it."""
        return self.view.query or self.name


def question(config: Config, text: str) -> Question | None:
    """What a text asks: `/name VALUES`, or one of a view's words; None: nothing."""
    text = text.strip()
    for name, view in config.views.items():
        for word in (f"/{name}", *view.words):
            if (rest := _behind(word, text)) is not None:
                return Question(name, view, rest)
    return None


def _behind(word: str, text: str) -> str | None:
    """What stands behind a word at the beginning; None: it does not stand there alone."""
    if text[: len(word)].casefold() != word.casefold():
        return None
    rest = text[len(word) :]
    return None if rest and not rest[0].isspace() else rest.strip()


def values(rest: str, parameters: Sequence[Asked]) -> dict[str, str]:
    """The values for a query's parameters, as they were said: `name=value` anywhere, the others in
    their order; quotes hold a value with spaces together, and the last one takes what is left.
    """
    known = {one.name for one in parameters}
    said: dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        if found[1] not in known:
            return found[0]
        said[found[1]] = found[2] or found[3] or found[4] or ""
        return " "

    rest = _NAMED.sub(take, rest).strip()
    open_ones = [one for one in parameters if one.name not in said]
    for number, one in enumerate(open_ones):
        if not rest:
            break
        last = number == len(open_ones) - 1
        found = _WORD.match(rest)
        whole = last and one.type == "text" and not rest.startswith(('"', "“"))
        if found is None or whole:
            said[one.name], rest = rest, ""
            break
        said[one.name] = next(part for part in found.groups() if part is not None)
        rest = rest[found.end() :].strip()
    if rest:
        said["…"] = rest  # which no query has: it is refused as too much
    return said


def usage(name: str, about: QueryAbout) -> str:
    """How to write it: `/orders <day:date> [buyer]`."""
    parts = [_parameter(one) for one in about.parameters]
    return " ".join([f"/{name}", *parts])


def _parameter(one: Asked) -> str:
    kind = "|".join(one.choices) if one.choices else one.type
    said = one.name if kind == "text" else f"{one.name}:{kind}"
    if one.default is None:
        return f"<{said}>"
    return f"[{said}={one.default}]"


def titled(view: View, name: str, said: Mapping[str, str], about: QueryAbout) -> str:
    """The line over an answer."""
    text = view.title or about.about or name
    for one in about.parameters:
        value = said.get(one.name) or one.default or ""
        text = text.replace(f"{{{one.name}}}", value)
    return text
