"""Standard Webhooks signatures: whether a request was sent by who holds the secret.

Specification 1.0.0 (https://github.com/standard-webhooks/standard-webhooks, spec/).
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)

_SECONDS = re.compile(r"^[0-9]{1,12}$")


class BadSignature(Exception):
    """The request is not what the holder of the secret sent just now."""


def verify(secret: SecretStr, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The verified `webhook-id`; header names are lower-case. Pure.

    The library signs; the comparison is ours, for its own raises ValueError on a malformed entry
    of the header even when a good one follows, and reads the wall clock.

    Raises:
        BadSignature: a header is missing or malformed, the time is over 5 minutes off, or no
            signature fits.

    """
    identifier = headers.get("webhook-id", "")
    seconds = headers.get("webhook-timestamp", "")
    if not identifier or not _SECONDS.match(seconds):
        raise BadSignature("webhook-id or webhook-timestamp is missing or malformed")
    try:
        sent_at = datetime.fromtimestamp(int(seconds), UTC)  # sign() wants UTC
        text = body.decode()
    except (ValueError, OverflowError, OSError) as error:
        raise BadSignature("the time or the body cannot be read") from error
    if abs(now - sent_at) > TOLERANCE:
        raise BadSignature("webhook-timestamp is more than 5 minutes off")
    signed = Webhook(secret.get_secret_value()).sign(identifier, sent_at, text)
    expected = base64.b64decode(signed.removeprefix("v1,"))
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected, _version_1(entry)) for entry in given):
        raise BadSignature("no signature fits")
    return identifier


def _version_1(entry: str) -> bytes:
    version, _, signature = entry.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""
