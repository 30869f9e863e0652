"""Finds forbidden words as people disguise them, and expressions as they stand. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BETWEEN: Final = r"[\s\u200b-\u200f\u2060\ufeff·.,，。、*_\-~|/\\]*"
"""What people put between the characters of a word, to get it past a filter."""


@dataclass(frozen=True)
class Lexicon:
    """Words, each found in any width and case, Chinese ones also with something between their
    characters, English ones only whole; and regular expressions.
    """

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def of(cls, words: Sequence[str], expressions: Sequence[str]) -> "Lexicon":
        """Compile them.

        Raises:
            re.error: one is no regular expression.

        """
        found = [(word, re.compile(_disguised(word), re.IGNORECASE)) for word in words]
        found += [(text, re.compile(text, re.IGNORECASE)) for text in expressions]
        return cls(tuple(found))

    def find(self, text: str) -> str | None:
        """The first word or expression that stands there."""
        plain = _plain(text)
        return next((name for name, one in self.patterns if one.search(plain)), None)

    def masked(self, text: str) -> str:
        """The same with `***` for all that is found; the rest stays as it is."""
        each = [_plain(character) for character in text]
        places = [place for place, plain in enumerate(each) for _ in plain]
        whole = "".join(each)
        hidden = {
            place
            for _, one in self.patterns
            for found in one.finditer(whole)
            for place in places[found.start() : found.end()]
        }
        shown = ("\0" if place in hidden else text[place] for place in range(len(text)))
        return re.sub("\0+", "***", "".join(shown))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _disguised(word: str) -> str:
    plain = _plain(word).strip()
    if plain.isascii():
        return rf"(?<![A-Za-z0-9]){re.escape(plain)}(?![A-Za-z0-9])"
    return _BETWEEN.join(re.escape(character) for character in plain if not character.isspace())
