"""Which earlier row of a chat a quote answers. Pure.

A quote shows whose message it answers and how it began, and nothing more: a row that reads so is
the one only if no other row known of the chat reads so too.
"""

from collections.abc import Sequence

from device_agent.rows import SeenRow, print_of
from device_agent.wording import preview_shows
from schemas.content import (
    Content,
    File,
    Image,
    Link,
    Location,
    MiniProgram,
    NameCard,
    Quote,
    Sticker,
    SystemLine,
    Text,
    Video,
    Voice,
)
from schemas.ledger import Row
from schemas.phone import KnownChat

_LABELS: dict[type[Content], tuple[str, ...]] = {
    Image: ("[图片]", "[Photo]"),
    Sticker: ("[动画表情]", "[Sticker]"),
    Voice: ("[语音]", "[Audio]"),
    Video: ("[视频]", "[Video]"),
    File: ("[文件]", "[File]"),
    Link: ("[链接]", "[Link]"),
    Location: ("[位置]", "[Location]"),
    NameCard: ("[名片]", "[Contact Card]"),
    MiniProgram: ("[小程序]", "[Mini Program]"),
}
"""How WeChat writes each kind on one line."""


def quoted_place(
    quote: Quote, chat: KnownChat, history: Sequence[Row], rows: Sequence[SeenRow]
) -> int | None:
    """The index in `history`, the rows known before the quoting one, of the row that it answers;
    None where none or several read like it. `rows` are those that the screen shows.
    """
    prints = _likely(quote, chat) | {row.row.print for row in rows if _reads(row, quote, chat)}
    places = [place for place, row in enumerate(history) if row.print in prints]
    return places[0] if len(places) == 1 else None


def _likely(quote: Quote, chat: KnownChat) -> set[str]:
    """The prints of rows that may no longer be on the screen."""
    contents: list[Content] = [Text(text=quote.text)]
    contents += [kind() for kind in (Image, Sticker) if quote.text in _LABELS[kind]]
    contents += [
        File(name=quote.text.removeprefix(label))
        for label in _LABELS[File]
        if quote.text.startswith(label) and quote.text != label
    ]
    sender = (quote.sender or "") if chat.kind == "group" else ""
    found = {print_of("other", sender, content) for content in contents}
    if chat.kind == "private" and quote.sender == chat.title:
        return found
    return found | {print_of("own", "", content) for content in contents}


def _reads(row: SeenRow, quote: Quote, chat: KnownChat) -> bool:
    """Whether a row on the screen is by whom the quote says and reads as it does."""
    if row.side == "centre" or (
        chat.kind == "group" and quote.sender not in {row.sender, row.face}
    ):
        return False
    if row.side == "own" and chat.kind == "private" and quote.sender == chat.title:
        return False
    return any(preview_shows(quote.text, line) for line in _lines(row.content))


def _lines(content: Content) -> list[str]:
    if isinstance(content, Text | SystemLine):
        return [content.text]
    label = (
        getattr(content, "name", None)
        or getattr(content, "title", None)
        or getattr(content, "label", None)
        or ""
    )
    bare = _LABELS.get(type(content), ())
    return [*bare, *(f"{one}{label}" for one in bare if label)]
