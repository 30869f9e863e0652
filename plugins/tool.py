"""Tools: functions of a plugin that a language model may ask for on somebody's behalf."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from schemas.failure import BadRequest

_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,30}\Z")

Work = Callable[..., Awaitable[str]]
"""`async def weather(ctx, city: str, days: int = 1) -> str`."""


@dataclass(frozen=True)
class Tool:
    """An async function, what it is for, and the roles of which the asking person must hold one.

    Its arguments' types are its schema; the docstring's first paragraph tells the model what it
    does. It answers with a text, and sends nothing.
    """

    work: Work
    name: str
    about: str
    permission: tuple[str, ...] = ()
    arguments: type[BaseModel] = field(default=BaseModel, repr=False)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The arguments as JSON Schema."""
        schema = self.arguments.model_json_schema()
        return {name: value for name, value in schema.items() if name != "title"}

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What a model wrote, as the function's types.

        Raises:
            BadRequest: it does not fit; the sentence is for the model.

        """
        try:
            read = self.arguments.model_validate(dict(arguments))
        except ValidationError as error:
            told = error.errors(include_url=False, include_input=False)
            said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told)
            raise BadRequest(f"{self.name}: {said}") from error
        return {name: getattr(read, name) for name in type(read).model_fields}


def tool(
    name: str | None = None, *, permission: str | tuple[str, ...] = ()
) -> Callable[[Work], Tool]:
    """Offer an async function to language models: `@tool()` above `async def f(ctx, city: str)`.

    `permission`: a role that the person needs on whose behalf it is asked for; none: anybody.

    Raises:
        TypeError: it is no async function, has no docstring, or a parameter has no type.
        ValueError: its name does not suit a model.

    """
    if name is not None and not _NAME.match(name):
        raise ValueError(f"{name!r} is no name for a tool: letters, digits and _, at most 31")
    roles = (permission,) if isinstance(permission, str) else permission

    def offered(work: Work) -> Tool:
        own = str(name or getattr(work, "__name__", ""))
        if not inspect.iscoroutinefunction(work):
            raise TypeError(f"{own} is no async function")
        about = inspect.getdoc(work)
        if not about:
            raise TypeError(f"{own} has no docstring, by which a model knows what it does")
        return Tool(work, own, about.split("\n\n")[0], roles, _model(own, work))

    return offered


def _model(name: str, work: Work) -> type[BaseModel]:
    declared = list(inspect.signature(work).parameters.values())[1:]
    hints = get_type_hints(work, include_extras=True)
    missing = [one.name for one in declared if one.name not in hints]
    if missing:
        raise TypeError(f"{name}: {missing[0]} has no type")
    empty = inspect.Parameter.empty
    fields: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is empty else one.default)
        for one in declared
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
