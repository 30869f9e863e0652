"""`/v1/messages`: ask for a message to be sent, and see what became of it."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Self
from urllib.parse import quote

from fastapi import APIRouter, Header, Request, Response
from loguru import logger
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)
from sqlalchemy import Text as SqlText
from sqlalchemy import bindparam, cast, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from connectors.api.bearer import Caller
from connectors.api.destination import Destination, resolve
from connectors.api.footing import Footing, OnFooting
from connectors.api.idempotency import Claim, store, stored_action
from connectors.api.media import (
    MediaContent,
    MessageFile,
    MessageImage,
    MessageVideo,
    check_stored,
)
from connectors.api.problem import PROBLEMS, Problem, away
from connectors.database import singly
from connectors.failpoint import reach
from connectors.projection import action_row
from connectors.tables import ACTIONS, RECEIPTS
from connectors.telemetry import span
from schemas.action import Action
from schemas.content import File, Image, Sendable, Text, Video
from schemas.envelope import encode
from schemas.failure import DependencyDown, Permanent, Retryable
from schemas.receipt import State
from schemas.topics import OUTBOX

SEND_LIMIT = 4.0  # seconds for the broker's ack
_LOOK_LIMIT = 4.0  # seconds for the broker to name its topics; with thousands that takes over one

MentionName = Annotated[str, StringConstraints(min_length=1, max_length=64)]

router = APIRouter(prefix="/v1/messages", tags=["messages"], responses=PROBLEMS)


class MessageText(Text):
    """Text to send; at least one character must be visible, or WeChat refuses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("text")
    @classmethod
    def _sendable(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("there is nothing to send")
        if "\x00" in text:
            raise ValueError("the NUL character cannot be typed")
        return text


def _kind(content: object) -> str:
    """A content's kind; one that names none is text."""
    kind = (
        content.get("kind", "text") if isinstance(content, dict) else getattr(content, "kind", "")
    )
    return str(kind)


class MessageRequest(BaseModel):
    """What to send where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Destination
    content: Annotated[
        Annotated[MessageText, Tag("text")]
        | Annotated[MessageImage, Tag("image")]
        | Annotated[MessageVideo, Tag("video")]
        | Annotated[MessageFile, Tag("file")],
        Discriminator(_kind),
    ]
    mentions: tuple[MentionName, ...] = Field(
        default=(),
        max_length=100,
        description="members of the group to call, by the names shown there; each where `@name` "
        "stands in the text, else at its start",
    )
    mention_all: bool = Field(default=False, description="call everybody: a group's managers can")
    quote: str | None = Field(
        default=None, min_length=1, max_length=255, description="the event id of what it answers"
    )
    quote_required: bool = Field(
        default=False, description="rather fail than be sent without the quote"
    )

    @model_validator(mode="after")
    def _only_text_answers(self) -> Self:
        called = self.mentions or self.mention_all or self.quote is not None
        if called and not isinstance(self.content, MessageText):
            raise ValueError("only a text can mention and quote")
        return self


class Accepted(BaseModel):
    """The message is in its outbox, acknowledged by the broker; nothing is sent yet."""

    id: str


class Step(BaseModel):
    """A state that the message reached, and when."""

    state: State
    at: datetime
    reason: str | None = Field(default=None, description="a stable code")
    detail: str | None = Field(default=None, description="a sentence for people")
    attempt: int = 1
    screenshot: str | None = Field(default=None, description="SHA-256 in the media store")
    not_before: datetime | None = Field(default=None, description="of one that waits")


class MessageStatus(BaseModel):
    """What became of a message: `state` is the timeline's last."""

    id: str
    state: State
    timeline: list[Step]


@router.post("", status_code=202, summary="Send a message")
async def send_message(
    *,
    asked: MessageRequest,
    footing: OnFooting,
    caller: Caller,
    request: Request,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="the same key: the same message"),
    ] = None,
) -> Accepted:
    """202 after the broker has it. With an Idempotency-Key a request may be repeated safely."""
    with span("POST /v1/messages", request.headers.get("traceparent")) as trace:
        action = await _action(footing, caller, idempotency_key, asked)
        reach("api.decided")
        await _produce(footing, action, str(trace), repeatable=idempotency_key is not None)
        reach("api.produced")
        await _remember(footing, action)
    response.headers["Location"] = f"/v1/messages/{quote(action.action_id)}"
    return Accepted(id=action.action_id)


async def _action(footing: Footing, caller: str, key: str | None, asked: MessageRequest) -> Action:
    """The action to produce: the stored one where the Idempotency-Key is known."""
    now = footing.clock()
    if key is None:
        return await _made(footing, asked, footing.fresh_id(), now)
    body_hash = sha256(asked.model_dump_json().encode()).hexdigest()
    claim = Claim(caller, key, body_hash, now)
    known, action_id = await stored_action(footing.engine, claim)
    if known is not None:
        return known
    made = await _made(footing, asked, action_id, now)
    return await store(footing.engine, claim, made)


