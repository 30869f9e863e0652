"""What a message holds: a tagged union by `kind`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.model import Model

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Media(Model):
    """A blob in the content-addressed store; the record carries the reference alone."""

    sha256: Sha256
    size: int = Field(ge=0, description="bytes")
    mime: str
    name: str | None = None


Missing = Literal["pending", "too_large", "expired", "unavailable"]
"""Why a received blob is absent: not fetched in time; larger than the setting allows; WeChat no
longer has it; WeChat does not let one save it, or what it saved was not certainly this one's."""


class Text(Model):
    """Plain text, as WeChat shows it; `cut`: only its beginning could be read."""

    kind: Literal["text"] = "text"
    text: str
    cut: bool = False


class Image(Model):
    """A picture; where `media` is absent only a placeholder was seen, and `missing` says why."""

    kind: Literal["image"] = "image"
    media: Media | None = None
    missing: Missing | None = None


class Voice(Model):
    """A voice message; WeChat offers no way to save one."""

    kind: Literal["voice"] = "voice"
    seconds: int | None = Field(default=None, ge=0)
    media: Media | None = None
    transcript: str | None = None
    missing: Missing | None = None


class Video(Model):
    """A video; as `Image`."""

    kind: Literal["video"] = "video"
    seconds: int | None = Field(default=None, ge=0)
    media: Media | None = None
    missing: Missing | None = None


class File(Model):
    """A document; as `Image`."""

    kind: Literal["file"] = "file"
    name: str
    media: Media | None = None
    missing: Missing | None = None


class Link(Model):
    """A shared page; WeChat's screen shows its title, seldom its address."""

    kind: Literal["link"] = "link"
    title: str
    url: str | None = None
    source: str | None = None


class Location(Model):
    """A place."""

    kind: Literal["location"] = "location"
    label: str
    address: str | None = None


class Sticker(Model):
    """An animated sticker (动画表情)."""

    kind: Literal["sticker"] = "sticker"
    label: str | None = None
    media: Media | None = None
    missing: Missing | None = None


class RedPacket(Model):
    """A red packet (红包), never opened by us."""

    kind: Literal["red_packet"] = "red_packet"
    greeting: str
    status: str | None = None


class Transfer(Model):
    """A money transfer (转账), never accepted by us."""

    kind: Literal["transfer"] = "transfer"
    amount: str | None = None
    note: str | None = None
    status: str | None = None


class NameCard(Model):
    """A recommended contact (名片)."""

    kind: Literal["name_card"] = "name_card"
    name: str


class MiniProgram(Model):
    """A mini program card (小程序)."""

    kind: Literal["mini_program"] = "mini_program"
    name: str | None = None
    title: str


class SystemLine(Model):
    """A centred grey line, such as who joined or that a message was refused."""

    kind: Literal["system"] = "system"
    text: str


class Recalled(Model):
    """A message that its author took back before we read it."""

    kind: Literal["recalled"] = "recalled"
    by: str | None = None


class Unknown(Model):
    """A row we saw and could not name; `seen` is what its nodes said."""

    kind: Literal["unknown"] = "unknown"
    seen: str = ""


Content = Annotated[
    Text
    | Image
    | Voice
    | Video
    | File
    | Link
    | Location
    | Sticker
    | RedPacket
    | Transfer
    | NameCard
    | MiniProgram
    | SystemLine
    | Recalled
    | Unknown,
    Field(discriminator="kind"),
]

Sendable = Annotated[Text | Image | Video | File, Field(discriminator="kind")]
"""What an action may carry."""


class Mentions(Model):
    """Who is called with @ in a group message."""

    me: bool = False
    all: bool = False
    names: tuple[str, ...] = ()


class Quote(Model):
    """The message that another one answers; `event_id` is absent where it could not be found."""

    text: str
    sender: str | None = None
    event_id: str | None = None
