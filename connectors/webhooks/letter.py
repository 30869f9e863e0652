"""A webhook's body and headers: a CloudEvent in JSON, signed as Standard Webhooks says. Pure.

CloudEvents 1.0, JSON format; Standard Webhooks 1.0.0, whose `timestamp` is an extension attribute.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import orjson
from standardwebhooks import Webhook

from schemas.action import Action
from schemas.failure import BadRequest

CONTENT_TYPE: Final = "application/cloudevents+json"
AGENT: Final = "hongyan"
SECRET_BYTES: Final = 32
_LEAST, _MOST = 24, 64


def new_secret(chance: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A secret of 256 random bits."""
    return "whsec_" + base64.b64encode(chance(SECRET_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Refuse what Standard Webhooks does not take as a secret.

    Raises:
        BadRequest: it does not repeat it.

    """
    text = secret.removeprefix("whsec_")
    try:
        size = len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not _LEAST <= size <= _MOST:
        raise BadRequest(f"the secret is whsec_ and base64 of {_LEAST} to {_MOST} random bytes")


def hook_secret(secret: str) -> str:
    """What the receiver signs with when it writes to us: another secret, so that nobody can send
    our own webhooks back to us.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.digest(key, b"hongyan hook", "sha256")
    return "whsec_" + base64.b64encode(made).decode()


def body(action: Action) -> bytes:
    """The same bytes for every try of one attempt."""
    at = action.requested_at.isoformat()
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": action.action_id,
            "type": action.TYPE,
            "source": "hongyan",
            "subject": action.chat_id,
            "time": at,
            "timestamp": at,
            "datacontenttype": "application/json",
            "data": action.model_dump(mode="json", exclude_none=True),
        }
    )


def headers(
    action: Action, content: bytes, keys: Sequence[str], now: datetime, trace: str | None
) -> dict[str, str]:
    """What goes with the body. `webhook-id` is the action's: the receiver drops what it knows.
    Each key signs, so that one may be replaced without a gap.
    """
    moment = now.astimezone(UTC)
    text = content.decode()
    signed = [Webhook(key).sign(action.action_id, moment, text) for key in keys]
    told = {
        "content-type": CONTENT_TYPE,
        "user-agent": AGENT,
        "webhook-id": action.action_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signed),
    }
    return told if trace is None else told | {"traceparent": trace}
