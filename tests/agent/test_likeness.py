"""What is read from pixels is known again as what was read from the tree, and back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.likeness import SIGHTED, alike, as_known, look_of, title_among
from device_agent.nodes import Box
from device_agent.rows import SeenRow
from schemas.content import Content, Image, SystemLine, Text, Voice
from schemas.ledger import Side, Tail

_BOX = Box(0, 0, 10, 10)
_TEXTS = st.lists(st.sampled_from(["好", "好的", "1#", "l#", "OK", "收到。", "在吗"]), min_size=1)


def _row(content: Content | str, side: Side = "other") -> SeenRow:
    return SeenRow(side, "", Text(text=content) if isinstance(content, str) else content, _BOX)


def _tail(rows: list[SeenRow]) -> Tail:
    return Tail(
        chat_id="c",
        account="default",
        epoch="e",
        rows=tuple(row.row for row in rows),
        looks=tuple(look_of(row) for row in rows),
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("OK 👌", "OK[表情]"),
        ("价格：￥1,280（含税）", "价格:¥1,280(含税)"),
        ("l1I0O", "11100"),
        ("“可以”…", '"可以"...'),
        ("👍👍", "[表情]"),
        ("周末[微笑]", "周末[表情]"),
        ("一", "—"),
    ],
)
def test_texts_that_print_does_not_tell_apart_look_alike(one: str, other: str) -> None:
    assert alike(one) == alike(other)


def test_texts_that_people_tell_apart_do_not_look_alike() -> None:
    assert (
        len({alike(text) for text in ("1#楼", "01#楼", "001#楼", "好", "好的", "是", "不是")}) == 7
    )


@given(_TEXTS)
def test_rows_read_from_pixels_have_the_prints_of_the_same_rows_in_the_tail(
    texts: list[str],
) -> None:
    rows = [_row(text) for text in texts]
    known = as_known(rows, [_tail(rows)], sighted=True)
    assert [row.row for row in known] == [row.row for row in rows]


@given(_TEXTS, st.integers(0, 5))
def test_a_new_row_from_pixels_is_the_same_row_from_the_tree(texts: list[str], more: int) -> None:
    before = [_row(text) for text in texts]
    fresh = [_row(f"新的{number}") for number in range(more)]
    seen = as_known([*before, *fresh], [_tail(before)], sighted=True)
    assert all(row.row.print.startswith(SIGHTED) for row in seen[len(before) :])
    back = as_known([*before, *fresh], [_tail(seen)], sighted=False)
    assert [row.row for row in back] == [row.row for row in seen]


def test_a_row_misread_between_two_that_are_known_is_the_row_that_stands_there() -> None:
    rows = [_row("在吗"), _row("l1I0O"), _row("好的", "own"), _row("谢谢")]
    seen = [_row("在吗"), _row("1100"), _row("好的", "own"), _row("谢谢")]
    assert [row.row for row in as_known(seen, [_tail(rows)], sighted=True)] == [
        row.row for row in rows
    ]


def test_a_row_of_the_other_side_is_not_the_row_that_stood_there() -> None:
    rows = [_row("在吗"), _row("马上", "own"), _row("谢谢")]
    recalled = _row(SystemLine(text="你撤回了一条消息"), "centre")
    known = as_known([rows[0], recalled, rows[2]], [_tail(rows)], sighted=True)
    assert known[1].row.print == SIGHTED + look_of(recalled)


def test_rows_from_the_tree_keep_their_own_prints_where_the_tail_has_them() -> None:
    rows = [_row("1#"), _row(Image()), _row(Voice(seconds=3))]
    other = [_row("l#"), *rows[1:]]
    assert [row.row for row in as_known(other, [_tail(rows)], sighted=False)] == [
        row.row for row in other
    ]


def test_a_tail_of_an_earlier_version_knows_no_looks() -> None:
    rows = [_row("在吗")]
    old = _tail(rows).model_copy(update={"looks": ()})
    assert old.looks_by_row == ("",)
    assert as_known(rows, [old], sighted=True)[0].row.print == SIGHTED + look_of(rows[0])


@pytest.mark.parametrize(
    ("seen", "sure", "title"),
    [
        ("老王", 0.99, "老王"),
        ("1O1室", 0.99, "101室"),
        ("小李[表情]", 0.99, "小李🌹"),
        ("新来的", 0.99, "新来的"),
        ("新来的", 0.5, None),
        ("新来[表情]", 0.99, None),
        ("1#楼", 0.99, None),
    ],
)
def test_a_title_is_that_of_the_one_chat_that_looks_so(
    seen: str, sure: float, title: str | None
) -> None:
    assert title_among(seen, sure, ["老王", "101室", "小李🌹", "1#楼", "l#楼"]) == title


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (("华东大区重点客户项目推进协调工作群", "张三"), "华东大区重点客户项目推进协调工作群"),
        (("华东大区重点客户项目推进一群", "华东大区重点客户项目推进二群"), "华东大区重点客户项目…"),
        (("华东大区重点", "张三"), "华东大区重点客户项目…"),
        (("华东大区重点客户项目…", "华东大区重点客户项目推进群"), "华东大区重点客户项目…"),
    ],
)
def test_a_title_cut_for_lack_of_room_is_that_of_the_one_chat_that_begins_so(
    known: tuple[str, ...], found: str
) -> None:
    assert title_among("华东大区重点客户项目…", 0.99, known) == found
    assert title_among("华东大区重点客户项目...", 0.99, known) in {found, "华东大区重点客户项目..."}
