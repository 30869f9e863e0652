"""The thirty chats of a chaos campaign: plain ones, lookalikes, and names that two of them have."""

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """One chat as the simulated phone is told of it."""

    title: str
    kind: str = "private"
    remark: str = ""
    muted: bool = False
    pinned: bool = False

    @property
    def shown(self) -> str:
        """What stands in the list."""
        return self.remark or self.title

    def request(self) -> dict[str, Any]:
        """The body of `POST /chats`."""
        body: dict[str, Any] = {"chat": self.title, "kind": self.kind}
        if self.kind == "group":
            body["members"] = list(MEMBERS)
        flags = {"remark": self.remark, "muted": self.muted, "pinned": self.pinned}
        return body | {name: value for name, value in flags.items() if value}


MEMBERS = ("阿明", "小芳", "老周")
CAST = (
    Part("1#", "group"),
    Part("01#", "group"),
    Part("001#", "group"),
    Part("1"),
    Part("张伟"),
    Part("张伟"),
    Part("张伟", "group"),
    Part("李娜"),
    Part("李娜", "group"),
    Part("刘洋", remark="刘洋（同事）"),
    Part("刘洋", remark="刘洋（同学）"),
    Part("项目组", "group"),
    Part("项目组(3)", "group"),
    Part("项目組", "group"),
    Part("王芳"),
    Part("王芳1"),
    Part("王芳11"),
    Part("Anna"),
    Part("anna"),
    Part("🐦"),
    Part("🐦🐦"),
    Part("华东大区第三季度重点客户续约与回款推进专项工作群", "group"),
    Part("华东大区第三季度重点客户续约与回款推进专项二群", "group"),
    Part("家人", "group", pinned=True),
    Part("静音群", "group", muted=True),
    Part("静音的人", muted=True),
    Part("赵敏", pinned=True),
    Part("孙一"),
    Part("周五"),
    Part("吴刚"),
)
CUT = 12
"""Characters that a chat's own title shows at least before it ends in `…`."""
_SHOWN = Counter(part.shown[:CUT] for part in CAST)


def shared(part: Part) -> bool:
    """Whether another chat shows the same name, whole or cut, so that a send may be refused."""
    return _SHOWN[part.shown[:CUT]] > 1
