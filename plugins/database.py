"""`ctx.db`: the owner's named queries, whose answers are journaled."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from plugins.grants import Warrant

NAME: Final = "db"
"""How its calls are named in a run's journal."""

ColumnKind = Literal["number", "time", "truth", "text"]


@dataclass(frozen=True)
class Column:
    """A column's name, and what its values are."""

    name: str
    kind: ColumnKind = "text"


@dataclass(frozen=True)
class Rows:
    """What a query gave; decimals are texts of their digits. `more`: there are more rows than the
    owner lets be read.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    def dicts(self) -> list[dict[str, Any]]:
        """Each row by the names of its columns."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    @staticmethod
    def read(told: Mapping[str, Any]) -> "Rows":
        """From the journal."""
        columns = tuple(Column(one["name"], one["kind"]) for one in told["columns"])
        return Rows(columns, tuple(tuple(row) for row in told["rows"]), bool(told["more"]))


@dataclass(frozen=True)
class Asked:
    """One parameter of a query, as its owner describes it; `default` None: it must be said."""

    name: str
    type: str = "text"
    default: str | None = None
    choices: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class QueryAbout:
    """What a query is for, and what it wants to be told, in the order in which people say it."""

    name: str
    about: str
    parameters: tuple[Asked, ...] = ()

    @staticmethod
    def read(name: str, told: Mapping[str, Any]) -> "QueryAbout":
        """From the journal."""
        parameters = (
            Asked(
                one["name"],
                one.get("type", "text"),
                one.get("default"),
                tuple(one.get("choices", ())),
                one.get("about", ""),
            )
            for one in told["parameters"]
        )
        return QueryAbout(name, told["about"], tuple(parameters))


Query = Callable[[Warrant, str, Mapping[str, Any] | None], Awaitable[dict[str, Any]]]
"""Puts a named query with its parameters, or describes it where these are None.

Raises Denied, BadRequest, or Retryable (DependencyDown) where no answer came.
"""

Journaled = Callable[[Any, Callable[[], Awaitable[Any]]], Awaitable[Any]]


class Database:
    """Named queries. A retry of the run is told the rows that came before."""

    def __init__(self, query: Query, warrant: Warrant, journaled: Journaled) -> None:
        """Made by the context."""
        self._query = query
        self._warrant = warrant
        self._journaled = journaled

    async def query(self, name: str, /, **parameters: Any) -> Rows:
        """The rows of a query that the owner named in the setting `queries`.

        Values may be texts as people say them: they are read as the type that the owner gave them.

        Raises:
            Denied: the instance is not granted the query's database.
            BadValue: a parameter does not fit; the sentence is for people.
            BadRequest: no such query, or the database refuses it or takes too long.
            DependencyDown, Retryable: no answer now.

        """
        said = {key: value for key, value in parameters.items() if value is not None}
        return Rows.read(await self._asked(name, said))

    async def about(self, name: str, /) -> QueryAbout:
        """What a query is for and wants to be told.

        Raises:
            Denied, BadRequest: as `query`.

        """
        return QueryAbout.read(name, await self._asked(name, None))

    async def _asked(self, name: str, said: Mapping[str, Any] | None) -> Any:
        request = {"query": name, "parameters": said}
        return await self._journaled(request, lambda: self._query(self._warrant, name, said))
