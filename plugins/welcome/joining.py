"""Who joined a group, read from WeChat's grey lines in Chinese and in English. Pure."""

import re
from typing import Final

_NAME: Final = r"[“\"]([^“”\"]+)[”\"]"
_NAMES: Final = rf"{_NAME}(?:\s*(?:、|,|，|和|and)\s*{_NAME})*"
_LINES: Final = (
    # “小王”邀请“老李、小陈”加入了群聊; 你邀请“老李”加入了群聊; “小王”邀请你和“老李”加入了群聊
    re.compile(r"(?:.+?)邀请(?:你和)?(?P<who>.+?)加入了?群聊"),
    # “老李”通过扫描“小王”分享的二维码加入群聊
    re.compile(r"(?P<who>.+?)通过扫描.*?二维码加入了?群聊"),
    # "小王" invited "老李" to the group chat; You invited …; … invited you and "老李" to …
    re.compile(
        r"(?:.+?) invited (?:you and )?(?P<who>.+?) to (?:the |this )?group chat", re.IGNORECASE
    ),
    # "老李" joined the group chat via the QR code shared by "小王"
    re.compile(r"(?P<who>.+?) joined (?:the |this )?group chat", re.IGNORECASE),
    re.compile(rf"(?P<who>{_NAMES})\s*加入了?群聊"),
)
_QUOTED: Final = re.compile(_NAME)
_APART: Final = re.compile(r"\s*[、，,]\s*")
_WE: Final = frozenset({"你", "you"})


def joined(line: str) -> tuple[str, ...]:
    """The names of those who joined, as they stand in the line; none where it says something else.

    That this account itself was invited is nobody's welcome. A name that holds 、 in a line that
    parts its names by it cannot be told from two names.
    """
    for pattern in _LINES:
        found = pattern.match(line.strip())
        if found is not None:
            return tuple(dict.fromkeys(name for name in _names(found["who"]) if name))
    return ()


def _names(said: str) -> list[str]:
    quoted = _QUOTED.findall(said)
    lists = quoted or [said]
    names = [name.strip() for one in lists for name in _APART.split(one)]
    return [name for name in names if name.casefold() not in _WE]
