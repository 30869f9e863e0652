"""What people may ask of databases, and how they are answered."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image as Picture

from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.loader import load_plugin
from plugins.roles import Known, Roles
from schemas.content import Mentions
from schemas.failure import BadRequest, BadValue, DependencyDown

VIEWS: dict[str, Any] = {
    "orders": {"words": ["今日订单", "订单"], "title": "{day}的订单"},
    "buyers": {"show": "list", "query": "people"},
    "salary": {"required_permission": "admin"},
    "table": {"query": "orders", "show": "table"},
    "bars": {"query": "orders", "show": "bar", "label": "买家"},
    "lines": {"query": "orders", "show": "line"},
}
ROWS = [
    {"编号": 7, "买家": "小王", "金额": 12.5, "已付": True},
    {"编号": 1234, "买家": "Alexander", "金额": -3, "已付": None},
]
BOSS = Roles((Known(role="admin", chat="老板"),))


@pytest.fixture
def bot() -> Iterator[Bot]:
    plugin = load_plugin(Path(__file__).parents[1])
    told = {"config": {"views": VIEWS, "text_rows": 2}, "grants": {"database": ["made-up"]}}
    made = Bot(replace(instance_of("query", plugin, Declared.model_validate(told)), roles=BOSS))
    _fill(made)
    yield made
    made.close()


def _fill(bot: Bot) -> None:
    bot.databases.describe(
        "orders", "订单", day={"type": "date", "default": "今天"}, who={"default": ""}
    )
    bot.databases.describe("people", "买家", name={})
    bot.databases["orders"] = ROWS
    bot.databases["people"] = [{"name": "小王", "phone": None}, {"name": "老李", "phone": "138"}]
    bot.databases["salary"] = [{"sum": 1}]


class TestContract(PluginContract):
    said = ("/orders", "订单 昨天", "/people 小王", "/salary", "/bars", "/query")
    config: ClassVar[dict[str, Any]] = {"views": VIEWS, "text_rows": 2}
    role = "admin"

    def prepare(self, bot: Bot) -> None:
        _fill(bot)


def test_rows_stand_under_each_other(bot: Bot) -> None:
    bot.receives("/orders")
    bot.should_reply(
        "今天的订单\n编号  买家       金额  已付\n   7  小王       12.5  是\n1234  Alexander    -3"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/orders", {}),
        ("今日订单", {}),
        ("订单 昨天", {"day": "昨天"}),
        ("/ORDERS 昨天 小 王", {"day": "昨天", "who": "小 王"}),
        ('/orders "昨天" "小 王"', {"day": "昨天", "who": "小 王"}),
        ("/orders who=小王", {"who": "小王"}),
        ("/orders who=“小 王” 昨天", {"who": "小 王", "day": "昨天"}),
        ("/query orders 昨天", {"day": "昨天"}),
        ("/查询 订单 昨天", {"day": "昨天"}),
    ],
)
def test_values_are_said_in_order_or_by_name(bot: Bot, text: str, said: dict[str, str]) -> None:
    bot.receives(text)
    assert bot.databases.asked == [("orders", said)]


@pytest.mark.parametrize("text", ["订单号是多少", "看看订单", "/order", "/ordersx", "orders"])
def test_other_texts_ask_nothing(bot: Bot, text: str) -> None:
    bot.receives(text)
    bot.should_be_silent()


def test_in_a_group_it_may_be_called(bot: Bot) -> None:
    bot.receives("@bot\u2005订单 昨天", chat="群", group=True, mentions=Mentions(me=True))
    assert bot.databases.asked == [("orders", {"day": "昨天"})]


def test_a_list_names_each_value(bot: Bot) -> None:
    bot.receives("/buyers x")
    bot.should_reply("买家\nname: 小王\n\nname: 老李\nphone: 138")


def test_more_rows_than_are_shown_are_said(bot: Bot) -> None:
    bot.databases["orders"] = [{"n": number} for number in range(5)]
    bot.receives("/orders")
    text: Any = bot.answers[0].content
    assert text.text.endswith("\n1\n只显示前 2 行，共 5 行。(The first 2 of 5 rows.)")


def test_no_rows_are_said(bot: Bot) -> None:
    bot.databases["orders"] = []
    bot.receives("/orders 昨天")
    bot.should_reply("昨天的订单\n没有数据。(No rows.)")


def test_a_value_that_does_not_fit_is_answered_with_how_to_write_it(bot: Bot) -> None:
    bot.databases["orders"] = BadValue("day: '明年' is no day 不是日期")
    bot.receives("/orders 明年")
    bot.should_reply("day: '明年' is no day 不是日期\n用法 usage: /orders [day:date=今天] [who=]")


def test_what_a_database_refuses_is_for_its_owner_alone(bot: Bot) -> None:
    bot.databases["orders"] = BadRequest("the database refuses: column secret does not exist")
    bot.receives("/orders")
    assert [draft.content.text for draft in bot.answers] == [  # type: ignore[union-attr]
        "这个查询出错了，主人会看到原因。(This query failed; its owner sees why.)"
    ]
    bot.should_fail("query", "column secret")


def test_a_database_that_is_away_is_said_and_the_question_waits(bot: Bot) -> None:
    bot.databases["orders"] = DependencyDown("away")
    bot.receives("/orders")
    assert len(bot.answers) == 1
    assert isinstance(bot.should_fail("query", "away"), DependencyDown)


def test_a_view_may_need_a_role(bot: Bot) -> None:
    bot.receives("/salary", sender="小王")
    bot.should_reply("你没有这个查询的权限。(You may not ask this.)")
    assert bot.databases.asked == []
    bot.receives("/salary", sender="老板")
    bot.should_reply("salary\nsum\n  1")


def test_everybody_is_told_what_he_may_ask(bot: Bot) -> None:
    bot.receives("/query", sender="小王")
    lines = bot.answers[0].content.text.splitlines()  # type: ignore[union-attr]
    assert lines[:2] == ["/orders [day:date=今天] [who=]  订单", "/buyers <name>  买家"]
    assert not any("salary" in line for line in lines)
    bot.receives("/query", sender="老板")
    assert "/salary" in bot.answers[0].content.text  # type: ignore[union-attr]


def test_an_assistant_may_look_things_up_for_those_who_may_ask() -> None:
    home = Path(__file__).parents[2]
    grants = {"database": ["made-up"], "llm": True}
    told = {
        "query": {"config": {"views": VIEWS}, "grants": grants},
        "assistant": {"config": {"tools": ["query"]}, "grants": grants},
    }
    made = Bot(
        *(
            replace(instance_of(name, load_plugin(home / name), Declared(**one)), roles=BOSS)
            for name, one in told.items()
        )
    )
    made.databases["orders"] = ROWS
    made.databases["people"] = []
    made.databases["salary"] = [{"sum": 5000}]
    for sender, name, found in (("小王", "orders", True), ("小王", "salary", False)):
        made.llm.calls("query__ask", name=name, values={"day": "昨天"} if found else {})
        made.llm.answers("好")
        made.receives("查一下", sender=sender)
        told_model = made.llm.asked[-1].messages[-1]["content"]
        assert ("1234  Alexander" in told_model) is found
        assert "5000" not in told_model
        assert ("/orders" in told_model) is not found
    made.close()


@pytest.mark.parametrize("name", ["table", "bars", "lines"])
def test_pictures_are_stored_and_sent(bot: Bot, name: str) -> None:
    bot.receives(f"/{name}")
    content: Any = bot.answers[0].content
    assert (content.kind, content.media.name) == ("image", f"{name}.png")
    picture = Picture.open(BytesIO(bot.kept[content.media.sha256]))
    assert picture.format == "PNG"
    assert 400 < picture.width < 2000
    assert 150 < picture.height < 1200
    colours = picture.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 20


def test_a_chart_of_no_numbers_is_refused(bot: Bot) -> None:
    bot.databases["orders"] = [{"买家": "小王"}]
    bot.receives("/bars")
    bot.should_fail("query", "no column of numbers")


def test_a_name_that_the_data_does_not_have_is_said_to_the_owner(bot: Bot) -> None:
    bot.databases["orders"] = [{"n": 1}]
    bot.receives("/bars")
    bot.should_fail("query", "there is no column '买家': n")
