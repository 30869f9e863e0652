"""What the time lines of a chat mean, by the phone's own clock."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.timeline import meant, moments

ZONE = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 25, 15, 4, 30, tzinfo=ZONE)  # a Wednesday


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc, arg-type]  # year to minute


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("15:04", at(2026, 11, 25, 15, 4)),
        ("23:59", at(2026, 11, 24, 23, 59)),
        ("上午 9:05", at(2026, 11, 25, 9, 5)),
        ("上午9:05", at(2026, 11, 25, 9, 5)),
        ("下午 2:30", at(2026, 11, 25, 14, 30)),
        ("凌晨 12:10", at(2026, 11, 25, 0, 10)),
        ("清晨 6:10", at(2026, 11, 25, 6, 10)),
        ("中午 12:10", at(2026, 11, 25, 12, 10)),
        ("中午 1:10", at(2026, 11, 25, 13, 10)),
        ("中午 11:30", at(2026, 11, 25, 11, 30)),
        ("昨天 晚上 8:01", at(2026, 11, 24, 20, 1)),
        ("昨天 20:01", at(2026, 11, 24, 20, 1)),
        ("前天 08:00", at(2026, 11, 23, 8, 0)),
        ("星期二 07:00", at(2026, 11, 24, 7, 0)),
        ("星期三 07:00", at(2026, 11, 18, 7, 0)),
        ("周日 下午 7:00", at(2026, 11, 22, 19, 0)),
        ("11月20日 07:00", at(2026, 11, 20, 7, 0)),
        ("11月26日 07:00", at(2025, 11, 26, 7, 0)),
        ("2月29日 07:00", at(2024, 2, 29, 7, 0)),
        ("2024年2月29日 下午 3:00", at(2024, 2, 29, 15, 0)),
        ("24年2月29日 15:00", at(2024, 2, 29, 15, 0)),
        ("2:30 PM", at(2026, 11, 25, 14, 30)),
        ("12:10 AM", at(2026, 11, 25, 0, 10)),
        ("Yesterday 2:30 PM", at(2026, 11, 24, 14, 30)),
        ("Tue 14:30", at(2026, 11, 24, 14, 30)),
        ("Thursday 14:30", at(2026, 11, 19, 14, 30)),
        ("Nov 20 07:00", at(2026, 11, 20, 7, 0)),
        ("December 1, 2025 7:00 AM", at(2025, 12, 1, 7, 0)),
    ],
)
def test_each_form_means_its_moment(words: str, moment: datetime) -> None:
    assert meant(words, NOW) == moment


@pytest.mark.parametrize(
    "words",
    ["", "昨天", "25:00", "12:60", "13:00 PM", "2月30日 07:00", "2027年1月1日 07:00", "某天 7:00",
     "Foo 20 07:00", "小明加入了群聊", "99月1日 07:00"],
)  # fmt: skip
def test_words_that_tell_no_moment_give_none(words: str) -> None:
    assert meant(words, NOW) is None


def test_a_line_drawn_before_midnight_or_new_year_is_of_the_day_before() -> None:
    new_year = at(2027, 1, 1, 0, 0)

    assert meant("23:58", new_year) == at(2026, 12, 31, 23, 58)
    assert meant("昨天 23:58", new_year) == at(2026, 12, 31, 23, 58)
    assert meant("12月30日 10:00", new_year) == at(2026, 12, 30, 10, 0)
    assert meant("00:00", new_year) == new_year


DAYS_ZH, DAYS_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def clock(moment: datetime, form: str) -> str:
    if form == "24":
        return f"{moment:%H:%M}"
    if form == "en":
        return f"{moment.hour % 12 or 12}:{moment:%M} {'PM' if moment.hour >= 12 else 'AM'}"
    parts = [(5, "凌晨"), (8, "清晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")]
    part = next(word for until, word in parts if moment.hour < until)
    return f"{part}{moment.hour % 12 or 12}:{moment:%M}"


def line(moment: datetime, now: datetime, form: str) -> str:
    days = (now.date() - moment.date()).days
    if days == 0:
        return clock(moment, form)
    if days == 1:
        day = "Yesterday" if form == "en" else "昨天"
    elif days < 7:
        weekday = moment.weekday()
        day = DAYS_EN[weekday] if form == "en" else f"星期{DAYS_ZH[weekday]}"
    elif form == "en":
        year = "" if moment.year == now.year else f", {moment.year}"
        day = f"{moment:%b} {moment.day}{year}"
    else:
        year = "" if moment.year == now.year else f"{moment.year}年"
        day = f"{year}{moment.month}月{moment.day}日"
    return f"{day} {clock(moment, form)}"


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001  # zone below
    ago=st.integers(0, 60 * 24 * 800),
    form=st.sampled_from(["24", "12", "en"]),
    hours=st.integers(-12, 14),
)
def test_what_wechat_writes_of_a_moment_is_read_back(
    now: datetime, ago: int, form: str, hours: int
) -> None:
    now = now.replace(tzinfo=timezone(timedelta(hours=hours)))
    moment = (now - timedelta(minutes=ago)).replace(second=0, microsecond=0)

    assert meant(line(moment, now, form), now) == moment


@given(words=st.text("昨天星期一上午下晚1234567890: 年月日PAMNov,"), ago=st.integers(0, 10**6))
def test_no_words_fail_or_mean_the_future(words: str, ago: int) -> None:
    now = NOW - timedelta(minutes=ago)
    found = meant(words, now)

    assert found is None or found <= now


def test_rows_have_the_moment_of_the_last_line_above_them() -> None:
    lines = [None, "14:00", None, "某天 9:00", None, "15:00"]

    two, three = at(2026, 11, 25, 14, 0), at(2026, 11, 25, 15, 0)
    assert moments(lines, NOW) == [None, two, two, None, None, three]
    assert moments(lines, None) == [None] * 6
