"""From a sentence to when and what: 明天下午三点提醒我开会, remind me in 2 hours to call. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from .chinese import BARE as BARE_CHINESE
from .chinese import CHINESE
from .english import BARE as BARE_ENGLISH
from .english import ENGLISH_WORDS
from .meaning import mean
from .moment import Meaning, Unclear, Usual
from .part import Date, Part, parts

_WORDS: Final = (*CHINESE, *ENGLISH_WORDS)
_PLAIN: Final = {
    **{upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)},
    **{wide: wide - 0xFEE0 + (32 if 0xFF21 <= wide <= 0xFF3A else 0)
       for wide in range(0xFF01, 0xFF5F)},
    0x3000: 0x20,
}  # fmt: skip
_ASKS: Final = r"提醒我?|叫我|通知我|喊我|remind\s+me|remind|tell\s+me|wake\s+me"
_BETWEEN: Final = re.compile(
    rf"[\s,，、的在于就]*(?:(?:{_ASKS})\s*)?(?:(?:at|on|of|the|in|by|from)\s+)?", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"(?:(?:请|麻烦你?|帮我|到时候?|记得|你|please|can\s+you|could\s+you)[\s,，]*)*"
    rf"(?:{_ASKS})?(?:[\s,，:：]*(?:一下|一声)?)?[\s,，:：]*(?:(?:to|that|about|of)\s+)?",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"[\s,，、;；:：]*(?:(?<![a-z])(?:at|on|in|by)|在|于|的时候)?\s*\Z", re.IGNORECASE
)
_AT: Final = re.compile(r"at\s|@")
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_TOGETHER: Final = frozenset({"day", "weekday", "date", "every"})


@dataclass(frozen=True)
class Wish:
    """When somebody wants to be reminded, and of what: empty where that was not said."""

    when: Meaning
    what: str


def read(text: str, now: datetime, usual: Usual, *, bare: bool = True) -> Wish:
    """What a sentence asks for; `now` is in the person's own zone.

    `bare`: a length of time at the start means so long from now, as behind a command.
    """
    plain = text.translate(_PLAIN)
    run = _run(plain, _found(plain, bare=bare))
    if not run:
        return Wish(Unclear("none"), _what(text, []))
    if _HAN.search(text):  # Chinese puts the month first
        run = [_month_first(part) for part in run]
    return Wish(mean(run, now, usual), _what(text, run))


def _month_first(part: Part) -> Part:
    if isinstance(part.value, Date) and part.value.either:
        return replace(part, value=replace(part.value, either=False))
    return part


def _found(plain: str, *, bare: bool) -> list[Part]:
    start = len(plain) - len(plain.lstrip())
    if bare:
        for word in (BARE_CHINESE, BARE_ENGLISH):
            found = word.pattern.match(plain, start)
            said = word.says(found) if found else None
            if (
                found
                and said
                and not re.match(r"\s*(?:之?后|以后|later|from)", plain[found.end() :])
            ):
                return [Part("after", said[0][1], start, found.end())]
    return parts(plain, _WORDS)


def _run(plain: str, found: list[Part]) -> list[Part]:
    """The first pieces that stand together; an hour with `at` may stand further on."""
    run: list[Part] = []
    for part in found:
        kinds = {one.kind for one in run}
        if not run or part.start == run[-1].start:  # one word says both, as 今晚 does
            run.append(part)
        elif part.kind in kinds or not _BETWEEN.fullmatch(plain, run[-1].end, part.start):
            if part.kind == "clock" and "clock" not in kinds and kinds & _TOGETHER:
                apart = bool(_AT.match(plain, part.start))
                run += [part] if apart else []
                if apart:
                    break
        else:
            run.append(part)
    return run


def _what(text: str, run: list[Part]) -> str:
    pieces: list[str] = []
    place = 0
    for start, end in sorted({(part.start, part.end) for part in run}):
        if not place or not _BETWEEN.fullmatch(text, place, start):
            pieces.append(text[place:start])
        place = end
    pieces.append(text[place:])
    kept = [
        _TAIL.sub("", _LEAD.sub("", piece.strip(), count=1)).strip(" ,，、") for piece in pieces
    ]
    said = [piece for piece in kept if piece]
    spaced = " " if all(piece.isascii() for piece in said) else ""
    return spaced.join(said).strip()


def _bare(piece: str) -> str:
    """Without what asks for the reminder, and what leads to the time."""
    return _TAIL.sub("", _LEAD.sub("", piece.strip(), count=1)).strip(" ,，、")


def again(wish: Wish, when: Meaning) -> Wish:
    """The same wish at a time that was made clear."""
    return replace(wish, when=when)
