"""Puts the owner's named queries to databases of others, where nothing can be written."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
from loguru import logger
from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Text,
    TextClause,
    bindparam,
    make_url,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, ResourceClosedError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from connectors.database import meaning, open_engine
from connectors.query_parameter import read_parameters
from connectors.query_settings import ExternalDatabase, NamedQuery, ParameterType
from connectors.sqlite_file import read_sqlite
from connectors.table_rows import told_rows
from schemas.failure import BadRequest, DependencyDown

_TYPES: Final[dict[ParameterType, Any]] = {
    "text": Text(),
    "integer": BigInteger(),
    "number": Float(),
    "truth": Boolean(),
    "date": Date(),
    "moment": DateTime(timezone=True),
}
_READS: Final = re.compile(
    r"(?:\s|--[^\n]*\n)*(?:select|with|values|table|show|explain|describe|desc)\b", re.IGNORECASE
)
_MYSQL: Final = "max_execution_time"
_PASSES: Final = ("08", "40", "53", "57P")  # as connectors.database.meaning has them
_SLACK_S: Final = 5.0  # what the database's own time limit gets to strike
_TOO_SLOW: Final = frozenset({"57014", "3024", "1969"})  # PostgreSQL, MySQL, MariaDB
_WRITES: Final = frozenset({"25006", "1792"})
_MYSQL_AWAY: Final = frozenset({"2003", "2006", "2013", "1040", "1053"})


class ExternalDatabases:
    """All that the owner named. Connections are made when first needed."""

    def __init__(
        self, databases: Mapping[str, ExternalDatabase], queries: Mapping[str, NamedQuery]
    ) -> None:
        """Nothing is opened yet; a query that cannot work is said in the log."""
        self._databases = dict(databases)
        self._queries = dict(queries)
        self._engines: dict[str, AsyncEngine] = {}
        for name, query in self._queries.items():
            try:
                self._statement(name, query)
            except BadRequest as problem:
                logger.error("a query cannot be used: {}", problem)

    def find(self, name: str) -> NamedQuery:
        """A query by its name.

        Raises:
            BadRequest: there is none.

        """
        if name not in self._queries:
            there = f"there are {sorted(self._queries)}" if self._queries else "none is set up"
            raise BadRequest(f"no query {name!r}: {there} (setting `queries`)")
        return self._queries[name]

    async def query(self, name: str, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """What the database answers: columns, rows, and whether there are more.

        Raises:
            BadValue: a parameter does not fit.
            BadRequest: the database refuses the statement (because it
                would write, among others), or it takes too long.
            DependencyDown: the database is away.
            Retryable: it undid the transaction.

        """
        query = self.find(name)
        statement = self._statement(name, query)
        database = self._databases[query.database]
        asked = _Asked(
            name,
            await asyncio.to_thread(_url, query.database, database),
            statement,
            read_parameters(query.parameters, given, now),
            query.seconds or database.seconds,
            query.rows or database.rows,
        )
        try:
            with meaning():
                async with asyncio.timeout(asked.seconds + _SLACK_S):
                    names, rows = await self._read(query, asked)
        except (DBAPIError, ResourceClosedError, sqlite3.Error) as error:
            raise _decided(asked, error) from error
        return told_rows(names, rows, asked.most)

    async def close(self) -> None:
        """Close all connections."""
        engines, self._engines = list(self._engines.values()), {}
        for engine in engines:
            await engine.dispose()

    def _statement(self, name: str, query: NamedQuery) -> TextClause:
        if not _READS.match(query.sql) or ";" in query.sql.strip().removesuffix(";"):
            raise BadRequest(f"{name}: may only read: its sql is one SELECT, without a ; inside")
        if query.database not in self._databases:
            raise BadRequest(f"{name}: no database {query.database!r} (setting `databases`)")
        said = text(query.sql)
        there = set(said._bindparams)  # noqa: SLF001  # no public way tells the names
        if there != set(query.parameters):
            odd = sorted(there ^ set(query.parameters))
            raise BadRequest(f"{name}: its sql and its parameters differ: {odd}")
        kinds = {name: one.type for name, one in query.parameters.items()}
        return said.bindparams(*(bindparam(name, type_=_TYPES[kinds[name]]) for name in kinds))

    async def _read(
        self, query: NamedQuery, asked: "_Asked"
    ) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        if asked.url.get_backend_name() == "sqlite":
            where, limits = asked.url.database or "", (asked.seconds, asked.most)
            return await asyncio.to_thread(read_sqlite, where, query.sql, asked.values, *limits)
        async with self._reading(query.database, asked.url, asked.seconds) as connection:
            try:
                result = await connection.stream(asked.statement, asked.values)
                names = list(result.keys())
                rows = await result.fetchmany(asked.most + 1)
                await result.close()
            except asyncpg.PostgresError as error:  # while fetching, which SQLAlchemy wraps not
                if (error.sqlstate or "").startswith(_PASSES):
                    raise
                raise _decided(asked, error) from error
        return names, rows

    @asynccontextmanager
    async def _reading(self, name: str, url: URL, seconds: float) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction in which the database lets nothing be written."""
        milliseconds = int(seconds * 1000)
        async with self._engine(name, url, seconds).connect() as connection:
            if url.get_backend_name() == "postgresql":
                await connection.execution_options(postgresql_readonly=True)
                await connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
                yield connection
                return
            await connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
            maria = connection.dialect.is_mariadb  # type: ignore[attr-defined]  # MySQL's alone
            limit = f"max_statement_time = {seconds}" if maria else f"{_MYSQL} = {milliseconds}"
            await connection.execute(text(f"SET SESSION {limit}"))
            await connection.commit()
            yield connection

    def _engine(self, name: str, url: URL, seconds: float) -> AsyncEngine:
        if name not in self._engines:
            size, limit = self._databases[name].connections, seconds + _SLACK_S
            if url.get_backend_name() == "postgresql":
                plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
                self._engines[name] = open_engine(plain, size=size, limit=limit)
            else:
                self._engines[name] = create_async_engine(
                    url.set(drivername="mysql+aiomysql"),
                    pool_size=size,
                    max_overflow=0,
                    pool_timeout=limit,
                    pool_pre_ping=True,
                    connect_args={"connect_timeout": 5},
                )
        return self._engines[name]


