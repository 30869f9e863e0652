"""Standard Webhooks signatures: the published vector, and the library's traps (X02)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from connectors.api.signature import BadSignature, require_secret, verify
from schemas.failure import Permanent

# standard-webhooks/standard-webhooks, libraries/python/tests/test_webhooks.py, test_sign_function
SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
THEN = datetime.fromtimestamp(SECONDS, UTC)


def headers(**changed: str) -> dict[str, str]:
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(SECONDS),
        "webhook-signature": SIGNATURE,
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }


def test_the_published_vector_holds() -> None:
    assert verify(SECRET, headers(), BODY, THEN) == ID
    assert Webhook(SECRET.get_secret_value()).sign(ID, THEN, BODY.decode()) == SIGNATURE


def test_the_signature_is_the_documented_hmac() -> None:
    secret = base64.b64decode(SECRET.get_secret_value().removeprefix("whsec_"))
    signed = hmac.digest(secret, f"{ID}.{SECONDS}.".encode() + BODY, hashlib.sha256)
    assert "v1," + base64.b64encode(signed).decode() == SIGNATURE


def test_the_library_signs_another_time_than_an_aware_one_names() -> None:
    """Why only UTC is passed to it: it replaces the zone where it should convert."""
    shanghai = THEN.astimezone(timezone(timedelta(hours=8)))
    assert Webhook(SECRET.get_secret_value()).sign(ID, shanghai, BODY.decode()) != SIGNATURE


def test_a_rotated_secret_may_sign_beside_the_old_one() -> None:
    both = f"v1,{base64.b64encode(b'another').decode()} v1a,ed25519 {SIGNATURE}"
    assert verify(SECRET, headers(webhook_signature=both), BODY, THEN) == ID


def test_a_malformed_entry_does_not_hide_a_good_one() -> None:
    assert verify(SECRET, headers(webhook_signature=f"v1 v1,a,b {SIGNATURE}"), BODY, THEN) == ID


@pytest.mark.parametrize(
    "signature",
    ["", "v1", "v1,", "v1,a,b", "v1,!!!", "v1,你好", "v2," + SIGNATURE[3:], SIGNATURE[:-4]],
)
def test_a_malformed_or_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, headers(webhook_signature=signature), BODY, THEN)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_id": ""},
        {"webhook_id": "msg_other"},
        {"webhook_timestamp": ""},
        {"webhook_timestamp": "soon"},
        {"webhook_timestamp": "nan"},
        {"webhook_timestamp": "999999999999"},
        {"webhook_timestamp": str(SECONDS + 1)},
    ],
)
def test_a_changed_header_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, headers(**changed), BODY, THEN)


@pytest.mark.parametrize("body", [BODY + b" ", b"\xff\xfe", b""])
def test_a_changed_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, headers(), body, THEN)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_time_over_five_minutes_off_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, headers(), BODY, THEN + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_time_of_five_minutes_off_still_holds(seconds: int) -> None:
    assert verify(SECRET, headers(), BODY, THEN + timedelta(seconds=seconds)) == ID


@pytest.mark.parametrize(
    ("name", "secret"), [("shop", "whsec_"), ("shop", "whsec_!!"), ("Shop!", "whsec_" + "A" * 32)]
)
def test_an_unusable_secret_is_named_at_start(name: str, secret: str) -> None:
    with pytest.raises(Permanent, match=f"hook_secrets.{name}"):
        require_secret(name, SecretStr(secret))


def test_a_usable_secret_is_accepted() -> None:
    require_secret("shop", SECRET)
