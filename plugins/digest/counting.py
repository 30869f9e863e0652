"""What was said in a group, counted: who, how much, which words and links. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from schemas.content import Link, Text
from schemas.event import MessageReceived

_URL: Final = re.compile(r"https?://[^\s<>\"，。、）】]+")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9'+#-]{2,}")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]+")
_AT: Final = re.compile(r"@[^\s@\u2005]+[\s\u2005]?")
_STOPPED: Final = frozenset(
    "的了是我你他她它们这那就也都还在和与或但吗呢吧啊哦嗯呀哈么什怎没有不要个上下来去到说看会能可"
    "以为因所一二两几很太再又把被给让对从向跟请好"
)
_STOP_TEXT: Final = """
the and for you are was were that this with have has had not but can will just from they what when
who how all out our your about get got one yes let its it's don't i'm there then also https http
www com"""
_STOP_WORDS: Final = frozenset(_STOP_TEXT.split())
_LENGTHS: Final = (4, 3, 2)
_OFTEN: Final = 2
"""In so many messages at least a word is told."""

NAMES: Final = {
    "image": "图片", "video": "视频", "file": "文件", "voice": "语音", "sticker": "表情",
    "link": "链接", "red_packet": "红包", "location": "位置", "mini_program": "小程序",
}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """One group's window."""

    title: str
    messages: int
    people: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]
    links: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    called: int
    busiest: int | None


def spoken(messages: Iterable[MessageReceived]) -> list[MessageReceived]:
    """Without the grey lines in between."""
    return [one for one in messages if one.content.kind not in {"system", "recalled", "unknown"}]


def counted(messages: Sequence[MessageReceived], zone: tzinfo) -> Counted:
    """All that is told without a model; there is at least one message."""
    people = Counter(one.sender.name for one in messages)
    kinds = Counter(NAMES[one.content.kind] for one in messages if one.content.kind in NAMES)
    hours = Counter(one.observed_at.astimezone(zone).hour for one in messages)
    texts = [one.content.text for one in messages if isinstance(one.content, Text)]
    return Counted(
        messages[-1].chat.title,
        len(messages),
        tuple(people.most_common(5)),
        tuple(top_words(texts)),
        tuple(_links(messages)),
        tuple(kinds.most_common()),
        sum(one.mentions.me for one in messages),
        hours.most_common(1)[0][0] if len(messages) >= 10 else None,
    )


def top_words(texts: Iterable[str], most: int = 8) -> list[tuple[str, int]]:
    """The words that most messages hold, each counted once a message. Chinese has no spaces: runs
    of two to four characters stand for words, a longer one for all that it holds as often.
    """
    found: Counter[str] = Counter()
    for text in texts:
        found.update(_words(_AT.sub(" ", _URL.sub(" ", text))))
    often = [(word, count) for word, count in found.items() if count >= _OFTEN]
    often.sort(key=lambda one: (-one[1], -len(one[0]), one[0]))
    kept: list[tuple[str, int]] = []
    for word, count in often:
        if not any(word in other or _overlap(word, other) for other, _ in kept):
            inside = [one for one in often if word in one[0] and one[1] >= count * 0.8]
            kept.append((max(inside, key=lambda one: len(one[0]))[0], count))
        if len(kept) == most:
            break
    return kept


def _words(text: str) -> set[str]:
    words = {word.casefold() for word in _LATIN.findall(text)} - _STOP_WORDS
    for run in _CHINESE.findall(text):
        for length in _LENGTHS:
            words |= {
                run[place : place + length]
                for place in range(len(run) - length + 1)
                if not _STOPPED & set(run[place : place + length])
            }
    return words


def _overlap(word: str, other: str) -> bool:
    """Whether one begins within the other: both are pieces of one phrase."""
    if not _CHINESE.match(word):
        return False
    return word[:1] in other[1:] or word[-1:] in other[:-1] or other in word


def _links(messages: Iterable[MessageReceived]) -> list[str]:
    seen: dict[str, str] = {}
    for one in messages:
        if isinstance(one.content, Link):
            said = " ".join(filter(None, (one.content.title, one.content.url)))
            seen.setdefault(one.content.url or one.content.title, said)
        elif isinstance(one.content, Text):
            for url in _URL.findall(one.content.text):
                seen.setdefault(url, url)
    return list(seen.values())[:5]
