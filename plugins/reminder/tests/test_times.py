"""What people say about time, and what it means."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.reminder.moment import Either, EitherTime, Every, Meaning, Once, Unclear, Usual
from plugins.reminder.reading import read

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=SHANGHAI)
LINES = Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8").splitlines()
PHRASES = [line.split(" => ") for line in LINES if not line.startswith("#")]


def shown(meant: Meaning) -> str:
    match meant:
        case Once(at, guessed):
            return at.strftime("%Y-%m-%d %H:%M") + "~" * guessed
        case Every(cron, guessed):
            return cron + "~" * guessed
        case Either(first, second) | EitherTime(first, second):
            return f"{shown(first)} | {shown(second)}"
        case Unclear(why):
            return why


def test_there_are_enough_phrases() -> None:
    assert len(PHRASES) >= 200


@pytest.mark.parametrize(("said", "when", "what"), PHRASES)
def test_a_phrase_means(said: str, when: str, what: str) -> None:
    wish = read(said, WEDNESDAY, Usual())
    assert (shown(wish.when), wish.what) == (when, what)


@pytest.mark.parametrize(
    ("said", "now", "when"),
    [
        ("3点", "2026-11-25 00:30", "2026-11-25 03:00 | 2026-11-25 15:00"),
        ("8点", "2026-11-25 07:00", "2026-11-25 08:00"),
        ("8点", "2026-11-25 21:00", "2026-11-26 08:00"),
        ("3点", "2026-11-25 21:00", "2026-11-26 03:00 | 2026-11-26 15:00"),
        ("今天3点", "2026-11-25 21:00", "past"),
        ("今天", "2026-11-25 21:00", "past"),
        ("今晚", "2026-11-25 21:00", "past"),
        ("晚上12点", "2026-11-25 00:30", "2026-11-26 00:00"),
        ("周三上午9点", "2026-11-25 10:00", "2026-12-02 09:00"),
        ("12月31日", "2026-12-31 08:00", "2026-12-31 09:00~"),
        ("12月31日", "2026-12-31 10:00", "2027-12-31 09:00~"),
        ("一个月后", "2026-01-31 10:00", "2026-02-28 10:00"),
        ("2月29日", "2026-11-25 10:00", "2028-02-29 09:00~"),
        ("30号", "2026-01-31 10:00", "2026-03-30 09:00~"),
        ("next monday 9am", "2026-11-30 08:00", "2026-12-07 09:00"),
        ("next friday 9am", "2026-11-28 08:00", "2026-12-04 09:00"),
        ("月底", "2026-11-30 12:00", "past"),
    ],
)
def test_the_same_words_mean_another_moment_at_another_time(said: str, now: str, when: str) -> None:
    at = datetime.strptime(now, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    assert shown(read(said, at, Usual()).when) == when


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("in 24 hours", "2026-11-01 11:00"),
        ("tomorrow at noon", "2026-11-01 12:00"),
        ("tomorrow at 1:30am", "2026-11-01 01:30"),
    ],
)
def test_an_hour_from_now_is_an_hour_also_where_clocks_are_put_back(said: str, when: str) -> None:
    saturday = datetime(2026, 10, 31, 12, 0, tzinfo=NEW_YORK)
    assert shown(read(said, saturday, Usual()).when) == when


def test_an_hour_that_clocks_leave_out_is_the_one_behind_it() -> None:
    saturday = datetime(2027, 3, 13, 12, 0, tzinfo=NEW_YORK)
    assert shown(read("tomorrow at 2:30am", saturday, Usual()).when) == "2027-03-14 03:30"


MOMENTS = st.integers(0, 8 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


@given(now=MOMENTS, wanted=MOMENTS)
def test_a_whole_date_with_its_hour_is_that_moment_in_every_spelling(
    now: datetime, wanted: datetime
) -> None:
    spellings = [
        f"{wanted:%Y-%m-%d %H:%M} 开会",
        f"{wanted.year}年{wanted.month}月{wanted.day}日{wanted:%H:%M}提醒我开会",
        f"remind me on {wanted:%b} {wanted.day}, {wanted.year} at {wanted:%H:%M} to meet",
        f"{wanted.day} {wanted:%B} {wanted.year} {wanted:%I:%M%p} meet",
    ]
    for said in spellings:
        meant = read(said, now, Usual()).when
        assert meant == (Once(wanted) if wanted > now else Unclear("past")), said


@given(minutes=st.integers(1, 9999), now=MOMENTS)
def test_so_long_from_now_is_exactly_so_long(minutes: int, now: datetime) -> None:
    for said in (f"{minutes}分钟后", f"in {minutes} minutes", f"{minutes}min tea"):
        meant = read(said, now, Usual()).when
        assert isinstance(meant, Once)
        assert meant.at.astimezone(UTC) - now.astimezone(UTC) == timedelta(minutes=minutes)


@given(said=st.text(max_size=60), now=MOMENTS)
def test_no_text_is_too_odd_and_no_moment_is_over(said: str, now: datetime) -> None:
    meant = read(said, now, Usual()).when
    if isinstance(meant, Once):
        assert meant.at > now


WORDS = (
    "明天 后天 下周三 周五 每天 每周一 每月5号 下午 晚上 三点 8点半 15:30 10分钟后 半小时后 月底 "
    "tomorrow next friday every day at 3 pm noon in 2 hours Dec 3 提醒我 开会 remind me to 99 点"
)


@given(words=st.lists(st.sampled_from(WORDS.split()), max_size=8), now=MOMENTS)
def test_no_mix_of_time_words_is_too_odd(words: list[str], now: datetime) -> None:
    for said in (" ".join(words), "".join(words)):
        meant = read(said, now, Usual()).when
        if isinstance(meant, Once):
            assert meant.at > now
