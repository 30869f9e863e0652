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

from schemas.failure import Permanent

TOLERANCE = timedelta(minutes=5)

SLUG = re.compile(r"^[a-z0-9-]{1,40}$")
_LEAST = 16  # bytes of a secret; the specification says 24, older senders have fewer
_SECONDS = re.compile(r"^[0-9]{1,12}$")


class BadSignature(Exception):
    """The request is not what the holder of the secret sent just now."""


def require_secret(name: str, secret: SecretStr) -> None:
    """Check at start what would otherwise fail each webhook.

    Raises:
        Permanent: the name is no slug, or the secret is not base64 of at least 16 bytes.

    """
    text = secret.get_secret_value().removeprefix("whsec_")
    try:
        long_enough = len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True)) >= _LEAST
    except (binascii.Error, ValueError):
        long_enough = False
    if not long_enough:
        raise Permanent(
            f"hook_secrets.{name} is no Standard Webhooks secret: "
            "whsec_ and base64 of 24 to 64 random bytes"
        )
    if not SLUG.match(name):
        raise Permanent(f"hook_secrets.{name}: a webhook's name is a slug, [a-z0-9-]{{1,40}}")


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
