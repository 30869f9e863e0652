"""Carries a person's order to an account's phone: audited, kept in its ledger, then told."""

from datetime import datetime
from typing import Final

from connectors.kafka import Producer
from schemas.envelope import Record, encode
from schemas.failure import BadRequest
from schemas.identity import order_id
from schemas.phone_order import Order, PhoneOrder
from schemas.topics import LEDGER, OUTBOX, REDRIVE

SOURCE: Final = "hongyan/phone"


def ordered(account: str, order: Order, *, by: str, reason: str, at: datetime) -> PhoneOrder:
    """An order as it will travel. Pure.

    Raises:
        BadRequest: no reason was given.

    """
    if not reason.strip():
        raise BadRequest("a reason is needed: it is what others read in the audit")
    return PhoneOrder(
        order_id=order_id(account, order, at.isoformat()),
        account=account,
        order=order,
        by=by,
        reason=reason,
        at=at,
    )


def topics_of(account: str, prefix: str) -> tuple[str, ...]:
    """Where the account's agent finds its orders; an account that was never enrolled has none."""
    names = {"channel": "wechat", "account": account}
    return LEDGER.name(prefix, **names), OUTBOX.name(prefix, **names)


async def give(producer: Producer, prefix: str, order: PhoneOrder) -> None:
    """Audit an order, keep it and tell the agent; all acked. An agent that is away finds it in the
    ledger, before it sends anything; of two, the later one counts.

    Raises:
        Permanent: the broker refuses it.

    """
    record = encode(
        order, id=order.order_id, source=SOURCE, time=order.at, subject=f"account/{order.account}"
    )
    await producer.send(REDRIVE.name(prefix), record)
    names = {"channel": order.channel, "account": order.account}
    kept = Record(order.ledger_key, record.value, record.headers)
    await producer.send(LEDGER.name(prefix, **names), kept)
    await producer.send(OUTBOX.name(prefix, **names), record)
