"""A screen as a recording that may be shown to others: its tree without anybody's words, its
picture without anything to read, and what the agent reads from it. Pure but for `keep`.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from lxml import etree

from device_agent.layout import Layout
from device_agent.nodes import parse, walk
from device_agent.pages import TAB_WORDS
from device_agent.screen import ChatScreen, ListScreen, read_screen
from device_agent.wording import (
    FULL_TEXT,
    MINI_PROGRAM,
    NAME_CARD,
    PICTURE,
    RED_PACKET,
    SEND,
    TRANSFER,
    UNSUPPORTED,
    is_time,
    is_typing,
)

TREE: Final = "tree.xml"
PICTURE_FILE: Final = "screen.png"
READ: Final = "read.yaml"
_OWN: Final = (
    frozenset().union(
        *TAB_WORDS, SEND, FULL_TEXT, UNSUPPORTED, RED_PACKET, TRANSFER, NAME_CARD, MINI_PROGRAM,
        PICTURE,
    )
    | {
        "动画表情", "Sticker", "返回", "Back", "聊天信息", "Chat Info", "搜索", "Search",
        "更多功能按钮", "更多功能按钮，已折叠", "切换到按住说话", "切换到键盘", "表情",
        "消息免打扰", "文件传输助手", "File Transfer", "折叠的聊天",
    }
)  # fmt: skip
"""What WeChat itself writes, the same on every phone."""
_PLAIN: Final = re.compile(r"^(?:语音|视频|位置|秒|Audio|Video|Location|[KMG]?B|s|[\d\W])+$")
_FRAMES: Final = (
    re.compile(r"^(.+)('s avatar|头像| avatar)$", re.DOTALL),
    re.compile(r"^(.+)(\(\d+\))$", re.DOTALL),
    re.compile(r"^(\[草稿\]|\[Draft\]|\[\d+\+?条?\]|\[有人@我\])(.+)$", re.DOTALL),
    re.compile(r'^(")(.+)("\s?撤回了一条消息)$', re.DOTALL),
    re.compile(r'^(")(.+)(" recalled a message)$', re.DOTALL),
    re.compile(r"^([^：\n]{1,64})(：)(.+)$", re.DOTALL),
    re.compile(r"^([^:\n]{1,64})(: )(.+)$", re.DOTALL),
)
_KEPT: Final = re.compile(
    r"'s avatar|头像| avatar|\(\d+\)|\[草稿\]|\[Draft\]|\[\d+\+?条?\]|\[有人@我\]|\"|"
    r"\"\s?撤回了一条消息|\" recalled a message|：|: "
)
_CJK: Final = 0x2E80
_TRIES: Final = 10_000
_LONGEST: Final = 10
"""Characters of what WeChat writes of a voice message or a file: `1023.9 KB`."""


@dataclass
class Veil:
    """Puts other words in the place of words: the same for the same, of the same length and kind
    of letters, so that geometry and comparisons stay true. Digits, too, are others.
    """

    _known: dict[str, str] = field(default_factory=dict)
    _given: set[str] = field(default_factory=set)

    def over(self, words: str) -> str:
        """A node's text or description, with nobody's words in it."""
        bare = words.strip()
        if not bare or bare in _OWN or is_time(bare) or is_typing(bare) or _own_line(bare):
            return words
        for frame in _FRAMES:
            found = frame.match(words)
            if found:
                parts = found.groups()
                return "".join(p if _KEPT.fullmatch(p) else self.over(p) for p in parts)
        return self._other(words)

    def _other(self, words: str) -> str:
        if words not in self._known:
            start = len(self._known)
            made = (_veiled(words, start + turn) for turn in range(_TRIES))
            self._known[words] = next((w for w in made if w not in self._given), "?" * len(words))
            self._given.add(self._known[words])
        return self._known[words]


def _own_line(words: str) -> bool:
    """Counts, lengths and sizes; no amounts of money, nor numbers as codes and phones have them."""
    private = words.startswith(("¥", "￥")) or re.search(r"\d{4}", words)
    return not private and len(words) <= _LONGEST and bool(_PLAIN.match(words))


def _veiled(words: str, number: int) -> str:
    return "".join(_letter(one, number, place) for place, one in enumerate(words))


def _letter(one: str, number: int, place: int) -> str:
    if one.isdigit():
        return str((number + place) % 10)
    if one.isalpha() and ord(one) >= _CJK:
        return chr(0x4E00 + (number * 31 + place * 7) % 5000)
    if one.isalpha():
        return chr((ord("A") if one.isupper() else ord("a")) + (number + place) % 26)
    return "🙂" if unicodedata.category(one) == "So" else one


def veiled(xml: str) -> str:
    """A dump without anybody's words.

    Raises:
        ValueError: this is no XML.

    """
    root, veil = parse(xml), Veil()
    for node in walk(root):
        for name in ("text", "content-desc"):
            if node.get(name):
                node.set(name, veil.over(node.get(name, "")))
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def told(xml: str, layout: Layout) -> dict[str, Any]:
    """What the agent reads from a dump, as plain data.

    Raises:
        ValueError: it is no screen.

    """
    screen = read_screen(xml, layout)
    if isinstance(screen, ListScreen):
        rows = [[r.title, r.preview, r.time, r.unread, r.muted, r.complete] for r in screen.rows]
        return {"page": "list", "selected": screen.selected, "rows": rows}
    if isinstance(screen, ChatScreen):
        seen = [
            [r.side, r.sender, r.said, r.content.model_dump(mode="json", exclude_none=True)]
            for r in screen.rows
        ]
        return {
            "page": "chat",
            "title": screen.title,
            "members": screen.member_count,
            "field": screen.field_text,
            "sends": screen.send_bounds is not None,
            "rows": seen,
        }
    return {"page": "other"}


def keep(folder: Path, xml: str, picture: bytes, layout: Layout) -> dict[str, Any]:
    """Write a recording; `picture` is redacted already, `xml` is not. What was read.

    Raises:
        OSError: it cannot be written.
        ValueError: the dump is no screen.

    """
    tree = veiled(xml)
    read = told(tree, layout)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TREE).write_text(tree, encoding="utf-8")
    (folder / PICTURE_FILE).write_bytes(picture)
    about = {"layout": layout.name, "ids": layout.ids, "read": read}
    written = yaml.safe_dump(about, allow_unicode=True, sort_keys=False, width=100)
    (folder / READ).write_text(written, encoding="utf-8")
    return read


def replayed(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was read when a recording was made, and what is read from it now."""
    about = yaml.safe_load((folder / READ).read_text(encoding="utf-8"))
    layout = Layout(about["layout"], about["ids"])
    return about["read"], told((folder / TREE).read_text(encoding="utf-8"), layout)