async def _made(footing: Footing, asked: MessageRequest, action_id: str, now: datetime) -> Action:
    to = asked.to
    topic = _topic(footing, to.channel, to.account)
    try:
        exists = await footing.outlet.has_topic(topic, _LOOK_LIMIT)
    except DependencyDown as error:
        raise away("The broker is away, nothing was sent; try again shortly.") from error
    if not exists:
        raise Problem(
            404,
            f"There is no account {to.account} on {to.channel}. "
            "Check to.account, or enrol the account first.",
        )
    return Action(
        action_id=action_id,
        channel=to.channel,
        account=to.account,
        chat_id=await resolve(footing, to),
        content=await _content(footing, asked.content),
        requested_at=now,
        mentions=asked.mentions,
        mention_all=asked.mention_all,
        quote=asked.quote,
        quote_required=asked.quote_required,
    )


async def _content(footing: Footing, asked: MessageText | MediaContent) -> Sendable:
    """What the action carries: the schema's own models. Raises a problem where media is missing."""
    if isinstance(asked, MessageText):
        return Text(text=asked.text)
    await check_stored(footing, asked)
    if isinstance(asked, MessageFile):
        return File(name=asked.name, media=asked.media)
    if isinstance(asked, MessageVideo):
        return Video(seconds=asked.seconds, media=asked.media)
    return Image(media=asked.media)


def _topic(footing: Footing, channel: str, account: str) -> str:
    return OUTBOX.name(footing.settings.topic_prefix, channel=channel, account=account)


async def _produce(footing: Footing, action: Action, traceparent: str, *, repeatable: bool) -> None:
    try:
        record = encode(
            action,
            id=action.action_id,
            source="/api",
            time=action.requested_at,
            subject=action.chat_id,
            traceparent=traceparent,
        )
        topic = _topic(footing, action.channel, action.account)
        await footing.outlet.send(topic, record, SEND_LIMIT)
    except Permanent as error:
        raise Problem(413, "The message is too large for the broker; send less.") from error
    except DependencyDown as error:
        advice = (
            "Repeat the request with the same Idempotency-Key: it is sent once at most."
            if repeatable
            else "Without an Idempotency-Key it cannot be told whether the message was accepted: "
            "repeating the request may send it twice."
        )
        raise away(f"The broker did not confirm in time. {advice}") from error


async def _remember(footing: Footing, action: Action) -> None:
    """Make the id known at once. Where that fails the relay does it from the outbox."""
    body = action.model_dump_json()
    row = action_row(action, body)
    values = {**row, "body": cast(bindparam("body", body, type_=SqlText), JSONB)}
    statement = insert(ACTIONS).values(values).on_conflict_do_nothing()
    try:
        async with singly(footing.engine) as connection:
            await connection.execute(statement)
    except Retryable as error:
        logger.warning("{} is queued but not yet in the database: {}", action.action_id, error)


@router.get("/{message_id:path}", summary="See what became of it")
async def message_status(message_id: str, footing: OnFooting, caller: Caller) -> MessageStatus:
    """The states a message went through, oldest first."""
    requested = select(ACTIONS.c.requested_at, ACTIONS.c.attempt).where(
        ACTIONS.c.action_id == message_id
    )
    reached = (
        select(RECEIPTS.c.body)
        .where(RECEIPTS.c.action_id == message_id)
        .order_by(RECEIPTS.c.attempt, RECEIPTS.c.offset, RECEIPTS.c.at)
    )
    if "\x00" in message_id:
        raise _unknown()
    async with singly(footing.engine) as connection:
        action = (await connection.execute(requested)).one_or_none()
        receipts = list((await connection.execute(reached)).scalars())
    steps = timeline(
        receipts, action.requested_at if action else None, action.attempt if action else 0
    )
    if not steps:
        raise _unknown()
    return MessageStatus(id=message_id, state=steps[-1].state, timeline=steps)


def timeline(
    receipts: list[dict[str, Any]], requested_at: datetime | None, attempt: int
) -> list[Step]:
    """The steps of a message: `queued` when it was asked for, then what its receipts say. Pure.

    `attempt` is the highest one asked for; one that no receipt speaks of yet is queued again.
    """
    steps = [
        Step(
            state=receipt["state"],
            at=receipt["at"],
            reason=receipt.get("reason"),
            detail=receipt.get("detail"),
            attempt=receipt.get("attempt", 1),
            screenshot=(receipt.get("screenshot") or {}).get("sha256"),
            not_before=receipt.get("not_before"),
        )
        for receipt in receipts
    ]
    if requested_at is None:
        return steps
    queued = Step(state=State.QUEUED, at=requested_at, attempt=max(attempt, 1))
    if attempt > max((step.attempt for step in steps), default=0):
        return [*steps, queued]
    if attempt == 1 and steps[0].state is not State.QUEUED:
        return [queued, *steps]
    return steps


def _unknown() -> Problem:
    return Problem(404, "No message has this id. An id comes from the answer to POST /v1/messages.")
