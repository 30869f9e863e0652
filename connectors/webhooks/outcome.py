"""What a webhook's way says in topics: ledger, receipts, dead letters, poison. Pure."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from aiokafka.structs import ConsumerRecord

from connectors.webhooks.deliveries import Delivery
from connectors.webhooks.endpoint import CHANNEL
from schemas.action import Action
from schemas.envelope import Headers, Record, encode, header
from schemas.failure import Poison
from schemas.identity import receipt_id
from schemas.ledger import ActionEntry
from schemas.model import Model
from schemas.receipt import Receipt, State
from schemas.topics import DLQ, LEDGER, OUTBOX, POISON, RECEIPTS

SOURCE: Final = "hongyan/webhooks"
Addressed = tuple[str, Record]
_KINDS: Final = {State.FAILED: "bad_request", State.EXPIRED: "expired"}


@dataclass(frozen=True)
class Word:
    """A state that a delivery reached at `at`: `reason` is a stable code, `detail` a sentence."""

    prefix: str
    delivery: Delivery
    action: Action
    state: State
    at: datetime
    reason: str
    detail: str
    not_before: datetime | None = None

    def records(self) -> list[Addressed]:
        """In the order in which they are to be acked: the ledger first; what died ends with its
        dead letter.
        """
        dead = [self._letter()] if self.state in _KINDS else []
        return [self._entry(), self._receipt(), *dead]

    def _entry(self) -> Addressed:
        action = self.action
        entry = ActionEntry(
            action_id=action.action_id,
            chat_id=action.chat_id,
            attempt=action.attempt,
            state=self.state,
            at=self.at,
            not_before=self.not_before,
            reason=self.reason,
            held=action.model_dump_json() if self.state is State.WAITING else None,
            partition=self.delivery.partition,
            offset=self.delivery.offset,
        )
        topic = LEDGER.name(self.prefix, channel=CHANNEL, account=self.delivery.account)
        return topic, self._encoded(entry, f"{entry.action_id}@{self.at.isoformat()}")

    def _receipt(self) -> Addressed:
        action = self.action
        receipt = Receipt(
            action_id=action.action_id,
            channel=action.channel,
            account=action.account,
            chat_id=action.chat_id,
            state=self.state,
            attempt=action.attempt,
            at=self.at,
            reason=None if self.state is State.SENT else self.reason,
            detail=self.detail,
            event_id=action.event_id,
            not_before=self.not_before,
        )
        name = receipt_id(action.action_id, action.attempt, self.state, self.at.isoformat())
        return RECEIPTS.name(self.prefix), self._encoded(receipt, name)

    def _encoded(self, model: Model, identity: str) -> Record:
        return encode(
            model,
            id=identity,
            source=SOURCE,
            time=self.at,
            subject=self.action.chat_id,
            traceparent=header(self.delivery.headers, "traceparent"),
        )

    def _letter(self) -> Addressed:
        """The action's record, its bytes copied, with what it died of; a redrive posts it again."""
        account, at = self.delivery.account, str(int(self.at.timestamp() * 1000))
        outbox = OUTBOX.name(self.prefix, channel=CHANNEL, account=account)
        first = {
            "x-origin-topic": outbox,
            "x-origin-partition": str(self.delivery.partition),
            "x-origin-offset": str(self.delivery.offset),
            "x-first-failed-ms": at,
        }
        fault = f"{CHANNEL}|{account}|{self.reason}"
        latest = {
            "x-return-to": outbox,
            "x-instance": f"{CHANNEL}-{account}",
            "x-event-id": self.action.action_id,
            "x-attempt": str(self.action.attempt),
            "x-last-failed-ms": at,
            "x-error-type": self.reason,
            "x-error-kind": _KINDS[self.state],
            "x-error-message": f"the webhook {account} {self.detail}",
            "x-error-fingerprint": sha256(fault.encode()).hexdigest()[:16],
        }
        headers: Headers = [pair for pair in self.delivery.headers if pair[0] not in latest]
        before = {name for name, _ in headers}
        headers += [(name, text.encode()) for name, text in first.items() if name not in before]
        headers += [(name, text.encode()) for name, text in latest.items()]
        return DLQ.name(self.prefix), Record(self.action.key, self.delivery.value, headers)


def poison(prefix: str, record: ConsumerRecord, error: Poison) -> Addressed:
    """An undecodable record of an outbox, untouched, and where it came from."""
    added = {
        "x-origin-topic": record.topic,
        "x-origin-partition": str(record.partition),
        "x-origin-offset": str(record.offset),
        "x-error-type": type(error).__name__,
        "x-error-message": str(error)[:1024],
    }
    headers = [*record.headers, *((name, text.encode()) for name, text in added.items())]
    # The library refuses to send nothing at all.
    key = record.key if record.key is not None or record.value is not None else b""
    return POISON.name(prefix), Record(key, record.value, headers)
