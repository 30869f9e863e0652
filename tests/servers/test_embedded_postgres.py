"""The embedded PostgreSQL survives kills, keeps what was committed, and says what is wrong."""

import asyncio
import os
import shutil
import signal
import stat
from pathlib import Path

import asyncpg
import pytest

from hongyan import embedded_postgres
from hongyan.program import CannotStart
from tests.fixtures.live_server import LivePostgres, free_port


async def test_each_test_has_an_empty_database_of_its_own(database: str) -> None:
    connection = await asyncpg.connect(database)
    tables = await connection.fetchval(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    )
    await connection.close()

    assert tables == 0


async def test_text_is_utf8_and_sorted_alike_on_every_machine(database: str) -> None:
    connection = await asyncpg.connect(database)
    encoding = await connection.fetchval("SHOW server_encoding")
    rows = await connection.fetch("SELECT x FROM unnest(array['雁','b','A','鸿']) x ORDER BY x")
    await connection.close()

    assert encoding == "UTF8"
    assert [row["x"] for row in rows] == sorted(["雁", "b", "A", "鸿"])


async def test_a_killed_server_heals_and_keeps_what_was_committed(
    postgres: LivePostgres, database: str
) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (41), (42)")

    await asyncio.to_thread(postgres.kill)
    await connection.close(timeout=2)
    await asyncio.to_thread(postgres.start)

    connection = await asyncpg.connect(database)
    kept = await connection.fetchval("SELECT sum(n) FROM kept")
    await connection.close()
    assert kept == 83


async def test_a_start_waits_for_the_children_of_a_killed_server(
    postgres: LivePostgres, database: str
) -> None:
    connection = await asyncpg.connect(database)
    child = connection.get_server_pid()
    os.kill(child, signal.SIGSTOP)  # so that it cannot notice the end of its parent
    await asyncio.to_thread(postgres.kill)

    starting = asyncio.create_task(asyncio.to_thread(postgres.start))
    done, _ = await asyncio.wait({starting}, timeout=0.5)
    os.kill(child, signal.SIGCONT)
    await starting
    connection.terminate()

    assert not done
    assert await embedded_postgres.answers(database)


def test_a_second_start_on_the_same_data_is_refused(postgres: LivePostgres) -> None:
    cluster = embedded_postgres.prepare(postgres.log.parent, print)
    other = embedded_postgres.program(cluster, port := free_port(), durable=False)

    with pytest.raises(CannotStart, match=r"is running on .*正在使用"):
        LivePostgres(other, postgres.log.parent / "other.log", cluster.dsn(port)).start()


def test_a_taken_port_is_named(postgres: LivePostgres) -> None:
    with pytest.raises(CannotStart, match=r"port is taken.*端口已被占用"):
        LivePostgres(postgres.program, postgres.log.parent / "o.log", postgres.dsn).start()


def test_the_password_is_readable_by_its_owner_alone(postgres: LivePostgres) -> None:
    mode = (postgres.log.parent / "postgres.password").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


async def test_a_wrong_password_is_refused(postgres: LivePostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn.replace("hongyan:", "hongyan:x"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"cannot write to .*无法写入"):
        embedded_postgres.prepare(tmp_path / "file" / "db", print)


if os.geteuid() == 0:  # only root drops to another user

    def test_data_the_unprivileged_user_could_not_reach_goes_to_a_folder_of_its_own(
        tmp_path: Path,
    ) -> None:
        hidden = tmp_path / "hidden"
        hidden.mkdir(mode=0o700)

        first = embedded_postgres.prepare(hidden, print, durable=False)
        again = embedded_postgres.prepare(hidden, print, durable=False)
        try:
            assert not first.data.is_relative_to(hidden)
            assert again == first
            assert str(first.data.parent) in (hidden / "postgres.location").read_text()
        finally:
            shutil.rmtree(first.data.parent)
