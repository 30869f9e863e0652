"""Named queries to real databases of others: PostgreSQL and SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from pydantic import SecretStr

from connectors.external_databases import ExternalDatabases
from connectors.query_parameter import read_value
from connectors.query_settings import ExternalDatabase, NamedQuery, QueryParameter
from schemas.failure import BadRequest, DependencyDown
from tests.fixtures.live_server import free_port

NOW = datetime(2026, 11, 25, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
TABLE = "CREATE TABLE orders (id integer, buyer text, day date, price numeric(9,2), paid boolean)"
ROWS = (
    "INSERT INTO orders VALUES (1, '小王', '2026-11-24', 12.50, true),"
    " (2, '小李', '2026-11-25', 7.00, false), (3, NULL, NULL, NULL, NULL)"
)
TEXT, WHOLE = QueryParameter(), QueryParameter(type="integer")


@pytest.fixture
async def shop(database: str) -> str:
    connection = await asyncpg.connect(database)
    await connection.execute(TABLE)
    await connection.execute(ROWS)
    await connection.close()
    return database


@pytest.fixture
def file(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "店铺.db") as connection:
        connection.execute(TABLE)
        connection.execute(ROWS)
    connection.close()
    return f"sqlite:///{tmp_path / '店铺.db'}"


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    fixture = {"postgresql": "shop", "sqlite": "file"}[request.param]
    found: str = request.getfixturevalue(fixture)
    return found


@pytest.fixture
async def opened() -> AsyncIterator[list[ExternalDatabases]]:
    made: list[ExternalDatabases] = []
    yield made
    for one in made:
        await one.close()


def _asking(
    opened: list[ExternalDatabases], url: str, sql: str, /, rows: int = 200, **wanted: Any
) -> ExternalDatabases:
    seconds = wanted.pop("seconds", 10.0)
    database = ExternalDatabase(url=SecretStr(url), seconds=seconds, rows=rows)
    query = NamedQuery(database="shop", sql=sql, parameters=wanted)
    opened.append(ExternalDatabases({"shop": database}, {"orders": query}))
    return opened[-1]


async def test_rows_come_with_the_kinds_of_their_columns(
    opened: list[ExternalDatabases], shop: str
) -> None:
    asked = _asking(opened, shop, "SELECT * FROM orders ORDER BY id")
    assert await asked.query("orders", {}, NOW) == {
        "columns": [
            {"name": "id", "kind": "number"},
            {"name": "buyer", "kind": "text"},
            {"name": "day", "kind": "time"},
            {"name": "price", "kind": "number"},
            {"name": "paid", "kind": "truth"},
        ],
        "rows": [
            [1, "小王", "2026-11-24", "12.50", True],
            [2, "小李", "2026-11-25", "7.00", False],
            [3, None, None, None, None],
        ],
        "more": False,
    }


async def test_a_parameter_is_a_value_whatever_it_holds(
    opened: list[ExternalDatabases], url: str
) -> None:
    sql = "SELECT id FROM orders WHERE buyer = :who"
    asked = _asking(opened, url, sql, who=TEXT)
    assert (await asked.query("orders", {"who": "小王"}, NOW))["rows"] == [[1]]
    evil = "' OR 1=1; DROP TABLE orders; --"
    assert (await asked.query("orders", {"who": evil}, NOW))["rows"] == []
    assert (await asked.query("orders", {"who": "小李"}, NOW))["rows"] == [[2]]


async def test_parameters_of_each_type_reach_the_database(
    opened: list[ExternalDatabases], url: str
) -> None:
    sql = (
        "SELECT id FROM orders WHERE day >= :since AND id < :most AND price > :price"
        " AND paid = :paid"
    )
    kinds = {
        "since": QueryParameter(type="date", default="昨天"),
        "most": WHOLE,
        "price": QueryParameter(type="number"),
        "paid": QueryParameter(type="truth"),
    }
    asked = _asking(opened, url, sql, **kinds)
    told = await asked.query("orders", {"most": str(2**40), "price": "1.5", "paid": "是"}, NOW)
    assert told["rows"] == [[1]]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone",
        "CREATE TABLE mine (a integer)",
        "DROP TABLE orders",
        "WITH one AS (SELECT 1) DELETE FROM orders",
        "SELECT 1 AS a; DELETE FROM orders",
        "INSERT INTO orders (id) VALUES (9) RETURNING id",
        "UPDATE orders SET id = 5",
    ],
)
async def test_nothing_is_written_whatever_the_statement_says(
    opened: list[ExternalDatabases], url: str, sql: str
) -> None:
    with pytest.raises(BadRequest):
        await _asking(opened, url, sql).query("orders", {}, NOW)
    told = await _asking(opened, url, "SELECT count(*) FROM orders").query("orders", {}, NOW)
    assert told["rows"] == [[3]]


async def test_a_refusal_says_that_it_would_write(
    opened: list[ExternalDatabases], url: str
) -> None:
    with pytest.raises(BadRequest, match="its sql is one SELECT"):
        await _asking(opened, url, "DELETE FROM orders").query("orders", {}, NOW)
    hidden = "WITH one AS (SELECT 1) DELETE FROM orders"
    with pytest.raises(BadRequest, match="would write, and may only read"):
        await _asking(opened, url, hidden).query("orders", {}, NOW)


async def test_a_file_is_all_that_an_sqlite_query_sees(
    opened: list[ExternalDatabases], file: str, tmp_path: Path
) -> None:
    for sql in (f"ATTACH '{tmp_path / 'other.db'}' AS other", "PRAGMA journal_mode = DELETE"):
        with pytest.raises(BadRequest, match="may only read"):
            await _asking(opened, file, sql).query("orders", {}, NOW)
    assert not (tmp_path / "other.db").exists()


async def test_a_statement_may_hold_comments_and_signs_that_mean_something(
    opened: list[ExternalDatabases], url: str
) -> None:
    sql = "-- who\n SELECT id FROM orders WHERE buyer LIKE '小%' AND '12:30' = '12:30' ORDER BY id;"
    told = await _asking(opened, url, sql).query("orders", {}, NOW)
    assert told["rows"] == [[1], [2]]


async def test_more_rows_than_the_limit_are_not_read_and_said(
    opened: list[ExternalDatabases], url: str
) -> None:
    asked = _asking(opened, url, "SELECT id FROM orders ORDER BY id", rows=2)
    told = await asked.query("orders", {}, NOW)
    assert (told["rows"], told["more"]) == ([[1], [2]], True)


async def test_a_query_that_takes_too_long_is_ended_by_the_database(
    opened: list[ExternalDatabases], url: str
) -> None:
    sql = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
        " SELECT max(i) FROM n"
    )
    asked = _asking(opened, url, sql, seconds=0.3)
    async with asyncio.timeout(4):
        with pytest.raises(BadRequest, match=r"took longer than 0.3 s"):
            await asked.query("orders", {}, NOW)


async def test_a_database_that_is_away_is_a_dependency_that_is_down(
    opened: list[ExternalDatabases], tmp_path: Path
) -> None:
    gone = [
        f"postgresql://x:y@127.0.0.1:{free_port()}/shop",
        f"mysql://x:y@127.0.0.1:{free_port()}/shop",
        f"sqlite:///{tmp_path / 'none.db'}",
    ]
    for url in gone:
        with pytest.raises(DependencyDown) as caught:
            await _asking(opened, url, "SELECT 1 AS one").query("orders", {}, NOW)
        assert ":y@" not in str(caught.value)


async def test_a_mistake_in_the_sql_is_said(opened: list[ExternalDatabases], url: str) -> None:
    with pytest.raises(BadRequest, match=r"refuses the query 'orders': .*nowhere"):
        await _asking(opened, url, "SELECT * FROM nowhere").query("orders", {}, NOW)


@pytest.mark.parametrize(
    ("url", "sql", "wanted", "said"),
    [
        ("sqlite:///x", "SELECT :a AS a", {}, "differ: ['a']"),
        ("sqlite:///x", "SELECT 1 AS a", {"b": TEXT}, "differ: ['b']"),
        ("oracle://u:pw@h/x", "SELECT 1 AS a", {}, "neither postgresql"),
        ("sk-no-url", "SELECT 1 AS a", {}, "its URL cannot be read"),
    ],
)
async def test_a_mistake_of_the_owner_is_said_without_secrets(
    opened: list[ExternalDatabases], url: str, sql: str, wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        await _asking(opened, url, sql, **wanted).query("orders", {}, NOW)
    assert said in str(caught.value)
    assert "pw" not in str(caught.value)
    assert "sk-no-url" not in str(caught.value)
    with pytest.raises(BadRequest, match=r"no query 'other': there are \['orders'\]"):
        opened[-1].find("other")


@pytest.mark.parametrize(
    ("parameter", "said", "problem"),
    [
        (WHOLE, "1.5", "no whole number"),
        (WHOLE, str(2**63), "too large"),
        (QueryParameter(type="number"), "nan", "too large"),
        (QueryParameter(type="integer", least=1, most=9), "10", "more than"),
        (QueryParameter(type="integer", least=1, most=9), "0", "less than"),
        (QueryParameter(type="truth"), "maybe", "neither yes nor no"),
        (QueryParameter(type="date"), "2026-02-30", "no day"),
        (QueryParameter(type="moment"), "later", "no time"),
        (QueryParameter(choices=("a", "b")), "c", "none of"),
        (QueryParameter(longest=3), "abcd", "longer than"),
        (TEXT, "a\x00b", "NUL"),
    ],
)
def test_a_value_that_does_not_fit_is_said_in_words(
    parameter: QueryParameter, said: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        read_value(parameter, said, NOW)


async def test_a_parameter_that_is_missing_or_unknown_is_said(
    opened: list[ExternalDatabases], file: str
) -> None:
    asked = _asking(opened, file, "SELECT :who AS who", who=QueryParameter(about="买家"))
    with pytest.raises(BadRequest, match=r"who: is missing 缺少参数 \(买家\)"):
        await asked.query("orders", {}, NOW)
    with pytest.raises(BadRequest, match="when: no such parameter"):
        await asked.query("orders", {"who": "a", "when": "b"}, NOW)
