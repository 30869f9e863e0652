"""Whether a newer JSON Schema still reads and writes what an older one does. Pure.

The one change allowed within a version of a type is a new optional field (`design.md` 3): older
readers pass over it, newer readers do without it. Anything else needs a new `ce_type`.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_FOR_PEOPLE = frozenset({"title", "description", "default", "examples", "$defs", "$id", "$schema"})


def incompatible(old: Schema, new: Schema) -> list[str]:
    """Sentences naming each change that is no new optional field; empty where there is none."""
    return list(_differences(_resolved(old, old), _resolved(new, new), "record"))


def _resolved(part: Any, root: Schema, seen: tuple[str, ...] = ()) -> Any:  # JSON
    """The schema with its references written out; a recursive one stays a reference."""
    if isinstance(part, list):
        return [_resolved(item, root, seen) for item in part]
    if not isinstance(part, dict):
        return part
    target = part.get("$ref")
    if isinstance(target, str) and target not in seen:
        name = target.removeprefix("#/$defs/")
        rest = {key: value for key, value in part.items() if key != "$ref"}
        return _resolved({**root["$defs"][name], **rest}, root, (*seen, target))
    return {
        key: _resolved(value, root, seen) for key, value in part.items() if key not in _FOR_PEOPLE
    } | ({"properties": _properties(part, root, seen)} if "properties" in part else {})


def _properties(part: Schema, root: Schema, seen: tuple[str, ...]) -> Schema:
    """Fields may be called `title` or `description` too, so they are not filtered by name."""
    return {name: _resolved(field, root, seen) for name, field in part["properties"].items()}


def _differences(old: Any, new: Any, where: str) -> Iterator[str]:  # JSON
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _object_differences(old, new, where)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{where}[{index}]")
    elif old != new:
        yield f"{where} was {old!r} and is now {new!r}"


def _object_differences(old: Schema, new: Schema, where: str) -> Iterator[str]:
    required_before, required_now = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(required_now - required_before):
        yield f"{where}.{name} is required now"
    for name in sorted(required_before - required_now):
        yield f"{where}.{name} is no longer required"
    fields, fields_now = old.get("properties", {}), new.get("properties", {})
    for name in sorted(fields.keys() - fields_now.keys()):
        yield f"{where}.{name} is gone"
    for name in sorted(fields.keys() & fields_now.keys()):
        yield from _differences(fields[name], fields_now[name], f"{where}.{name}")
    for keyword in sorted((old.keys() | new.keys()) - {"required", "properties"}):
        yield from _differences(old.get(keyword), new.get(keyword), f"{where} {keyword}")
