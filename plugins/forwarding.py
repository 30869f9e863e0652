"""What another chat is shown of a message: the same content where it can be sent, else words.

Pure.
"""

from typing import Final

from schemas.content import Content, File, Image, Sendable, Sticker, Text, Video, Voice

_WORDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "image": ("[图片]", ()),
    "video": ("[视频]", ()),
    "file": ("[文件]", ("name",)),
    "link": ("[链接]", ("title", "url")),
    "location": ("[位置]", ("label", "address")),
    "sticker": ("[表情]", ("label",)),
    "red_packet": ("[红包]", ("greeting",)),
    "transfer": ("[转账]", ("amount", "note")),
    "name_card": ("[名片]", ("name",)),
    "mini_program": ("[小程序]", ("title",)),
    "recalled": ("[撤回了一条消息]", ()),
    "unknown": ("[未知消息]", ("seen",)),
    "system": ("", ("text",)),
    "text": ("", ("text",)),
}


def sendable(content: Content) -> Sendable:
    """The content as an action can carry it. What WeChat lets nobody send again (a voice message,
    a link, a red packet, what could not be fetched) is told in words.
    """
    if isinstance(content, Text):
        return Text(text=content.text)
    if isinstance(content, Image | Video | File) and content.media is not None:
        return content
    if isinstance(content, Sticker) and content.media is not None:
        return Image(media=content.media)
    return Text(text=in_words(content))


def in_words(content: Content) -> str:
    """One line, as WeChat's own list of chats would show it."""
    if isinstance(content, Voice):
        length = f" {content.seconds}″" if content.seconds is not None else ""
        return f"[语音{length}] {content.transcript or ''}".strip()
    name, fields = _WORDS[content.kind]
    return " ".join([name, *(getattr(content, field) or "" for field in fields)]).strip()
