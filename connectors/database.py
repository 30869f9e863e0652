"""PostgreSQL: the engine, what its errors mean, and the tables' migrations."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from loguru import logger
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from connectors.migrations import HEAD
from schemas.failure import DependencyDown, Retryable

_LOCK = 0x686F6E67_79616E  # "hongyan": the advisory lock under which one process migrates
_PATIENCE = 0.5  # seconds between tries while the database is away
_AWAY = ("08", "53", "57P")  # connection lost, no resources left, shutting down or starting up
_NO_SUCH = frozenset({"42P01", "42703", "42P10"})  # table, column, key of an ON CONFLICT
_TRY_AGAIN = ("40",)  # serialisation failure, deadlock


def open_engine(dsn: str, *, size: int = 5, limit: float = 30) -> AsyncEngine:
    """An engine for a plain `postgresql://…` DSN; nothing is connected yet.

    A statement, and the wait for a free connection, may take `limit` seconds. A pooled connection
    that broke meanwhile is replaced, so that the next caller does not notice a restarted server.
    """

    async def connected() -> Any:  # SQLAlchemy wants asyncpg's own connection
        # asyncpg reads all of libpq's DSN options (sslmode, application_name, …); SQLAlchemy's
        # own reading of a URL would pass them on as unknown arguments.
        return await asyncpg.connect(dsn, timeout=min(5, limit), command_timeout=limit)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connected,
        pool_size=size,
        max_overflow=0,
        pool_timeout=limit,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "checkout", _replace_broken)
    return engine


def _replace_broken(connection: Any, *_: object) -> None:
    # asyncpg notices a closed socket by itself; `pool_pre_ping` would cost three round trips.
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the connection broke while it was idle")


@contextmanager
def meaning() -> Iterator[None]:
    """Turn the drivers' errors into ours.

    Raises:
        DependencyDown: the database is away, full, or has no connection left.
        Retryable: a deadlock or a serialisation failure; the transaction was undone.

    """
    try:
        yield
    except NoFreeConnection as error:
        raise DependencyDown(f"no free database connection: {error}") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or isinstance(error, InterfaceError):
            raise DependencyDown(f"the database connection broke: {error.orig}") from error
        if state.startswith(_AWAY):
            raise DependencyDown(f"the database is away: {error.orig}") from error
        if state.startswith(_TRY_AGAIN):
            raise Retryable(f"the transaction was undone: {error.orig}") from error
        raise
    except asyncpg.PostgresError as error:  # while connecting, before SQLAlchemy wraps errors
        raise DependencyDown(f"the database refuses the connection: {error}") from error
    except (OSError, TimeoutError, asyncpg.InterfaceError) as error:
        raise DependencyDown(f"the database is away: {error!r}") from error


def is_of_other_tables(error: BaseException) -> bool:
    """Whether a statement found no such table, column or key: another version made the tables."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) in _NO_SUCH


@asynccontextmanager
async def singly(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection whose every statement stands alone: no round trips to begin and to end.

    Raises:
        DependencyDown: the database is away.

    """
    with meaning():
        async with engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")


async def migrate(dsn: str) -> None:
    """Bring the tables to the newest step, in one transaction.

    Several processes may call it at once: an advisory lock lets one work, the others find the work
    done. Tables that are newer than this code are left alone: during a rollout the older processes
    go on, and steps only ever add.

    Raises:
        DependencyDown: the database is away.

    """
    engine = open_engine(dsn, size=1)
    try:
        with meaning():
            async with engine.begin() as connection:
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK}
                )
                step = await connection.run_sync(_step)
                if step is None or step < HEAD:
                    await connection.run_sync(_upgrade)
                elif step > HEAD:
                    logger.warning("the tables are at step {}, this code knows {}", step, HEAD)
    finally:
        await engine.dispose()


async def migrate_patiently(dsn: str) -> None:
    """`migrate`, waiting without end while the database is away."""
    told = False
    while True:
        try:
            await migrate(dsn)
        except Retryable as error:
            if not told:
                logger.warning("waiting for the database: {}", error)
                told = True
            await asyncio.sleep(_PATIENCE)
        else:
            return


def _step(connection: Connection) -> str | None:
    exists = connection.scalar(text("SELECT to_regclass('alembic_version')"))
    if exists is None:
        return None
    step: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return step


def _upgrade(connection: Connection) -> None:
    # Alembic costs 10 MB of memory for good, and nearly every start finds nothing to do.
    from alembic import command

    command.upgrade(alembic_config(connection), HEAD)


def alembic_config(connection: Connection) -> Any:  # Alembic is imported only when needed
    """Alembic's configuration for this connection, inside whatever transaction it is in."""
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def refuses_value(error: DBAPIError) -> bool:
    """Whether PostgreSQL cannot hold what it was given: SQLSTATE classes 22 (data) and 54 (limits).

    SQLAlchemy maps most of asyncpg's errors to a plain DBAPIError, so its subclasses do not tell.
    """
    return (getattr(error.orig, "sqlstate", None) or "")[:2] in {"22", "54"}


def storable(value: Any) -> Any:
    """The value with NUL characters, which PostgreSQL cannot hold, shown as U+FFFD. Pure."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    return value
