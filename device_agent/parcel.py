"""A picture, video or file on its way to the phone: whether it may go, its name there, and how
WeChat is asked to share it. Pure.
"""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import quote

from device_agent.layout import PACKAGE
from schemas.action import Action
from schemas.content import File, Image, Media, Sendable, Text, Video

FOLDER = "/sdcard/.hongyan"
"""Where files wait on the phone; its dot keeps them out of the album."""
_MOST_NAME = 120  # bytes; WeChat and Android take 255
_SHARE = f"{PACKAGE}/.ui.tools.ShareImgUI"
_STREAM = "android.intent.extra.STREAM"
_ANYTHING = "application/octet-stream"
_MIME = re.compile(r"^[\w.+-]+/[\w.+-]+$", re.ASCII)
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"'<>|`$]")


@dataclass(frozen=True)
class Parcel:
    """What is pushed: `key` names its folder on the phone, `name` the file in it, `mime` how it is
    shared: a picture that is meant as a file must not be shared as a picture.
    """

    media: Media
    key: str
    name: str
    mime: str

    @property
    def folder(self) -> str:
        """Its own folder on the phone."""
        return f"{FOLDER}/{self.key}"

    @property
    def path(self) -> str:
        """The file on the phone."""
        return f"{self.folder}/{self.name}"

    @property
    def share(self) -> str:
        """The shell command that shares it with WeChat, which then asks for the chat (phone.md
        5.4).
        """
        return (
            f"am start -a android.intent.action.SEND -t {self.mime} "
            f"--eu {_STREAM} file://{quote(self.path)} --grant-read-uri-permission -n {_SHARE}"
        )


def key_of(action_id: str) -> str:
    """The name of an action's folder on the phone."""
    return hashlib.blake2b(action_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def refusal(action: Action, most_bytes: int) -> tuple[str, str] | None:
    """Why an action's content cannot be sent to any chat, as reason and detail; None: it can."""
    content = action.content
    if isinstance(content, Text):
        return None if content.text else ("unsupported_content", "there is no text to send")
    if action.mentions or action.mention_all or action.quote is not None:
        return "unsupported_content", "only a text can mention and quote"
    return _unfit(content, most_bytes)


def _unfit(content: Image | Video | File, most_bytes: int) -> tuple[str, str] | None:
    media = content.media
    if media is None:
        return "no_media", f"the {content.kind} names nothing in the media store"
    if media.size > most_bytes:
        return "too_large", f"{media.size} bytes are more than the {most_bytes} that are sent"
    if media.size == 0:
        return "unsupported_content", f"the {content.kind} is empty"
    family = media.mime.partition("/")[0].lower()
    fits = family == content.kind and _MIME.match(media.mime)
    if not isinstance(content, File) and not fits:
        return "wrong_type", f"{media.mime} is no {content.kind}: send it as a file"
    return None


def parcel_of(content: Sendable, action_id: str) -> Parcel:
    """The parcel of a content that `refusal` let pass.

    Raises:
        ValueError: a text, or a content without its media, is none.

    """
    if isinstance(content, Text) or content.media is None:
        raise ValueError(f"{content.kind} without media is nothing to share")
    media = content.media
    asked = content.name if isinstance(content, File) else media.name or content.kind
    name = _fit(asked)
    if isinstance(content, Image | Video):
        ending = mimetypes.guess_extension(media.mime, strict=False) or ""
        named = mimetypes.guess_type(name, strict=False)[0]
        name = name if named == media.mime else f"{name.rpartition('.')[0] or name}{ending}"
    mime = _ANYTHING if isinstance(content, File) else media.mime.lower()
    return Parcel(media, key_of(action_id), name, mime)


def _fit(asked: str) -> str:
    """A file name that shell, file system and WeChat take, as near to the one asked for as can
    be; its ending is kept.
    """
    name = _UNFIT.sub("_", asked).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = name, "", ""
    while len(f"{stem}{dot}{ending}".encode("utf-8", "replace")) > _MOST_NAME:
        stem = stem[:-1]
    return f"{stem}{dot}{ending}"
