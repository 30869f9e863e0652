"""A handler's arguments, read from words by the types in its signature. Pure."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final, get_type_hints

from plugins.duration import duration

_YES: Final = frozenset({"yes", "true", "on", "1", "是", "开"})
_NO: Final = frozenset({"no", "false", "off", "0", "否", "关"})
_WORD: Final = re.compile(r"\s*(\S+)")
_MENTIONED: Final = re.compile(r"\s*@([^@\u2005\n]+)\u2005")


class Mention(str):
    """A name called with @, without the @."""

    __slots__ = ()


@dataclass(frozen=True)
class Misused:
    """A call whose arguments do not fit; both sentences are for the person who wrote."""

    problem: str
    usage: str


@dataclass(frozen=True)
class Parameter:
    """One parameter behind `ctx`; `default` is `inspect.Parameter.empty` where there is none."""

    name: str
    kind: type
    default: Any = inspect.Parameter.empty

    @property
    def needed(self) -> bool:
        """Whether a call without it is none."""
        return self.default is inspect.Parameter.empty

    def __str__(self) -> str:
        said = self.name if self.kind is str else f"{self.name}:{_SAID[self.kind]}"
        return f"<{said}>" if self.needed else f"[{said}]"


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", text):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def _switch(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return word in _YES


def _mention(text: str) -> Mention:
    if not text.startswith("@") or len(text) == 1:
        raise ValueError(f"{text!r} calls nobody: write @name")
    return Mention(text[1:])


_READ: Final[dict[type, Callable[[str], Any]]] = {
    str: str,
    int: _whole,
    float: _number,
    bool: _switch,
    timedelta: duration,
    Mention: _mention,
}
_SAID: Final[dict[type, str]] = {
    int: "number",
    float: "number",
    bool: "yes/no",
    timedelta: "10m, 2h, 3天",
    Mention: "@name",
}


def parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters behind the first one, the context.

    Raises:
        TypeError: one is of a type that words cannot be read as, or not positional; or a needed
            one follows one that is not.

    """
    name = getattr(function, "__name__", repr(function))
    declared = list(inspect.signature(function).parameters.values())[1:]
    if not declared:
        return ()
    hints = _hints(function, [one.name for one in declared])
    found = tuple(
        Parameter(one.name, hints.get(one.name, str), one.default)
        for one in declared
        if _positional(one, name)
    )
    for one in found:
        if one.kind not in _READ:
            known = ", ".join(kind.__name__ for kind in _READ)
            raise TypeError(f"{name}: {one.name} is of type {one.kind}; known are {known}")
    return found


def _hints(function: Callable[..., Any], names: list[str]) -> dict[str, Any]:
    """The types of these parameters alone: others may be named for type checkers only."""
    said = inspect.get_annotations(function)
    only = SimpleNamespace(__annotations__={name: said[name] for name in names if name in said})
    return get_type_hints(only, globalns=getattr(function, "__globals__", {}))


def _positional(one: inspect.Parameter, name: str) -> bool:
    if one.kind not in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}:
        raise TypeError(f"{name}: {one.name} is not positional: write `async def {name}(ctx, a)`")
    return True


def arguments(text: str, wanted: tuple[Parameter, ...], name: str) -> tuple[Any, ...] | Misused:
    """What a text says for the wanted parameters.

    Words are parted by white space; a last `str` takes all that is left, untouched where it is
    the only one. `name` is how the usage line begins.
    """
    usage = " ".join([name, *map(str, wanted)])
    if len(wanted) == 1 and wanted[0].kind is str:
        if not text and not wanted[0].needed:
            return (wanted[0].default,)
        return (text,)
    values: list[Any] = []
    rest = text
    for number, one in enumerate(wanted):
        word, rest = _next(rest, one, last=number == len(wanted) - 1)
        if not word:
            if one.needed:
                return Misused(f"{one.name}?", usage)
            values.append(one.default)
            continue
        try:
            values.append(_READ[one.kind](word))
        except ValueError as error:
            return Misused(f"{one.name}: {error}", usage)
    if rest.strip():
        return Misused(f"{rest.strip()!r} is too much", usage)
    return tuple(values)


def _next(text: str, one: Parameter, *, last: bool) -> tuple[str, str]:
    """The words for one parameter, and the rest."""
    if one.kind is str and last:
        return text.strip(), ""
    picked = _MENTIONED.match(text) if one.kind is Mention else None
    if picked is not None:
        return f"@{picked[1]}", text[picked.end() :]
    found = _WORD.match(text)
    return (found[1], text[found.end() :]) if found else ("", "")


def read_groups(groups: tuple[str | None, ...], wanted: tuple[Parameter, ...]) -> Any:
    """A regular expression's groups for the wanted parameters; None where one does not fit."""
    values: list[Any] = []
    for one, group in zip(wanted, groups, strict=False):
        if group is None:
            if one.needed:
                return None
            values.append(one.default)
            continue
        try:
            values.append(_READ[one.kind](group))
        except ValueError:
            return None
    return tuple(values)
