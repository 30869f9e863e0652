"""Finds forbidden words as people disguise them, and expressions as they stand. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plugins.expression import Expression, SlowExpression

_BETWEEN: Final = r"[\s\u200b-\u200f\u2060\ufeff·.,，。、*_\-~|/\\]*"
"""What people put between the characters of a word, to get it past a filter."""


_LOOK_ALIKE: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα",
    "ABESIJKMHOPCTYXaesijopcyxdhlABEZHIKMNOPTYXoa",
)
"""Cyrillic and Greek letters that nobody tells from Latin ones."""
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u3164\uffa0")
_SELECTORS: Final = range(0xFE00, 0xFE10)


@dataclass(frozen=True)
class Lexicon:
    """Words, each found in any width and case, also in look-alike letters and with unseen
    characters in them, Chinese ones with something between their characters too, English ones only
    whole; and regular expressions.
    """

    words: tuple[tuple[str, Expression], ...]
    expressions: tuple[Expression, ...]

    @classmethod
    def of(cls, words: Sequence[str], expressions: Sequence[str]) -> "Lexicon":
        """Compile them.

        Raises:
            re.error: one is no regular expression.

        """
        return cls(
            tuple((word, Expression.of(_disguised(word), re.IGNORECASE)) for word in words),
            tuple(Expression.of(text, re.IGNORECASE) for text in expressions),
        )

    def find(self, text: str) -> str | None:
        """The first word or expression that stands there, or that takes too long to tell: nobody
        gets past by writing what an expression chokes on.
        """
        plain = _plain(text)
        alike = plain.translate(_LOOK_ALIKE)
        found = next((word for word, one in self.words if one.search(alike)), None)
        return found or next((one.written for one in self.expressions if _hits(one, plain)), None)

    def masked(self, text: str) -> str:
        """The same with `***` for all that is found; the rest stays as it is.

        Raises:
            SlowExpression: an expression took too long.

        """
        shown = self._masked(text, [_plain(character) for character in text])
        if self.find(shown) is None:
            return shown
        # Characters that are a word only together, as ﾊ and ﾞ are.
        plain = _plain(shown)
        return self._masked(plain, list(plain))

    def _masked(self, text: str, each: Sequence[str]) -> str:
        places = [place for place, plain in enumerate(each) for _ in plain]
        whole = "".join(each)
        alike = whole.translate(_LOOK_ALIKE)
        spans = [span for _, word in self.words for span in word.spans(alike)]
        spans += [span for expression in self.expressions for span in expression.spans(whole)]
        hidden = {
            place
            for start, end in spans
            if start < end
            for place in range(places[start], places[end - 1] + 1)
        }
        shown = ("\0" if place in hidden else text[place] for place in range(len(text)))
        return re.sub("\0+", "***", "".join(shown))


def _hits(expression: Expression, text: str) -> bool:
    try:
        return expression.search(text) is not None
    except SlowExpression:
        return True


def _plain(text: str) -> str:
    return "".join(
        character for character in unicodedata.normalize("NFKC", text) if not _is_unseen(character)
    )


def _is_unseen(character: str) -> bool:
    return (
        character in _UNSEEN
        or ord(character) in _SELECTORS
        or unicodedata.category(character) == "Cf"
    )


def _disguised(word: str) -> str:
    plain = _plain(word).strip().translate(_LOOK_ALIKE)
    if plain.isascii():
        return rf"(?<![A-Za-z0-9]){re.escape(plain)}(?![A-Za-z0-9])"
    return _BETWEEN.join(re.escape(character) for character in plain if not character.isspace())
