"""`/v1/media`: put a picture, video or file into the media store, to be sent by a message."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from connectors.api.bearer import Caller
from connectors.api.footing import OnFooting
from connectors.api.problem import PROBLEMS, Problem, away
from connectors.media.store import mime_of
from schemas.content import File, Image, Media, Video
from schemas.failure import DependencyDown

PATH = "/v1/media"

router = APIRouter(prefix=PATH, tags=["media"], responses=PROBLEMS)

_BYTES = "application/octet-stream"
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="a message's media.sha256")]
Name = Annotated[
    str | None, Query(min_length=1, max_length=255, description="the file's name, as it is shown")
]


class MessageImage(Image):
    """A picture of the media store."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    media: Media


class MessageVideo(Video):
    """A video of the media store."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    media: Media


class MessageFile(File):
    """A document of the media store."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    media: Media
    name: str = Field(min_length=1, max_length=255, description="the name it is shown under")


MediaContent = MessageImage | MessageVideo | MessageFile
"""What a message carries by reference."""


@router.post("", status_code=201, summary="Upload a picture, video or file")
async def upload(request: Request, footing: OnFooting, caller: Caller, name: Name = None) -> Media:
    """The body is the file itself, `Content-Type` says what it is. The answer goes into a message's
    content as `media`. The same bytes are stored once.
    """
    announced = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        stored = await footing.store.put(
            request.stream(), mime=announced or mime_of(name or ""), name=name
        )
    except DependencyDown as error:
        raise away("The media store cannot be written; try again shortly.") from error
    if not stored.size:
        raise Problem(422, "The body is empty: send the file's bytes as the body.")
    return stored


@router.get(
    "/{sha256}",
    summary="Download what a message carried",
    response_class=StreamingResponse,
    responses={200: {"content": {_BYTES: {}}}},
)
async def download(sha256: Hash, footing: OnFooting, caller: Caller) -> StreamingResponse:
    """The bytes of that hash. They are checked while they are read: a damaged file breaks off."""
    try:
        there = await footing.store.holds(sha256)
    except DependencyDown as error:
        raise away("The media store cannot be read; try again shortly.") from error
    if not there:
        raise Problem(404, "No such file is in the media store: it was never there, or is too old.")
    # What people sent each other is never shown as a page of ours.
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(footing.store.read(sha256), media_type=_BYTES, headers=headers)


async def check_stored(footing: OnFooting, content: MediaContent) -> None:
    """Raise a problem where the store does not have what a message is to carry."""
    family = content.media.mime.partition("/")[0]
    if content.kind not in {"file", family}:
        raise Problem(
            422,
            f"content.media.mime: {content.media.mime} is no {content.kind}; send it as a file.",
        )
    try:
        held = await footing.store.holds(content.media.sha256)
    except DependencyDown as error:
        raise away("The media store cannot be read; try again shortly.") from error
    if not held:
        raise Problem(
            422,
            "content.media.sha256: the media store has no such file. POST it to /v1/media first.",
        )
