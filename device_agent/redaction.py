"""Makes a screenshot fit to be kept: nothing but the one message at hand can be read. Pure.

The whole picture becomes a coarse mosaic, which keeps the look of bubbles, marks and spinners. Then
the window's own tree says where words stand: those that may be read come back sharp, all others are
covered with a plain box. Without a tree the mosaic alone remains.
"""

from io import BytesIO

from PIL import Image, ImageDraw

from device_agent.nodes import Box, Node, box, desc, parse, text, walk

_BLOCKS = 24
"""Squares across the screen: a line of text becomes one or two of them."""
_WIDTH = 720
_GREY = (176, 176, 176)
_DIALOG = ":id/mm_alert_"
_PLAIN = frozenset(
    {
        "发送", "取消", "确定", "重发", "知道了", "我知道了", "微信", "通讯录", "发现", "我",
        "搜索", "send", "cancel", "ok", "resend", "got it", "wechat", "chats", "contacts",
        "discover", "me", "search",
    }
)  # fmt: skip
"""Words of WeChat's own, the same on every phone."""


def redacted(picture: bytes, xml: str | None, shown: frozenset[str]) -> bytes:
    """The screenshot as a PNG, at most 720 pixels wide, with nothing to be read but `shown`, and
    WeChat's own dialogs and buttons. `xml` is the dump of the same moment; None: it cannot be had.

    Raises:
        ValueError: this is no picture.

    """
    try:
        sharp = Image.open(BytesIO(picture)).convert("RGB")
    except OSError as error:
        raise ValueError(f"the screenshot is no picture: {error}") from error
    result = _mosaic(sharp)
    root = _tree(xml)
    if root is not None:
        draw = ImageDraw.Draw(result)
        for node in walk(root):
            _redact(node, sharp, result, draw, shown)
    if result.width > _WIDTH:
        result = result.resize((_WIDTH, result.height * _WIDTH // result.width))
    kept = BytesIO()
    result.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _mosaic(sharp: Image.Image) -> Image.Image:
    side = max(sharp.width // _BLOCKS, 1)
    small = (max(sharp.width // side, 1), max(sharp.height // side, 1))
    return sharp.resize(small, Image.Resampling.BOX).resize(sharp.size, Image.Resampling.NEAREST)


def _tree(xml: str | None) -> Node | None:
    try:
        return None if xml is None else parse(xml)
    except ValueError:
        return None


def _redact(
    node: Node,
    sharp: Image.Image,
    result: Image.Image,
    draw: ImageDraw.ImageDraw,
    shown: frozenset[str],
) -> None:
    """What a node says, in document order: what lies within another one comes after it."""
    label = text(node) or desc(node)
    area = _within(box(node), sharp)
    if not label or area is None:
        return
    if len(node) == 0 and _may_be_read(node, label, shown):
        result.paste(sharp.crop(area), area[:2])
    else:
        draw.rectangle((area.left, area.top, area.right - 1, area.bottom - 1), fill=_GREY)


def _within(area: Box, picture: Image.Image) -> Box | None:
    cut = Box(
        max(area.left, 0),
        max(area.top, 0),
        min(area.right, picture.width),
        min(area.bottom, picture.height),
    )
    return cut if cut.width > 0 and cut.height > 0 else None


def _may_be_read(node: Node, label: str, shown: frozenset[str]) -> bool:
    if label in shown or label.strip().lower() in _PLAIN:
        return True
    if any(label.startswith(f"{name}(") for name in shown):  # a group's title with its count
        return label.endswith(")")
    return _DIALOG in (node.get("resource-id") or "")
