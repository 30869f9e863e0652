"""What a phrase means: one moment, a repetition, a question, or why it means none. Pure."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

Why = Literal["none", "past", "far", "odd", "often"]
"""No time stands there; it is over; it is too far away; there is no such day or hour; it repeats in
a way that no calendar can say, or too often.
"""


@dataclass(frozen=True)
class Once:
    """One moment, in its own time zone. `guessed`: no hour was named, so it is the usual one."""

    at: datetime
    guessed: bool = False


@dataclass(frozen=True)
class Every:
    """A repetition, as cron's five fields say it. `guessed` as in `Once`."""

    cron: str
    guessed: bool = False


@dataclass(frozen=True)
class Either:
    """Two moments that the words may mean: the person is asked."""

    first: Once
    second: Once


@dataclass(frozen=True)
class EitherTime:
    """Two hours that a repetition may mean."""

    first: Every
    second: Every


@dataclass(frozen=True)
class Unclear:
    """No moment can be told."""

    why: Why


Meaning = Once | Every | Either | EitherTime | Unclear


@dataclass(frozen=True)
class Usual:
    """The hours that are meant where none is named."""

    day: time = time(9)
    early: time = time(8)
    morning: time = time(10)
    noon: time = time(12)
    afternoon: time = time(15)
    evening: time = time(20)
    night: time = time(0)
