"""Regular expressions as callers write them: a bad or an endless one is an error, none hangs."""

import regex

_PATIENCE_S = 0.1


class BadPattern(ValueError):
    """The expression cannot be read, or takes too long."""


class Pattern:
    """A regular expression in a dialect near to Java's. Raises BadPattern."""

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        self._text = text
        try:
            self._pattern = regex.compile(
                text, regex.VERSION1 | (regex.IGNORECASE if ignore_case else 0)
            )
        except (regex.error, RecursionError) as wrong:
            raise BadPattern(f"bad regular expression {text[:80]!r}: {wrong}") from wrong

    def found_in(self, text: str) -> bool:
        """Whether a part of a text matches."""
        try:
            return self._pattern.search(text, timeout=_PATIENCE_S) is not None
        except TimeoutError as slow:
            raise self._too_slow() from slow

    def covers(self, text: str) -> bool:
        """Whether a whole text matches."""
        try:
            return self._pattern.fullmatch(text, timeout=_PATIENCE_S) is not None
        except TimeoutError as slow:
            raise self._too_slow() from slow

    def _too_slow(self) -> BadPattern:
        return BadPattern(f"the regular expression {self._text[:80]!r} takes too long")
