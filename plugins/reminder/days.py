"""Which days are meant: 下周三, 月底, Dec 3, next Friday. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from .part import Date, Weekday

_MOST_YEARS = 9


def next_weekdays(said: Weekday, today: date) -> tuple[date, ...]:
    """The days that a weekday may mean, soonest first: several where a passed hour of today, or
    the word, leaves it open; the caller takes the first that is not over, or asks.
    """
    monday = today - timedelta(days=today.weekday())
    if isinstance(said.week, int):
        return (monday + timedelta(days=7 * said.week + said.day),)
    coming = today + timedelta(days=(said.day - today.weekday()) % 7)
    if said.week == "next" and coming == today:
        return (today + timedelta(days=7),)
    return (coming, coming + timedelta(days=7))


def is_open(said: Weekday, today: date) -> bool:
    """Whether "next Friday" may be this week's: a person would ask back."""
    coming = today.weekday() < said.day
    return said.week == "next" and coming


def dates(said: Date, today: date) -> tuple[date, ...]:
    """The days that a date may mean, soonest first; none: there is no such day."""
    if said.month is None:
        return tuple(_in_months(said, today))
    if said.year is not None or said.year_on is not None:
        year = said.year if said.year is not None else today.year + (said.year_on or 0)
        return _days([(year, said.month, said.day)])
    years = range(today.year, today.year + _MOST_YEARS)
    found = _days([(year, said.month, said.day) for year in years])
    return tuple(day for day in found if day >= today)[:2]


def swapped(said: Date) -> Date:
    """The same with month and day the other way round."""
    return Date(said.month or 0, said.day, said.year)


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _in_months(said: Date, today: date) -> Iterator[date]:
    first = today.replace(day=1)
    fixed = said.months is not None
    for months in (said.months,) if said.months is not None else range(14):
        month = months_on(first, months)
        last = monthrange(month.year, month.month)[1]
        if said.day <= last:
            day = month.replace(day=said.day or last)
            if fixed or day >= today:
                yield day


def _days(wanted: list[tuple[int, int, int]]) -> tuple[date, ...]:
    found: list[date] = []
    for year, month, day in wanted:
        if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            found.append(date(year, month, day))
    return tuple(found)
