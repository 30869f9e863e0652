"""`/hooks/generic/{name}`: signed webhooks become events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, SecretStr
from pydantic_core import from_json

from connectors.api.footing import Footing, OnFooting
from connectors.api.problem import PROBLEMS, Problem, away
from connectors.api.signature import SLUG, BadSignature, verify
from connectors.telemetry import span
from connectors.webhooks.endpoint import EndpointStore
from connectors.webhooks.letter import hook_secret
from schemas.envelope import encode
from schemas.event import WebhookReceived
from schemas.failure import DependencyDown, Permanent
from schemas.identity import office_event_id
from schemas.topics import INBOUND

CHANNEL = "webhook"
_MOST_CHAT = 200  # characters of a chat's id
PRODUCE_LIMIT = 1.5  # seconds; past it the sender is told to come again

router = APIRouter(prefix="/hooks/generic", tags=["webhooks"], responses=PROBLEMS)


class Taken(BaseModel):
    """The event is stored."""

    id: str


@router.post("/{name}", status_code=202, summary="Take a signed webhook")
async def take_webhook(name: str, request: Request, footing: OnFooting) -> Taken:
    """202 after the broker has the event; the same webhook-id gives the same event."""
    body = await request.body()
    now = footing.clock()
    webhook_id = _verified(await _secrets(footing, name, now), request, body, now)
    data = _object(body)
    event = WebhookReceived(
        event_id=office_event_id(CHANNEL, name, webhook_id),
        channel=CHANNEL,
        account=name,
        observed_at=now,
        source=name,
        # A webhook account is answered in the chat that was written in; a setting's hook is not.
        destination_chat_id=None if name in footing.settings.hook_secrets else _chat(data),
        data=data,
    )
    with span("POST /hooks/generic", request.headers.get("traceparent")) as trace:
        try:
            record = encode(
                event,
                id=event.event_id,
                source=f"/hooks/generic/{name}",
                time=now,
                subject=event.chat_id,
                traceparent=str(trace),
            )
            topic = INBOUND.name(footing.settings.topic_prefix)
            await footing.outlet.send(topic, record, PRODUCE_LIMIT)
        except Permanent as error:
            raise Problem(413, "The event is over 512 KiB; send less.") from error
        except DependencyDown as error:
            raise away("The event could not be stored in time; send it again.") from error
    return Taken(id=event.event_id)


async def _secrets(footing: Footing, name: str, now: datetime) -> list[SecretStr]:
    """What may sign for this name: the setting's secret, or those of the webhook account."""
    secret = footing.settings.hook_secrets.get(name)
    if secret is not None:
        return [secret]
    await footing.until_prepared()
    store = EndpointStore(footing.engine, footing.settings.topic_prefix)
    found = await store.find(name) if SLUG.match(name) else None
    if found is None:
        raise Problem(
            404, "There is no webhook of this name: POST /v1/webhooks, or set its hook_secrets."
        )
    return [SecretStr(hook_secret(key)) for key in found.keys(now)]


def _verified(secrets: Sequence[SecretStr], request: Request, body: bytes, now: datetime) -> str:
    """The webhook's id."""
    problem = "no secret"
    for secret in secrets:
        try:
            return verify(secret, request.headers, body, now)
        except BadSignature as error:
            problem = str(error)
    raise Problem(401, f"The signature does not hold: {problem}.")


def _chat(data: Mapping[str, Any]) -> str | None:
    """The chat that a body says it belongs to, itself or the CloudEvent that it is: its lane."""
    inner = data.get("data")
    for holder in (data, inner if isinstance(inner, dict) else {}):
        chat = holder.get("chat_id")
        if isinstance(chat, str) and 0 < len(chat) <= _MOST_CHAT:
            return chat
    return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        # One level deeper, as the event has it: else one of the deepest could not be read again.
        values = from_json(b"[%b]" % body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(422, "The body is no valid JSON, or too deep.") from error
    if len(values) != 1 or not isinstance(values[0], dict):
        raise Problem(422, "The body is no JSON object.")
    found: dict[str, Any] = values[0]
    return found
