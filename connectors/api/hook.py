"""`/hooks/generic/{name}`: signed webhooks become events."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from pydantic_core import from_json

from connectors.api.footing import OnFooting
from connectors.api.problem import PROBLEMS, Problem, away
from connectors.api.signature import BadSignature, verify
from connectors.telemetry import span
from schemas.envelope import encode
from schemas.event import WebhookReceived
from schemas.failure import DependencyDown, Permanent
from schemas.identity import office_event_id
from schemas.topics import INBOUND

CHANNEL = "webhook"
PRODUCE_LIMIT = 1.5  # seconds; past it the sender is told to come again

router = APIRouter(prefix="/hooks/generic", tags=["webhooks"], responses=PROBLEMS)


class Taken(BaseModel):
    """The event is stored."""

    id: str


@router.post("/{name}", status_code=202, summary="Take a signed webhook")
async def take_webhook(name: str, request: Request, footing: OnFooting) -> Taken:
    """202 after the broker has the event; the same webhook-id gives the same event."""
    secret = footing.settings.hook_secrets.get(name)
    if secret is None:
        raise Problem(404, "There is no webhook of this name; add its secret to the hook_secrets.")
    body = await request.body()
    now = footing.clock()
    try:
        webhook_id = verify(secret, request.headers, body, now)
    except BadSignature as error:
        raise Problem(401, f"The signature does not hold: {error}.") from error
    event = WebhookReceived(
        event_id=office_event_id(CHANNEL, name, webhook_id),
        channel=CHANNEL,
        account=name,
        observed_at=now,
        source=name,
        data=_object(body),
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


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(422, "The body is no valid JSON.") from error
    if not isinstance(value, dict):
        raise Problem(422, "The body is no JSON object.")
    return value
