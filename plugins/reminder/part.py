"""The pieces of a time phrase, each with its place in the text. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["day", "weekday", "date", "clock", "daypart", "after", "every"]
"""What a piece says. Values: day: days from today; weekday: Weekday; date: Date; clock: Clock;
daypart: its name; after: After; every: Repeat.
"""

Said = Sequence[tuple[Kind, Any]]


@dataclass(frozen=True)
class Weekday:
    """`week`: 0 this calendar week, 1 the next, …; None: the next such day; "next": either."""

    day: int
    week: int | Literal["next"] | None = None


@dataclass(frozen=True)
class Date:
    """`year` None: the next such date; `year_on`: years from this one; `months`: months from this
    one, where no month is named; day 0: the month's last; `either`: month and day may be swapped.
    """

    day: int
    month: int | None = None
    year: int | None = None
    year_on: int | None = None
    months: int | None = None
    either: bool = False


@dataclass(frozen=True)
class Clock:
    """`half`: am or pm where it was said; `exact`: the hour is one of 24 for sure."""

    hour: int
    minute: int = 0
    half: Literal["am", "pm"] | None = None
    exact: bool = False


@dataclass(frozen=True)
class After:
    """A length of time from now. `whole`: whole days, to which an hour may be named."""

    seconds: int = 0
    months: int = 0
    whole: bool = False


@dataclass(frozen=True)
class Repeat:
    """`days`: cron's fields for day of month, month, day of week; or a step below a day."""

    days: tuple[str, str, str] = ("*", "*", "*")
    minutes: int = 0
    odd: bool = False


@dataclass(frozen=True)
class Part:
    """One piece."""

    kind: Kind
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """An expression, and what it says where it is found; None: nothing, here."""

    pattern: re.Pattern[str]
    says: Callable[[re.Match[str]], Said | None]


def parts(text: str, words: Sequence[Word], start: int = 0) -> list[Part]:
    """The pieces of a text from left to right; of those that begin at one place, the longest."""
    found: list[Part] = []
    place = start
    while place < len(text):
        longest: tuple[int, Said] = (place, ())
        for word in words:
            match = word.pattern.match(text, place)
            if match is None or match.end() <= longest[0]:
                continue
            said = word.says(match)
            if said is not None:
                longest = (match.end(), said)
        end, said = longest
        found += [Part(kind, value, place, end) for kind, value in said]
        place = max(end, place + 1)
    return found
