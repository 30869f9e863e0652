"""A webhook on its way, as the relay stores it."""

from datetime import UTC, datetime, timedelta

from connectors.webhooks.deliveries import Delivery
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import encode
from schemas.receipt import State

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
ACTION = Action(
    action_id="a/0",
    channel="webhook",
    account="crm",
    chat_id="orders",
    content=Text(text="到货了"),
    requested_at=AT,
)


def waiting_delivery(action: Action = ACTION, *, not_before: datetime) -> Delivery:
    record = encode(action, id=action.action_id, source="test", time=AT)
    return Delivery(
        action_id=action.action_id,
        account=action.account,
        lane=action.key.decode(),
        attempt=action.attempt,
        state=State.QUEUED,
        tries=0,
        not_before=not_before,
        expires_at=not_before + timedelta(days=1),
        taken_at=not_before,
        partition=0,
        offset=0,
        key=record.key,
        value=record.value or b"",
        headers=record.headers,
    )
