"""Filter expressions: `plugin=weather and error~Timeout and age<2h`. Pure.

Fields are compared with `= != < <= > >=`, searched with `~` and `!~` (a part, whatever its case),
joined with `and`, `or`, `not` and brackets; a value with spaces stands in double quotes.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError
from sqlalchemy import ColumnElement, and_, func, not_, or_

from connectors.tables import DEAD_LETTERS
from schemas.failure import BadRequest

_GRAMMAR: Final = r"""
    ?start: either
    ?either: both ("or"i both)*
    ?both: one ("and"i one)*
    ?one: "not"i one -> negation
        | "(" either ")"
        | FIELD OPERATOR value -> comparison
    value: QUOTED | WORD
    FIELD: /[a-z_]+(?=\s*(=|!=|<=|>=|<|>|~|!~))/i
    OPERATOR: "!=" | "<=" | ">=" | "!~" | "=" | "<" | ">" | "~"
    QUOTED: /"(\\.|[^"\\])*"/
    WORD: /[^\s()"=<>~!]+/
    %import common.WS
    %ignore WS
"""


@dataclass(frozen=True)
class Fields:
    """What may be named in an expression: words and numbers by name, and what `age` counts from."""

    texts: Mapping[str, tuple[Any, ...]]
    numbers: Mapping[str, Any]
    moment: Any
    example: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.texts, *self.numbers, "age")


_T = DEAD_LETTERS.c
_TEXTS: Final[dict[str, tuple[Any, ...]]] = {
    "id": (_T.letter_id,),
    "plugin": (_T.plugin,),
    "instance": (_T.instance,),
    "event": (_T.event_id,),
    "type": (_T.type,),
    "chat": (_T.lane,),
    "kind": (_T.error_kind,),
    "error": (_T.error_type, _T.error_message),
    "message": (_T.error_message,),
    "stack": (_T.error_stack,),
    "fingerprint": (_T.fingerprint,),
    "group": (_T.group_id,),
    "origin": (_T.origin,),
    "status": (_T.status,),
}
_NUMBERS: Final[dict[str, Any]] = {"attempt": _T.attempt, "redriven": _T.redriven}
_ORDER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = re.compile(r"(\d{1,9})([smhd])\Z")
LETTERS: Final = Fields(_TEXTS, _NUMBERS, _T.died_at, "plugin=weather and error~Timeout and age<2h")
FIELDS: Final = LETTERS.names


class BadFilter(BadRequest):
    """An expression that says nothing; the message points at the place."""


def parse_filter(expression: str, now: datetime, fields: Fields = LETTERS) -> ColumnElement[bool]:
    """The condition that an expression is, on dead letters or what else has `fields`; `age` counts
    from `now`.

    Raises:
        BadFilter: it cannot be read, or compares what cannot be compared.

    """
    try:
        tree = _parser().parse(expression)
        condition: ColumnElement[bool] = _Condition(now, fields).transform(tree)
    except UnexpectedInput as error:
        column = error.column if error.column > 0 else len(expression) + 1
        raise BadFilter(
            f"the filter cannot be read at character {column}: {expression!r}; "
            f"for example: {fields.example}; fields: {', '.join(fields.names)}"
        ) from error
    except VisitError as error:
        if isinstance(error.orig_exc, BadFilter):
            raise error.orig_exc from error
        raise
    return condition


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


@v_args(inline=True)
class _Condition(Transformer[Token, Any]):
    """Makes SQL of the tree."""

    def __init__(self, now: datetime, fields: Fields) -> None:
        super().__init__()
        self._now = now
        self._fields = fields

    def either(self, *parts: ColumnElement[bool]) -> ColumnElement[bool]:
        return or_(*parts)

    def both(self, *parts: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(*parts)

    def negation(self, part: ColumnElement[bool]) -> ColumnElement[bool]:
        return not_(part)

    def value(self, token: Token) -> str:
        text = str(token)
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if token.type == "QUOTED" else text

    def comparison(self, field: Token, sign: Token, value: str) -> ColumnElement[bool]:
        name = field.lower()
        if name == "age":
            # Older means earlier, so the order turns round.
            try:
                moment = self._now - _duration(value)
            except OverflowError as error:
                raise BadFilter(f"an age of {value} is before all time") from error
            return self._ordered(name, _FLIPPED.get(sign, sign), self._fields.moment, moment)
        if name in self._fields.numbers:
            if not (value.isascii() and value.isdigit() and len(value) < 10):
                raise BadFilter(f"{name} is compared with a whole number, not {value!r}")
            return self._ordered(name, sign, self._fields.numbers[name], int(value))
        if name not in self._fields.texts:
            raise BadFilter(f"there is no field {name!r}; fields: {', '.join(self._fields.names)}")
        return _texts(sign, self._fields.texts[name], value)

    def _ordered(self, name: str, sign: str, column: Any, value: Any) -> ColumnElement[bool]:
        if sign not in _ORDER:
            raise BadFilter(f"{name} is compared with = != < <= > >=, not with {sign}")
        condition: ColumnElement[bool] = _ORDER[sign](column, value)
        return condition


_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _texts(sign: str, columns: tuple[Any, ...], value: str) -> ColumnElement[bool]:
    if sign in {"=", "!="}:
        found = or_(*(column == value for column in columns))
    elif sign in {"~", "!~"}:
        found = or_(*(func.strpos(func.lower(c), value.lower()) > 0 for c in columns))
    else:
        raise BadFilter(f"words are compared with = != ~ !~, not with {sign}")
    return not_(found) if sign.startswith("!") else found


def _duration(text: str) -> timedelta:
    found = _DURATION.match(text)
    if found is None:
        raise BadFilter(f"age is compared with a time such as 30s, 5m, 2h or 3d, not {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
