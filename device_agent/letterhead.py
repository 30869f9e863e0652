"""What the agent's records have in common: account, topics, source and trace."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from schemas import topics
from schemas.contact import ContactsRead, GroupMembers, KnownContact
from schemas.envelope import Record, encode
from schemas.ledger import ActionEntry, Tail
from schemas.lookup import LookupAnswer
from schemas.model import Model
from schemas.phone import DeviceState, KnownChat
from schemas.phone_order import PhoneOrder
from schemas.receipt import Receipt
from schemas.topics import Topic

CHANNEL = "wechat"


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def new_trace() -> str:
    """A fresh W3C traceparent, sampled."""
    return f"00-{token_hex(16)}-{token_hex(8)}-01"


@dataclass(frozen=True)
class Letterhead:
    """Makes the records of one account. The clock is `clock`."""

    account: str
    prefix: str
    clock: Callable[[], datetime] = now

    def topic(self, topic: Topic) -> str:
        """The topic's name for this account."""
        return topic.name(self.prefix, channel=CHANNEL, account=self.account)

    def event(self, event: Model, event_id: str) -> tuple[str, Record]:
        """An inbound record."""
        return self.topic(topics.INBOUND), self._encoded(event, event_id, new_trace())

    def chat(self, chat: KnownChat) -> tuple[str, Record]:
        """A contacts record."""
        return self.topic(topics.CONTACTS), self._encoded(chat, f"{chat.chat_id}@{chat.at}")

    def contact(self, contact: KnownContact) -> tuple[str, Record]:
        """A contacts record of a person."""
        identity = f"{contact.contact_id}@{contact.at}"
        return self.topic(topics.CONTACTS), self._encoded(contact, identity)

    def members(self, members: GroupMembers) -> tuple[str, Record]:
        """A contacts record of a group's people."""
        identity = f"members:{members.chat_id}@{members.at}"
        return self.topic(topics.CONTACTS), self._encoded(members, identity)

    def whole_reading(self, read: ContactsRead) -> tuple[str, Record]:
        """The contacts record that says when the address book was read whole."""
        return self.topic(topics.CONTACTS), self._encoded(read, f"read:{read.account}@{read.at}")

    def gone(self, key: bytes) -> tuple[str, Record]:
        """A tombstone for a key of the contacts; its time says what it may take away."""
        at = self.clock().isoformat()
        headers = [("ce_time", at.encode()), ("ce_id", f"gone:{key.decode()}@{at}".encode())]
        return self.topic(topics.CONTACTS), Record(key, None, headers)

    def tail(self, tail: Tail) -> tuple[str, Record]:
        """A ledger record of a chat."""
        return self.topic(topics.LEDGER), self._encoded(tail, f"{tail.chat_id}@{tail.at}")

    def entry(self, entry: ActionEntry, trace: str | None) -> tuple[str, Record]:
        """A ledger record of an action."""
        identity = f"{entry.action_id}@{entry.at}"
        return self.topic(topics.LEDGER), self._encoded(entry, identity, trace)

    def receipt(self, receipt: Receipt, identity: str, trace: str | None) -> tuple[str, Record]:
        """A receipts record."""
        return self.topic(topics.RECEIPTS), self._encoded(receipt, identity, trace)

    def order(self, order: PhoneOrder) -> tuple[str, Record]:
        """The ledger record of a person's order to the phone."""
        record = self._encoded(order, f"{order.order_id}@{order.at}")
        return self.topic(topics.LEDGER), Record(order.ledger_key, record.value, record.headers)

    def answer(self, answer: LookupAnswer) -> tuple[str, Record]:
        """The answer to a question, beside the receipts."""
        return self.topic(topics.RECEIPTS), self._encoded(answer, f"answer:{answer.lookup_id}")

    def device(self, state: DeviceState) -> tuple[str, Record]:
        """A devices record."""
        return self.topic(topics.DEVICES), self._encoded(state, f"{state.account}@{state.at}")

    def _encoded(self, model: Model, identity: str, trace: str | None = None) -> Record:
        return encode(
            model,
            id=identity,
            source=f"/hongyan/agent/{self.account}",
            time=self.clock(),
            traceparent=trace,
        )
