"""A long text becomes parts that each fit, lose nothing, and are cut where a reader would."""

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from device_agent.splitting import Limits, Part, cut, fences, fits, split, units

SMALL = Limits(characters=60, units=60)
FAMILY, FLAG, ACCENT = "👨‍👩‍👧‍👦", "🇨🇳", "e\u0301\u0323"
URL = "https://example.org/a/b?c=d"
CODE = "```python\nfor n in range(3):\n    print(n)\n```"
PIECES = st.sampled_from(
    [FAMILY, FLAG, ACCENT, "👍🏽", URL, "`a b`", "\n```\nx = 1\n```\n", "```py\n", "```",
     "~~~\n", "\n", "\n\n", " ", "。", "！”", ". ", "，", "鸿雁传书", "word ", "longword", "𠮷",
     "a", "(1/2)\n", "\r\n"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=60).map("".join)
LIMITS = st.builds(Limits, characters=st.integers(50, 200), units=st.integers(50, 300))


@given(text=TEXTS, limits=LIMITS)
def test_parts_fit_and_their_bodies_are_the_text(text: str, limits: Limits) -> None:
    shown = split(text, limits)

    assert all(fits(part, limits) for part in shown)
    if fits(text, limits):
        assert shown == (text,)
        return
    parts = cut(text, limits)
    assert "".join(part.body for part in parts) == text
    for number, (part, whole) in enumerate(zip(parts, shown, strict=True), start=1):
        plain = re.sub(r"^\(\d+/\d+\)\n", "", whole)
        assert plain == part.opened + part.body + part.closed
        assert whole.startswith(f"({number}/{len(parts)})\n")
        assert part.body


@given(text=TEXTS, limits=LIMITS)
def test_no_cut_is_inside_what_a_reader_sees_as_one_character(text: str, limits: Limits) -> None:
    parts = cut(text, limits)
    ends = {found.end() for found in regex.finditer(r"\X", text)}
    place = 0
    for part in parts:
        cluster = max((len(c) for c in regex.findall(r"\X", part.body)), default=0)
        place += len(part.body)
        assert place in ends or cluster > 20  # longer than a part has room for: no writing


@given(text=TEXTS, limits=LIMITS)
def test_a_cut_fence_is_closed_and_opened_again(text: str, limits: Limits) -> None:
    for part in cut(text, limits)[:-1]:
        if part.closed:
            assert len(fences(part.opened + part.body + part.closed)) >= 1


@pytest.mark.parametrize("whole", [URL, "`rm -rf x`", "``a ` b``", "www.example.org/very/long"])
@pytest.mark.parametrize("before", range(20, 60, 3))
def test_a_url_and_inline_code_stay_whole(whole: str, before: int) -> None:
    text = "字" * before + whole + "字" * 40

    assert any(whole in part for part in split(text, SMALL))


@pytest.mark.parametrize("whole", [FAMILY, FLAG, ACCENT, "𠮷", "👍🏽"])
@pytest.mark.parametrize("before", range(44, 60))
def test_a_grapheme_cluster_stays_whole(whole: str, before: int) -> None:
    text = "x" * before + whole * 8

    assert sum(part.count(whole) for part in split(text, SMALL)) == 8


def test_a_fence_goes_on_in_its_language() -> None:
    first, second = split(CODE, Limits(44, 44))

    assert first == "(1/2)\n```python\nfor n in range(3):\n```"
    assert second == "(2/2)\n```python\n    print(n)\n```"


def test_units_are_counted_as_android_counts_them() -> None:
    text = "👍" * 40

    assert (len(text), units(text)) == (40, 80)
    assert len(split(text, Limits(60, 60))) == 2
    assert split(text, Limits(60, 80)) == (text,)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("一" * 30 + "\n\n" + "二" * 15 + "\n" + "三" * 30, "一" * 30 + "\n\n"),
        ("一" * 30 + "\n" + "二。" * 15 + "三" * 30, "一" * 30 + "\n"),
        ("一" * 30 + "。" + "二，" * 10 + "三" * 30, "一" * 30 + "。"),
        ("one two " * 4 + "three. Four five " * 3, "one two " * 4 + "three. "),
        ("word " * 30, "word " * 10),
        ("他说：“好。”" * 12, "他说：“好。”" * 7),
    ],
)
def test_a_cut_prefers_paragraph_line_sentence_clause_word(text: str, first: str) -> None:
    assert cut(text, SMALL)[0] == Part(first)


def test_more_than_nine_parts_are_numbered_right() -> None:
    shown = split("鸿" * 1000, SMALL)

    assert shown[9].startswith(f"(10/{len(shown)})\n")
    assert len(shown) > 9


def test_limits_without_room_are_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        split("鸿" * 100, Limits(10, 10))
