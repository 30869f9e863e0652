"""A chart's lines stand at round numbers, and text columns as wide as they look."""

import pytest

from plugins.query.scale import number, short, ticks
from plugins.query.text_table import fitted, width


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ([0, 320], [0, 100, 200, 300, 400]),
        ([7], [0, 2, 4, 6, 8]),
        ([-30, 70], [-40, -20, 0, 20, 40, 60, 80]),
        ([0], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([-5], [-5, -4, -3, -2, -1, 0]),
        ([100], [0, 20, 40, 60, 80, 100]),
    ],
)
def test_lines_hold_all_values_and_nought(values: list[float], lines: list[float]) -> None:
    assert ticks(values) == pytest.approx(lines)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1200, "1,200"), (35_000, "3.5万"), (-200_000_000, "-2亿"), (0.25, "0.25"), (0, "0")],
)
def test_numbers_are_short(value: float, said: str) -> None:
    assert short(value) == said


@pytest.mark.parametrize(
    ("value", "found"), [("12.50", 12.5), (True, None), (None, None), ("x", None), ("nan", None)]
)
def test_what_is_no_number_is_none(value: object, found: float | None) -> None:
    assert number(value) == found


def test_chinese_characters_are_two_wide() -> None:
    assert (width("小王"), width("ab"), width("e\u0301")) == (4, 2, 1)
    assert fitted("小王和老李", 7) == "小王和…"
    assert fitted("a\nb", 7) == "a b"
