"""The tables and their migrations."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import (
    alembic_config,
    is_of_other_tables,
    meaning,
    migrate,
    migrate_patiently,
    open_engine,
    storable,
)
from connectors.migrations import HEAD
from connectors.tables import DEVICES, METADATA, PLUGIN_STATE
from schemas.failure import DependencyDown
from tests.fixtures.live_server import LivePostgres, free_port


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database)
    yield engine
    await engine.dispose()


def _tables(connection: Connection) -> set[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return set(connection.scalars(query))


async def test_models_and_migrations_agree(database: str, engine: AsyncEngine) -> None:
    await migrate(database)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(alembic_config(sync)))


async def test_an_empty_database_goes_up_down_and_up_again(
    database: str, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
        assert await connection.run_sync(_tables) == {*METADATA.tables, "alembic_version"}
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))
        assert await connection.run_sync(_tables) == {"alembic_version"}
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))


async def test_the_newest_step_is_the_one_the_package_names(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        heads = await connection.run_sync(
            lambda sync: ScriptDirectory.from_config(alembic_config(sync)).get_heads()
        )
    assert heads == [HEAD]


async def test_processes_that_start_together_migrate_once(
    database: str, engine: AsyncEngine
) -> None:
    await asyncio.gather(*(migrate(database) for _ in range(5)))
    async with engine.connect() as connection:
        assert list(await connection.scalars(text("SELECT * FROM alembic_version"))) == [HEAD]


async def test_tables_newer_than_the_code_are_left_alone(
    database: str, engine: AsyncEngine
) -> None:
    await migrate(database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await migrate(database)


async def test_a_database_that_is_away_is_a_dependency_down() -> None:
    with pytest.raises(DependencyDown):
        await migrate(f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")


async def test_a_database_of_another_password_is_a_dependency_down(database: str) -> None:
    with pytest.raises(DependencyDown):
        await migrate(database.replace("hongyan:", "hongyan:not-"))


async def test_a_database_that_comes_later_is_waited_for(
    postgres: LivePostgres, database: str
) -> None:
    await asyncio.to_thread(postgres.kill)
    waiting = asyncio.create_task(migrate_patiently(database))
    try:
        await asyncio.to_thread(postgres.restart)
        await asyncio.wait_for(waiting, 20)
    finally:
        waiting.cancel()


async def test_a_restarted_server_is_not_noticed_by_the_next_caller(
    postgres: LivePostgres, engine: AsyncEngine
) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    await asyncio.to_thread(postgres.restart)
    with meaning():
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_json_keeps_chinese_and_emoji(database: str, engine: AsyncEngine) -> None:
    await migrate(database)
    value = {"说": "你好 🐦", "n": [1, None]}
    async with engine.begin() as connection:
        row = {"instance": "i", "lane": "l", "version": 1, "value": value}
        await connection.execute(insert(PLUGIN_STATE), row)
        assert (
            await connection.scalar(PLUGIN_STATE.select().with_only_columns(PLUGIN_STATE.c.value))
            == value
        )
    assert "body" in DEVICES.c


def test_nul_characters_are_shown_everywhere_in_a_value() -> None:
    assert storable({"a\x00": ["\x00", {"b": "c\x00d"}], "n": 1}) == {
        "a\ufffd": ["\ufffd", {"b": "c\ufffdd"}],
        "n": 1,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT gone FROM gates",
        "SELECT 1 FROM gone",
        "INSERT INTO plugin_state (instance) VALUES ('x') ON CONFLICT (instance) DO NOTHING",
    ],
)
async def test_tables_of_another_version_are_known_by_what_they_lack(
    database: str, engine: AsyncEngine, statement: str
) -> None:
    await migrate(database)
    with pytest.raises(DBAPIError) as raised:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    assert is_of_other_tables(raised.value)
    assert not is_of_other_tables(ValueError("x"))
