"""Regular expressions that authors and owners wrote, on words that strangers wrote. Pure.

An expression such as `(a|aa)+$` may take time that doubles with each letter, and matching is asked
in the worker's own loop: Python's `re` cannot be interrupted, the library `regex` can.
"""

import re
from dataclasses import dataclass
from typing import Final, Self, Union

import regex

from schemas.failure import Bug

Found = Union[re.Match[str], "regex.Match[str]"]
"""What was found in a text, by `re` where the expression is ours."""

MOST_SECONDS: Final = 0.2
"""For one expression on one text; all chats stand still meanwhile."""

_FLAGS: Final = {
    re.IGNORECASE: regex.IGNORECASE,
    re.MULTILINE: regex.MULTILINE,
    re.DOTALL: regex.DOTALL,
    re.VERBOSE: regex.VERBOSE,
    re.ASCII: regex.ASCII,
}


class SlowExpression(Bug):
    """An expression took too long on a text."""


@dataclass(frozen=True)
class Expression:
    """A regular expression with a time limit."""

    pattern: "regex.Pattern[str]"

    @classmethod
    def of(cls, written: str | re.Pattern[str], flags: re.RegexFlag = re.NOFLAG) -> Self:
        """As `re` understands it.

        Raises:
            re.error: it is no regular expression.

        """
        known = re.compile(written, flags) if isinstance(written, str) else written
        same = sum(ours for theirs, ours in _FLAGS.items() if known.flags & theirs)
        try:
            return cls(regex.compile(known.pattern, same | regex.VERSION0))
        except regex.error as error:
            raise re.error(str(error), known.pattern) from error

    @property
    def written(self) -> str:
        """The expression itself."""
        return str(self.pattern.pattern)

    @property
    def groups(self) -> int:
        """How many groups it has."""
        return int(self.pattern.groups)

    def search(self, text: str) -> "regex.Match[str] | None":
        """Where it is found first.

        Raises:
            SlowExpression: that took too long.

        """
        try:
            return self.pattern.search(text, timeout=MOST_SECONDS)
        except TimeoutError as error:
            raise self._slow(text) from error

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it is found, each from and to.

        Raises:
            SlowExpression: that took too long.

        """
        try:
            found = self.pattern.finditer(text, timeout=MOST_SECONDS)
            return [match.span() for match in found]
        except TimeoutError as error:
            raise self._slow(text) from error

    def _slow(self, text: str) -> SlowExpression:
        return SlowExpression(
            f"the expression {self.written!r} takes over {MOST_SECONDS} s on a text of "
            f"{len(text)} letters: it repeats what repeats already; write it so that each "
            "letter fits in one way alone"
        )
