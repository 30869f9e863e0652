"""Whom a group message calls, whatever stands around the @."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.mentions import PICKED, mentions
from device_agent.nodes import Box
from device_agent.roster import ALIAS_DAYS, Roster
from device_agent.rows import SeenRow
from schemas.content import Mentions, Text

ME = "小鸿"
MEMBERS = ("小明", "小明明", "Tom", "Tom Lee", "🐶 狗子👨‍👩‍👧", "a@b", "小红")
AT = datetime(2026, 11, 25, tzinfo=UTC)


def told(text: str) -> Mentions:
    return mentions(text, MEMBERS, (ME, "鸿雁 bot"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"@小明{PICKED}在吗", ("小明",)),
        ("@小明 在吗", ("小明",)),
        ("在吗@小明", ("小明",)),
        ("@小明\n在吗", ("小明",)),
        (f"@小明明{PICKED}在吗", ("小明明",)),
        ("@Tom Lee hi", ("Tom Lee",)),
        ("@Tom hi", ("Tom",)),
        (f"hello@Tom{PICKED}", ("Tom",)),
        (f"@🐶 狗子👨‍👩‍👧{PICKED}好", ("🐶 狗子👨‍👩‍👧",)),
        (f"@a@b{PICKED}", ("a@b",)),
        (f"@小红{PICKED}@小明{PICKED}@小红{PICKED}", ("小红", "小明")),
        (f"@没说过话的人{PICKED}你好", ("没说过话的人",)),
        (f"@Tom Cat{PICKED}hi", ("Tom Cat",)),
    ],
)
def test_a_called_name_is_found_whole(text: str, names: tuple[str, ...]) -> None:
    assert told(text) == Mentions(names=names)


@pytest.mark.parametrize(
    "text",
    [
        "mail tom@Tom now", "x.y+z@Tom", "https://example.org/@Tom see", "www.example.org/@Tom",
        "ftp://me@Tom /x", "@小明说得对", "@没说过话的人 你好", "@", "@ 小明", "@@", "小明", "",
        f"@{PICKED}", "@所有人都来", "@Allen hi", "@allies",
    ],
)  # fmt: skip
def test_other_at_signs_call_nobody(text: str) -> None:
    assert told(text) == Mentions()


@pytest.mark.parametrize("word", ["所有人", "All", "all", "ALL"])
@pytest.mark.parametrize("end", [PICKED, " ", ""])
def test_everybody_is_called_in_both_languages_and_is_not_me(word: str, end: str) -> None:
    assert told(f"通知 @{word}{end}") == Mentions(all=True)


def test_the_english_client_may_put_a_space_before_all() -> None:
    assert told(f"@ All{PICKED}come") == Mentions(all=True)
    assert told("sold @ all shops") == Mentions()


def test_the_owner_is_called_by_any_own_name() -> None:
    assert told(f"@小鸿{PICKED}/help") == Mentions(me=True, names=("小鸿",))
    assert told("@鸿雁 bot /help") == Mentions(me=True, names=("鸿雁 bot",))
    assert told(f"@所有人{PICKED}@小鸿{PICKED}").me


NAMES = st.text(string.ascii_letters + "小明 红🐶👩🏽‍💻é", min_size=1, max_size=12).filter(
    lambda name: name.strip() == name and name.lower() != "all"
)
WORDS = st.text(st.characters(exclude_characters=f"@{PICKED}", exclude_categories=["Cs"]))


@given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True), words=WORDS)
def test_picked_names_are_all_found_in_order_among_any_words(names: list[str], words: str) -> None:
    text = words + "".join(f"@{name}{PICKED}{words}" for name in names)

    assert mentions(text, names, ()).names == tuple(names)
    assert mentions(text, (), names[:1]).me


PIECES = st.sampled_from([*"ab小明@ \n.:/", PICKED, "http://", "所有人", "all"])


@given(pieces=st.lists(PIECES))
def test_any_text_is_read_without_failing_and_names_stand_in_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = mentions(text, ("小", "小明", "a", "a b"), ("b",))

    assert all(f"@{name}" in text for name in found.names)
    assert found.me == ("b" in found.names)


@given(words=WORDS)
def test_without_an_at_nobody_is_called(words: str) -> None:
    assert mentions(words, MEMBERS, (ME,)) == Mentions()


def row(side: str, face: str, sender: str = "") -> SeenRow:
    return SeenRow(side, sender, Text(text="x"), Box(0, 0, 1, 1), face=face)  # type: ignore[arg-type]  # a side


def test_a_changed_nickname_is_answered_to_for_a_while() -> None:
    before = Roster().with_rows([row("own", "旧名"), row("other", "备注", "群名")], AT)
    later = AT + timedelta(days=ALIAS_DAYS - 1)
    after = before.with_rows([row("own", "新名")], later)

    assert after.owns(later, ["别名"]) == {"旧名", "新名", "别名"}
    assert after.owns(later + timedelta(days=2)) == {"新名"}
    assert set(after.members) == {"备注", "群名"}


def test_names_seen_again_soon_make_no_write() -> None:
    roster = Roster().with_rows([row("own", "我")], AT)

    assert roster.with_rows([row("own", "我")], AT + timedelta(hours=1)) is roster
    assert roster.with_rows([row("own", "")], AT) is roster
