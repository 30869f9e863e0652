"""What rules answer, and what is said of a file that is wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import pytest

from plugins.expression import SlowExpression
from plugins.grants import Grants
from plugins.instances import Declared, instance_of
from plugins.kit import Bot
from plugins.kit.contract import PluginContract
from plugins.library import Library
from plugins.loader import load_plugin
from plugins.roles import Known, Roles
from plugins.rules.reading import book_of
from schemas.content import Mentions

HOME = Path(__file__).parents[1]
BOOK = """
answer: first
rules:
  - name: hours
    keywords: [营业时间, opening hours]
    reply: 九点到六点，{sender}。
  - name: order
    regex: '订单\\s*(?P<number>\\d+)'
    reply: 订单 {number}（{1}）在路上，{chat} {date} {weekday} {{ok}}
    quote: true
  - name: ping
    text: ping
    reply: [pong, 乒]
    block: true
  - name: secret
    keywords: 密码
    required_permission: [admin]
    reply: "1234"
  - name: nobody-else
    keywords: 密码
    reply: 不能说
  - name: called
    keywords: 在吗
    called: true
    mention: true
    reply: 在
  - name: once
    keywords: 公告
    cooldown: 10m
    reply: 见群公告
  - name: morning
    at: "30 9 * * 1-5"
    chats: [team]
    reply: 早上好，{date} {weekday} {time}
