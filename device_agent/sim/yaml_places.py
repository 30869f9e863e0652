"""Reads YAML and remembers where in the text each value stands."""

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

Path = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAMED = {"true": True, "false": False, "null": None, "~": None, "": None}
_INT = re.compile(r"[-+]?(0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9]\d{0,17})(\.\d{1,18})?(e[-+]?\d{1,3})?")
_MOST_DEPTH = 40


class Malformed(ValueError):
    """A file that cannot be used: where, on what path within it, and what is wrong there."""

    def __init__(self, source: str, line: int, column: int, path: Path, wrong: str) -> None:
        self.source, self.line, self.column, self.wrong = source, line, column, wrong
        self.path = written(path)
        place = f"{source}:{line}:{column}: "
        super().__init__(place + (f"{self.path}: {wrong}" if path else wrong))


@dataclass(frozen=True, slots=True)
class Marked:
    """What a file says, and the line and column (from 1) of each value by its path."""

    source: str
    data: Any
    places: dict[Path, tuple[int, int]]

    def malformed(self, path: Path, wrong: str) -> Malformed:
        """The error that names the place of a path, or of the nearest one above it.

        What stands alone where a list may stand is its first.
        """
        known: Path = ()
        shown: Path = ()
        for part in path:
            if (*known, part) in self.places:
                known = (*known, part)
            elif isinstance(part, int):
                continue
            shown = (*shown, part)
        line, column = self.places[known]
        return Malformed(self.source, line, column, shown, wrong)


def written(path: Path) -> str:
    """A path as people write it: chats[3].messages[0].kind."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Plain(str):
    """A scalar without quotes: a text where one is wanted, else what YAML 1.2 takes it for."""

    __slots__ = ()


def typed(value: Any) -> Any:
    """The value with plain scalars as the numbers, booleans and nulls that they look like."""
    if isinstance(value, dict):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    if not isinstance(value, Plain):
        return value
    if value in _NAMED:
        return _NAMED[value]
    for number, shape in ((int, _INT), (float, _FLOAT)):
        if shape.fullmatch(value):
            return number(value)
    return str(value)


def read(text: str, source: str) -> Marked:
    """The document in a text; nothing at all is an empty mapping. Raises Malformed."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as wrong:
        raise _unreadable(wrong, source) from wrong
    except (yaml.YAMLError, RecursionError) as wrong:
        raise Malformed(
            source, 1, 1, (), f"this is no YAML: {str(wrong).splitlines()[0]}"
        ) from wrong
    finally:
        if loader is not None:
            loader.dispose()
    reading = _Reading(source)
    data = {} if node is None else reading.value(node, ())
    return Marked(source, data, reading.places)


def _unreadable(wrong: yaml.MarkedYAMLError, source: str) -> Malformed:
    mark = wrong.problem_mark or wrong.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = " ".join(part for part in (wrong.context, wrong.problem) if part)
    return Malformed(source, line, column, (), f"this is no YAML: {said}")


class _Reading:
    """Turns nodes into plain data; each value is written once, so that it has one place."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: set[int] = set()
        self.places: dict[Path, tuple[int, int]] = {(): (1, 1)}

    def value(self, node: Node, path: Path) -> Any:
        self._note(node, path)
        if len(path) > _MOST_DEPTH:
            raise self._wrong(node, path, f"nested deeper than {_MOST_DEPTH}")
        if isinstance(node, ScalarNode):
            return str(node.value) if node.style else Plain(node.value)
        if id(node) in self._seen:
            raise self._wrong(node, path, "`*` and `&` are not known here; write it out again")
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return [self.value(one, (*path, number)) for number, one in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise self._wrong(key, path, "a key must be a text")
            name = str(key.value)
            if name in found:
                raise self._wrong(key, (*path, name), "this key stands here twice")
            found[name] = self.value(value, (*path, name))
            self._note(key, (*path, name))
        return found

    def _note(self, node: Node, path: Path) -> None:
        self.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)

    def _wrong(self, node: Node, path: Path, wrong: str) -> Malformed:
        mark = node.start_mark
        return Malformed(self._source, mark.line + 1, mark.column + 1, path, wrong)
