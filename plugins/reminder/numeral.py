"""Numbers as people write them in Chinese, English and digits. Pure."""

from typing import Final

DIGITS: Final = "零〇一二两三四五六七八九十廿百"
NUMBER: Final = rf"(?:\d{{1,4}}|[{DIGITS}]{{1,6}})"
"""A regular expression for a number in digits or in Chinese."""

_VALUES: Final = {
    **{digit: value for value, digit in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "两": 2,
}
_UP_TO_TWENTY: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
WORDS: Final = {
    **{word: value for value, word in enumerate(_UP_TO_TWENTY)},
    "a": 1,
    "an": 1,
    "a couple of": 2,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
}
ENGLISH: Final = "|".join(sorted(WORDS, key=len, reverse=True))
"""A regular expression for a number in English words."""


def number(text: str) -> int:
    """What `NUMBER` or `ENGLISH` found: 15, 十五, 二十五, 两, fifteen.

    Raises:
        ValueError: it is none.

    """
    word = text.strip().lower()
    if word.isascii() and word.isdigit():
        return int(word)
    if word in WORDS:
        return WORDS[word]
    if not word or any(character not in DIGITS for character in word):
        raise ValueError(f"{text!r} is no number")
    if not set(word) & set("十廿百"):  # digit by digit, as in 二〇二六
        return int("".join(str(_VALUES[digit]) for digit in word))
    return _counted(word.replace("廿", "二十"))


def _counted(word: str) -> int:
    total, left = 0, 0
    for digit in word:
        if digit == "百":
            total, left = total + (left or 1) * 100, 0
        elif digit == "十":
            total, left = total + (left or 1) * 10, 0
        else:
            left = _VALUES[digit]
    return total + left