"""


class TestContract(PluginContract):
    said = ("营业时间", "PING", "hello")
    config: ClassVar = {"file": "tests/shop.yaml"}


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Bot]:
    bot = _bot(tmp_path, BOOK)
    yield bot
    bot.close()


def _bot(folder: Path, text: str, *, chats: tuple[str, ...] = ()) -> Bot:
    file = folder / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    declared = Declared(config={"file": str(file)}, chats=chats, grants=Grants())
    instance = instance_of("shop", load_plugin(HOME), declared)
    boss = Known(role="admin", chat="老板")
    object.__setattr__(instance, "roles", Roles((boss,)))
    return Bot(instance, now=datetime(2026, 11, 25, 1, 0, tzinfo=UTC))


def test_keywords_and_expressions_answer_with_their_values(rules: Bot) -> None:
    rules.receives("请问 Opening Hours?")
    rules.should_reply("九点到六点，小王。")
    (draft,) = rules.receives("订单 42 到哪了")
    rules.should_reply("订单 42（42）在路上，小王 2026-11-25 周三 {ok}")
    assert draft.quote is not None
    rules.receives("今天天气不错")
    rules.should_be_silent()


def test_a_whole_text_is_whole_and_its_answer_comes_by_chance_but_the_same_again(
    rules: Bot,
) -> None:
    rules.receives("pinging")
    rules.should_be_silent()
    heard = set()
    for _ in range(20):
        (draft,) = rules.receives("PING ")
        heard.add(draft.content.model_dump()["text"])
    assert heard == {"pong", "乒"}


def test_a_rule_that_needs_a_role_is_passed_over_for_others(rules: Bot) -> None:
    rules.receives("密码是多少")
    rules.should_reply("不能说")
    rules.receives("密码是多少", sender="老板")
    rules.should_reply("1234")


def test_in_a_group_a_rule_may_wait_to_be_called(rules: Bot) -> None:
    rules.receives("在吗", chat="群", group=True)
    rules.should_be_silent()
    (draft,) = rules.receives("@我 在吗", chat="群", group=True, mentions=Mentions(me=True))
    rules.should_reply("在")
    assert draft.mentions == ("小王",)


def test_a_rule_that_rests_says_it_again_only_later(rules: Bot) -> None:
    for wait, answered in ((0, True), (5, False), (6, True)):
        rules.advance(timedelta(minutes=wait))
        rules.receives("公告在哪")
        assert bool(rules.answers) == answered


def test_all_rules_that_fit_may_answer(tmp_path: Path) -> None:
    bot = _bot(
        tmp_path,
        """
        answer: all
        rules:
          - {name: a, keywords: 你好, reply: 一}
          - {name: b, keywords: 好, reply: 二}
        """,
    )
    bot.receives("你好")
    bot.should_reply("一", "二")
    bot.close()


def test_a_time_rule_speaks_in_its_chats_at_its_time(tmp_path: Path) -> None:
    bot = _bot(tmp_path, BOOK, chats=("team", "other"))
    bot.advance(timedelta(hours=1))  # 10:00 in Shanghai
    bot.should_reply("早上好，2026-11-25 周三 09:30")
    assert bot.answers[0].chat_id == "team"
    bot.advance(timedelta(days=4))
    bot.should_reply("早上好，2026-11-26 周四 09:30", "早上好，2026-11-27 周五 09:30")
    bot.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules:\n  - name: a\n    keywords: x\n", "line 2: rule 'a': reply: Field required"),
        (
            "rules:\n  - name: a\n    keywords: x\n    reply: '{sender.__class__}'\n",
            "line 2: rule 'a': nothing is called {sender.__class__}",
        ),
        (
            "rules:\n  - name: a\n    regex: '('\n    reply: x\n",
            "line 3: rule 'a': regex: is no regular expression",
        ),
        (
            "rules:\n  - name: a\n    regex: x\n    text: x\n    reply: x\n",
            "line 2: rule 'a': say one of text, keywords, regex, at, not text and regex",
        ),
        (
            "rules:\n  - name: a\n    keywords: x\n    reply: x\n    colour: red\n",
            "line 5: rule 'a': colour: Extra inputs are not permitted",
        ),
        (
            "rules:\n  - name: a\n    at: 61 * * * *\n    reply: x\n",
            "line 2: rule 'a': '61 * * * *'",
        ),
        ("rules:\n  - name: a\n    name: b\n", "line 3: 'name' stands there twice"),
        ("rules: [\n", "line 2: is no YAML"),
        ("answer: some\n", "line 1: Input should be 'first' or 'all'"),
        (
            "rules:\n  - {name: a, text: x, reply: x}\n  - {name: a, text: y, reply: y}\n",
            "two rules are called 'a'",
        ),
        ("rules:\n  - name: a\n    text: x\n    reply: 'a } b'\n", "a } stands alone"),
        ("rules:\n  - name: a\n    text: ['']\n    reply: x\n", "line 3: rule 'a': text: an empty"),
        ("- x\n", "line 1"),
    ],
)
def test_a_mistake_is_told_by_line_and_rule(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"shop\.yaml") as raised:
        book_of(text, "shop.yaml")
    assert said in str(raised.value)


def test_no_rules_are_rules_too() -> None:
    assert book_of("", "x.yaml").rules == ()


def test_a_change_counts_at_once_and_a_mistake_leaves_the_rules_as_they_were(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rules.yaml"
    (tmp_path / "instances.toml").write_text("[rules]\n")
    file.write_text("rules:\n  - {name: a, text: hi, reply: one}\n")
    library = Library([tmp_path])

    def replies() -> list[tuple[str, ...]]:
        rules = [one for one in library.read().instances if one.name == "rules"]
        return [rule.reply for one in rules for rule in one.config.book.rules]

    assert replies() == [("one",)]
    before = library.print()
    file.write_text("rules:\n  - {name: a, text: hi, reply: another}\n")
    assert library.print() != before
    assert replies() == [("another",)]
    file.write_text("rules:\n  - {name: a, text: hi}\n")
    assert replies() == [("another",)]
    (problem,) = library.read().problems
    assert "rules: config: it: Value error, rules.yaml: line 2: rule 'a': reply" in str(problem)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules:\n- name: a\n  text: hi\n  reply: {{sender}}\n", "r.yaml: line 4: a text with {"),
        (
            "rules:\n- name: a\n  text: hi\n  reply: {sender}\n",
            "r.yaml: line 4: rule 'a': reply: is a text, or a list of texts",
        ),
        (
            "rules:\n- name: a\n  text: 123\n  reply: x\n",
            "r.yaml: line 3: rule 'a': text: is a text, or a list of texts",
        ),
        ("rules: &all [*all]\n", "r.yaml: line 1: "),
        ("[" * 3000, "r.yaml: is nested too deeply"),
        ("rules:\n- name: [a]\n  text: x\n  reply: x\n", "r.yaml: line 2: name: "),
        ("when: 2026-13-45\n", "r.yaml: is no YAML: month must be in 1..12"),
    ],
)
def test_what_yaml_reads_otherwise_than_it_was_meant_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"r\.yaml") as raised:
        book_of(text, "r.yaml")
    assert str(raised.value).startswith(told)


def test_an_expression_that_explodes_on_a_message_is_stopped() -> None:
    rule = book_of("rules:\n- name: a\n  regex: '^(a|aa)+$'\n  reply: x\n", "r.yaml").rules[0]
    began = perf_counter()
    with pytest.raises(SlowExpression, match="takes over"):
        rule.found("a" * 60 + "!")
    assert perf_counter() - began < 5
