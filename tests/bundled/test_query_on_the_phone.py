"""`query`, as friends see it on the phone, over a real database file."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.fakes.bundled_phone import BundledPhone
from tests.fakes.running_up import wait_for

INSTANCES = """
[desk]
plugin = "query"
chats = ["chat:查询台", "chat:经理", "chat:图表"]

[desk.config.views]
orders = { words = ["今日订单"], title = "{day}的订单" }
chart = { query = "orders", show = "bar", label = "买家", values = ["金额"] }
wages = { required_permission = "admin" }
wipe = {}

[desk.grants]
database = ["shop"]
"""

ROLES = """
[[people]]
role = "admin"
chat = "chat:经理"
"""

ORDERS = """
SELECT id AS 编号, buyer AS 买家, price AS 金额 FROM orders
WHERE day = :day AND (:who = '' OR buyer = :who) ORDER BY id
"""

FOLDER: list[Path] = []


@contextmanager
def before() -> Iterator[dict[str, str]]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        file = Path(folder) / "shop.db"
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE orders (id integer, day text, buyer text, price real)")
            rows = [(1, "2026-01-01", "小王", 12.5), (2, "2026-01-01", "老李", 7)]
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
        connection.close()
        day = {"type": "date", "default": "2026-01-01"}
        queries = {
            "orders": {"sql": ORDERS, "parameters": {"day": day, "who": {"default": ""}}},
            "wages": {"sql": "SELECT 5000 AS 工资"},
            "wipe": {"sql": "WITH one AS (SELECT 1) DELETE FROM orders"},
        }
        told = {name: {"database": "shop", **one} for name, one in queries.items()}
        environment.setenv("HONGYAN_DATABASES", json.dumps({"shop": {"url": f"sqlite:///{file}"}}))
        environment.setenv("HONGYAN_QUERIES", json.dumps(told))
        FOLDER.append(file)
        yield {}
        FOLDER.remove(file)


def test_people_ask_a_database_by_words(phone: BundledPhone) -> None:
    phone.says("查询台", "今日订单")
    assert phone.shows("查询台") == (
        "2026-01-01的订单\n编号  买家  金额\n   1  小王  12.5\n   2  老李     7"
    )
    phone.says("查询台", "/orders who=老李")
    phone.shows("查询台", "老李     7")
    phone.says("查询台", "/orders 明年")
    phone.shows("查询台", "不是日期", "用法 usage: /orders")
    phone.says("查询台", '/orders who="\'; DROP TABLE orders; --"')
    phone.shows("查询台", "没有数据")


def test_what_needs_a_role_is_for_those_who_hold_it(phone: BundledPhone) -> None:
    phone.says("查询台", "/wages")
    phone.shows("查询台", "没有这个查询的权限")
    phone.says("经理", "/wages")
    phone.shows("经理", "5000")


def test_a_picture_of_a_chart_arrives(phone: BundledPhone) -> None:
    def pictures() -> int:
        return sum(
            one["chat"] == "图表" and one["kind"] == "image" for one in phone.up.truth()["sent"]
        )

    phone.says("图表", "/chart")
    wait_for(lambda: pictures() == 1, 30, f"no picture\n{phone.log()}")


def test_nothing_is_written_whatever_a_query_says(phone: BundledPhone) -> None:
    phone.says("查询台", "/wipe")
    phone.shows("查询台", "这个查询出错了")
    phone.says("查询台", "/orders")
    phone.shows("查询台", "小王")
    with sqlite3.connect(FOLDER[0]) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    connection.close()