@dataclass(frozen=True)
class _Asked:
    """One query, ready to be put."""

    name: str
    url: URL
    statement: TextClause
    values: Mapping[str, Any]
    seconds: float
    most: int


def _url(name: str, database: ExternalDatabase) -> URL:
    """Where it is. Raises BadRequest: that cannot be read; the URL, a secret, is not told."""
    try:
        if database.url is not None:
            said = database.url.get_secret_value()
        elif database.url_file is not None:
            said = database.url_file.read_text(encoding="utf-8").strip()
        else:
            raise BadRequest(f"database {name!r}: say url or url_file")
        url = make_url(said)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"database {name!r}: its url_file cannot be read: {error}") from error
    except (ArgumentError, ValueError):
        raise BadRequest(f"database {name!r}: its URL cannot be read") from None
    if url.get_backend_name() not in {"postgresql", "mysql", "mariadb", "sqlite"}:
        raise BadRequest(f"database {name!r}: neither postgresql://, mysql:// nor sqlite:///")
    return url


def _decided(asked: _Asked, error: Exception) -> BadRequest | DependencyDown:
    """What a database's refusal means."""
    orig = getattr(error, "orig", None) or error
    number = str(orig.args[0]) if orig.args else ""
    states = {str(getattr(orig, "sqlstate", None) or ""), number}
    if states & _MYSQL_AWAY:
        return DependencyDown(f"the database of {asked.name!r} is away: {orig}")
    if states & _TOO_SLOW or number == "interrupted":
        return BadRequest(f"the query {asked.name!r} took longer than {asked.seconds:g} s")
    if states & _WRITES or number.startswith(("attempt to write", "not authorized")):
        return BadRequest(f"the query {asked.name!r} would write, and may only read")
    return BadRequest(f"the database refuses the query {asked.name!r}: {orig}")
