"""Where a command finds the broker and the database: the same options wherever one asks them."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from connectors.kafka import Producer

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])

PATIENCE_S: Final = 10.0
_LOOK_S: Final = 0.5

POSTGRES = click.option("--postgres", metavar="DSN", help="The database.")
DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder of the running `hongyan up`; without one: HONGYAN_* and hongyan.toml.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON.")
BROKER = click.option("--kafka", metavar="HOST:PORT", help="The broker.")


def places(command: Command) -> Command:
    """`--kafka`, `--postgres`, `--data` and `--json`, the last of a command's options."""
    for option in (JSON, DATA, POSTGRES, BROKER):
        command = option(command)
    return command


def with_database(
    given: dict[str, Any],
    work: "Callable[[AsyncEngine], Coroutine[Any, Any, T]]",
    *,
    patience_s: float = PATIENCE_S,
) -> T:
    """Do something with the database that is meant, brought up to date first.

    Raises:
        DependencyDown, Retryable: it is away, for longer than a restart takes.

    """
    from connectors.database import open_engine
    from hongyan.running_stack import database_of

    postgres = database_of(given["postgres"], given["data"])

    async def all_of_it() -> T:
        await _brought_up_to_date(postgres, patience_s)
        engine = open_engine(postgres, size=1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(all_of_it())


async def _brought_up_to_date(dsn: str, patience_s: float) -> None:
    """A person waits: who is told nothing for long believes that something is being done."""
    from connectors.database import migrate
    from schemas.failure import Retryable

    until = time.monotonic() + patience_s
    while True:
        try:
            await migrate(dsn)
        except Retryable:
            if time.monotonic() >= until:
                raise
            await asyncio.sleep(_LOOK_S)
        else:
            return


async def with_producer(
    given: dict[str, Any], work: "Callable[[Producer], Coroutine[Any, Any, T]]"
) -> T:
    """Do something with a producer to the broker that is meant."""
    from connectors.kafka import Broker, Producer
    from hongyan.running_stack import broker_of

    producer = Producer(Broker(broker_of(given["kafka"], given["data"])))
    try:
        return await work(producer)
    finally:
        await producer.stop()
