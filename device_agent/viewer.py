"""The pages that a tap on a bubble opens: pictures and videos, files, whole texts. Pure.

Their resource ids are not public, so they are read by structure, geometry and WeChat's own words.
"""

import re
from dataclasses import dataclass

from device_agent.layout import PACKAGE
from device_agent.nodes import Box, Node, box, desc, parse, text, walk
from device_agent.wording import avatar_name, normal

_MORE = frozenset({"更多", "更多功能按钮", "更多操作", "more", "more function buttons"})
_SAVE = frozenset(
    {
        "保存图片", "保存视频", "保存到手机", "保存到相册",
        "save image", "save photo", "save video", "save to phone", "save to album",
    }
)  # fmt: skip
_DOWNLOAD = frozenset({"下载", "继续下载", "download", "resume download"})
_EXPIRED = re.compile(
    r"已过期|已被清理|已失效|文件已被撤回|has expired|no longer available", re.IGNORECASE
)


@dataclass(frozen=True)
class Viewer:
    """A picture or video over the whole screen, and the button behind which its menu is."""

    picture: Box
    more: Box | None


def read_viewer(xml: str) -> Viewer | None:
    """The viewer a dump shows; None where it shows something else."""
    nodes = _nodes(xml)
    if not nodes or any((one.get("class") or "").endswith("EditText") for one in nodes):
        return None
    whole = box(nodes[0])
    pictures = [
        box(one)
        for one in nodes
        if one.get("class") == "android.widget.ImageView" and _fills(box(one), whole)
    ]
    if not pictures:
        return None
    more = next((box(one) for one in nodes if _clickable(one) and _label(one) in _MORE), None)
    return Viewer(max(pictures, key=lambda one: one.width * one.height), more)


def save_button(xml: str) -> Box | None:
    """保存图片 or 保存视频 in a viewer's menu."""
    return _button(xml, _SAVE)


def download_button(xml: str) -> Box | None:
    """下载 on a file's page."""
    return _button(xml, _DOWNLOAD)


def shows_file(xml: str, name: str) -> bool:
    """Whether this is the page of a file of that name."""
    nodes = _nodes(xml)
    return any(normal(text(one)) == name for one in nodes) and not _is_chat(nodes)


def is_expired(xml: str, name: str = "") -> bool:
    """Whether a page says that WeChat no longer has what was opened, other than by its `name`."""
    said = (text(one) or desc(one) for one in _nodes(xml))
    return any(_EXPIRED.search(words) for words in said if normal(words) != name)


def whole_text(xml: str, beginning: str) -> str | None:
    """The text that starts as a bubble did and goes on; None where no node shows it."""
    stem = normal(beginning).removesuffix("…").removesuffix("...").rstrip()
    nodes = _nodes(xml)
    if _is_chat(nodes):
        return None
    found = [words for one in nodes if (words := normal(text(one))).startswith(stem)]
    return max(found, key=len, default=None)


def _is_chat(nodes: list[Node]) -> bool:
    """Whether somebody's picture stands there: no page that a bubble opens shows one."""
    return any(avatar_name(desc(one)) is not None for one in nodes)


def _nodes(xml: str) -> list[Node]:
    """The nodes of a page of WeChat; none where the dump is another app's, or no XML."""
    try:
        nodes = list(walk(parse(xml)))
    except ValueError:
        return []
    return nodes if nodes and nodes[0].get("package") == PACKAGE else []


def _button(xml: str, labels: frozenset[str]) -> Box | None:
    return next((box(one) for one in _nodes(xml) if _label(one) in labels), None)


def _label(node: Node) -> str:
    return (text(node) or desc(node)).strip().lower()


def _clickable(node: Node) -> bool:
    return node.get("clickable") == "true"


def _fills(picture: Box, whole: Box) -> bool:
    return picture.width >= whole.width * 9 // 10 and picture.height >= whole.height * 4 // 10
