"""Reads a book of rules from YAML; what is wrong is told by line and by rule."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from .rule import Book


def read_book(file: Path) -> Book:
    """The rules of a file.

    Raises:
        ValueError: it cannot be read or is no book; each line of the message is one mistake, with
            the file's line and the rule's name.

    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name}: cannot be read: {error}") from error
    return book_of(text, file.name)


def book_of(text: str, name: str) -> Book:
    """The rules of a text, whose file is called `name`.

    Raises:
        ValueError: as `read_book`.

    """
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        if tree is None:
            return Book()
        _refuse_odd_keys(tree, name, set())
        fields = _fields(text, name)
    except RecursionError as error:
        raise ValueError(f"{name}: is nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise ValueError(f"{name}: line {line}: is no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: is no YAML: {error}") from error
    try:
        return Book.model_validate(fields)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        mistakes = [_mistake(tree, name, one["loc"], one["msg"]) for one in told]
        raise ValueError("; ".join(mistakes)) from error


def _fields(text: str, name: str) -> object:
    try:
        return yaml.safe_load(text)
    except ValueError as error:  # what looks like a date or a number and is none
        raise ValueError(f"{name}: is no YAML: {error}") from error


def _mistake(tree: yaml.Node, name: str, place: Sequence[int | str], said: str) -> str:
    line, rule = _found(tree, place)
    what = ".".join(str(part) for part in place[2:]) if place[:1] == ("rules",) else ""
    where = [f"{name}: line {line}", f"rule {rule!r}" if rule else "", what]
    return ": ".join([*(part for part in where if part), said.removeprefix("Value error, ")])


def _found(tree: yaml.Node, place: Sequence[int | str]) -> tuple[int, str]:
    """The line of a place, or of what lies closest round it, and the name of its rule."""
    node, line, rule = tree, tree.start_mark.line + 1, ""
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            rule = rule or _named(node)
        elif isinstance(node, yaml.MappingNode):
            pair = next((one for one in node.value if one[0].value == part), None)
            if pair is None:
                break
            key, node = pair
            line = key.start_mark.line + 1
            continue
        else:
            break
        line = node.start_mark.line + 1
    return line, rule


def _named(node: yaml.Node) -> str:
    if not isinstance(node, yaml.MappingNode):
        return ""
    return next((value.value for key, value in node.value if _is_name(key, value)), "")


def _is_name(key: yaml.Node, value: yaml.Node) -> bool:
    return key.value == "name" and isinstance(value, yaml.ScalarNode)


def _refuse_odd_keys(node: yaml.Node, name: str, read: set[int]) -> None:
    """YAML lets the second of two equal keys win without a word, and takes `{{sender}}` outside of
    quotes for a key that is a mapping itself. `read`: the nodes that were, which aliases repeat.
    """
    if id(node) in read:
        return
    read.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ValueError(  # noqa: TRY004  # the file is wrong, not a caller's type
                    f"{name}: line {line}: a text with {{ in front stands in quotes"
                )
            if key.value in seen:
                raise ValueError(f"{name}: line {line}: {key.value!r} stands there twice")
            seen.add(key.value)
            _refuse_odd_keys(value, name, read)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_odd_keys(value, name, read)
