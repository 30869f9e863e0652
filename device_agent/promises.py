"""What a row only hints at and can be fetched: a blob, the rest of a text. Pure.

An event whose content is a promise is stored at once, with its number and id, and waits in the
spool for a while, so that it may go out whole; it is never lost over that.
"""

from device_agent.rows import SeenRow
from schemas.content import Content, File, Image, Media, Missing, Sticker, Text, Video, Voice

Fetchable = Image | Video | File


def promised(row: SeenRow, most_bytes: int) -> Content:
    """A row's content, with what it lacks and why; `most_bytes` 0: nothing is fetched."""
    content = row.content
    if isinstance(content, Text):
        return content.model_copy(update={"cut": True}) if row.begun else content
    if isinstance(content, Voice | Sticker):
        return without(content, "unavailable")
    if isinstance(content, Fetchable):
        if not most_bytes:
            return without(content, "unavailable")
        large = row.size is not None and row.size > most_bytes
        return without(content, "too_large" if large else "pending")
    return content


def is_promise(content: Content) -> bool:
    """Whether more of it may be fetched from the phone."""
    if isinstance(content, Text):
        return content.cut
    return isinstance(content, Fetchable) and content.missing == "pending"


def without(content: Content, why: Missing) -> Content:
    """A content whose blob is absent."""
    return content.model_copy(update={"media": None, "missing": why})


def with_media(content: Content, media: Media) -> Content:
    """A content whose blob is in the store."""
    return content.model_copy(update={"media": media, "missing": None})
