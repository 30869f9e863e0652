"""Which messages ask for a reminder without a command, and which of two moments is meant. Pure."""

import re
from datetime import datetime
from typing import Final

from .moment import Either, EitherTime, Every, Meaning, Once, Unclear, Usual
from .reading import read

_HAN: Final = re.compile("[\u3400-\u9fff]")
_ASKS: Final = re.compile(r"提醒我(?![了过的])|到时候?叫我|remind\s+me\b", re.IGNORECASE)
_BEGINS: Final = re.compile(
    r"\s*(?:(?:请|麻烦你?|帮我|记得|please|can\s+you|could\s+you)[\s,，]*)*"
    r"(?:提醒我(?![了过的])|remind\s+me\b)",
    re.IGNORECASE,
)
_FIRST: Final = frozenset(
    {"1", "1.", "一", "第一个", "上午", "早上", "凌晨", "am", "first", "the first"}
)
_SECOND: Final = frozenset(
    {"2", "2.", "二", "第二个", "下午", "晚上", "pm", "second", "the second"}
)


def is_chinese(text: str) -> bool:
    """Whether it is to be answered in Chinese."""
    return bool(_HAN.search(text))


def asks(text: str, now: datetime) -> bool:
    """Whether somebody wants to be reminded: says so first, or says so and names a time."""
    if _BEGINS.match(text):
        return True
    return bool(_ASKS.search(text)) and read(text, now, Usual(), bare=False).when != Unclear("none")


def chosen(answer: str, either: Either | EitherTime, now: datetime, usual: Usual) -> Meaning:
    """What an answer makes of two meanings: one of them, or a time that it says itself."""
    word = answer.strip().casefold().rstrip("。.!！").removeprefix("the ")
    if word in _FIRST:
        return either.first
    if word in _SECOND:
        return either.second
    meant = read(answer, now, usual, bare=False).when
    if isinstance(meant, Either | EitherTime):
        # “三点，下午那个”: what fits both is no choice
        return Unclear("none")
    return _of_the_same_day(meant, either)


def _of_the_same_day(meant: Meaning, either: Either | EitherTime) -> Meaning:
    """An hour alone is one of the two where one has it, whatever day is nearest."""
    if isinstance(meant, Once) and isinstance(either, Either):
        same = (one for one in (either.first, either.second) if one.at.time() == meant.at.time())
        return next(same, meant)
    if isinstance(meant, Once) and isinstance(either, EitherTime):
        return next((one for one in (either.first, either.second) if _at(one, meant)), meant)
    return meant


def _at(every: Every, once: Once) -> bool:
    minute, hour, *_ = every.cron.split()
    return (int(hour), int(minute)) == (once.at.hour, once.at.minute)
