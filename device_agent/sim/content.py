"""What a message may carry, and the words WeChat shows for it in lists and notifications."""

import base64
from typing import TYPE_CHECKING, Any

from device_agent.sim.content_fields import check_fields
from device_agent.sim.failure import Refusal

if TYPE_CHECKING:
    from device_agent.sim.world import Chat, Message

KINDS = (
    "text",
    "image",
    "voice",
    "video",
    "file",
    "link",
    "location",
    "sticker",
    "red_packet",
    "transfer",
    "name_card",
    "mini_program",
    "system",
    "recalled",
    "unknown",
)

# Preview forms: zh_CN as seen in public notification logs (phone.md 5.2 and 6); the English ones
# follow WeChat's English interface and are not cited.
_PREVIEWS = {
    "zh": {
        "image": "[图片]",
        "voice": "[语音]",
        "video": "[视频]",
        "file": "[文件]",
        "link": "[链接]",
        "location": "[位置]",
        "sticker": "[动画表情]",
        "red_packet": "[微信红包]",
        "transfer": "[转账]",
        "name_card": "[名片]",
        "mini_program": "[小程序]",
        "unknown": "[不支持的消息]",
    },
    "en": {
        "image": "[Photo]",
        "voice": "[Audio]",
        "video": "[Video]",
        "file": "[File]",
        "link": "[Link]",
        "location": "[Location]",
        "sticker": "[Sticker]",
        "red_packet": "[Red Packet]",
        "transfer": "[Transfer]",
        "name_card": "[Contact Card]",
        "mini_program": "[Mini Program]",
        "unknown": "[Unsupported message]",
    },
}
_WITH_LABEL = {"file", "link", "location", "red_packet", "transfer", "name_card", "mini_program"}
_LABEL_KEYS = {
    "file": ("name", "filename", "title"),
    "link": ("title", "name", "url"),
    "location": ("name", "title", "label", "address"),
    "red_packet": ("greeting", "title", "text", "note"),
    "transfer": ("note", "title", "text"),
    "name_card": ("name", "nickname", "title"),
    "mini_program": ("title", "name"),
}
_DEFAULT_LABELS = {
    "file": "文件",
    "link": "网页",
    "location": "位置",
    "red_packet": "恭喜发财，大吉大利",
    "transfer": "",
    "name_card": "联系人",
    "mini_program": "小程序",
}


def language(locale: str) -> str:
    """The language of WeChat's words for a locale: zh or en."""
    return "zh" if locale.lower().startswith("zh") else "en"


def checked(content: dict[str, Any]) -> dict[str, Any]:
    """The content, if its kind and its fields are good. Raises Refusal 422 naming what is not."""
    kind = content.get("kind")
    if kind not in KINDS:
        raise Refusal(
            422, f"`content.kind` must be one of {', '.join(KINDS)}, not `{kind}`", field="kind"
        )
    check_fields(content)
    given = content.get("base64") or ""
    try:
        base64.b64decode(given, validate=True)
    except (TypeError, ValueError) as cause:
        raise Refusal(422, f"`content.base64` is no base64: {cause}", field="base64") from cause
    return content


def label(content: dict[str, Any]) -> str:
    """The title of a card: file name, link title, place, greeting, person."""
    kind = content["kind"]
    for key in _LABEL_KEYS.get(kind, ()):
        value = content.get(key)
        if isinstance(value, str) and value:
            return value
    return _DEFAULT_LABELS.get(kind, "")


def seconds(content: dict[str, Any]) -> int:
    """How long a voice or video lasts, in whole seconds (at least 1)."""
    for key, scale in (
        ("seconds", 1.0),
        ("duration_s", 1.0),
        ("duration", 1.0),
        ("duration_ms", 0.001),
    ):
        value = content.get(key)
        if isinstance(value, int | float):
            return max(1, round(value * scale))
    return 3


def recall_line(message: "Message", lang: str, who: str = "") -> str:
    """The line that replaces a recalled message (phone.md 5.2); `who` as for `attributed`."""
    name = who or message.sender
    if lang == "en":
        return "You recalled a message" if message.own else f'"{name}" recalled a message'
    return "你撤回了一条消息" if message.own else f'"{name}" 撤回了一条消息'


def summary(message: "Message", lang: str, who: str = "") -> str:
    """A message as one line, without its sender."""
    return (
        recall_line(message, lang, who)
        if message.kind == "recalled"
        else preview_of(message.content, lang)
    )


def preview_of(content: dict[str, Any], lang: str) -> str:
    """A content as one line; recalled ones have none."""
    kind = str(content["kind"])
    if kind in {"text", "system"}:
        return str(content["text"])
    if kind == "unknown" and content.get("seen"):
        return str(content["seen"])
    shown = _PREVIEWS[lang][kind]
    return shown + label(content) if kind in _WITH_LABEL else shown


def attributed(chat: "Chat", message: "Message", lang: str, who: str = "") -> str:
    """A message as one line, with its sender where a group shows one.

    `who` is what the chat shows for the sender, such as a nickname; without it, the name.
    """
    line = summary(message, lang, who)
    if chat.kind != "group" or message.own or message.kind in {"system", "recalled"}:
        return line
    return f"{who or message.sender}: {line}"


def unread_mark(count: int, lang: str) -> str:
    """The `[n条]` mark before a preview or notification text."""
    return f"[{count}条]" if lang == "zh" else f"[{count}]"
