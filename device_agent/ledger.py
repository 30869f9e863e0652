"""What the topics already know of an account: chats, tails and action states, read to their end."""

import asyncio
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from loguru import logger

from connectors.kafka import Broker, read_whole
from device_agent.letterhead import Letterhead
from schemas import topics
from schemas.contact import ContactsRead, GroupMembers, KnownContact
from schemas.envelope import decode
from schemas.failure import Poison
from schemas.ledger import ActionEntry, Tail
from schemas.model import Model
from schemas.phone import KnownChat
from schemas.phone_order import PhoneOrder

_PATIENCE = 0.5


@dataclass
class Memory:
    """The last word of each key."""

    chats: dict[str, KnownChat] = field(default_factory=dict)
    tails: dict[str, Tail] = field(default_factory=dict)
    entries: dict[str, ActionEntry] = field(default_factory=dict)
    book: dict[bytes, Model] = field(default_factory=dict)
    orders: list[PhoneOrder] = field(default_factory=list)


async def remember(broker: Broker, head: Letterhead) -> Memory:
    """Read contacts and ledger whole; waits for the broker."""
    while True:
        memory = Memory()
        try:
            for topic in (head.topic(topics.CONTACTS), head.topic(topics.LEDGER)):
                async for record in read_whole(broker, topic):
                    if record.value is None:
                        _forget(memory, record.key or b"")
                    else:
                        _add(memory, _read(record, topic, head), head.account)
        except (KafkaError, OSError) as error:
            logger.warning("the ledger cannot be read yet: {}", repr(error))
            await asyncio.sleep(_PATIENCE)
        except Poison as error:
            logger.error("a record of the ledger cannot be read: {}", error)
            await asyncio.sleep(10 * _PATIENCE)  # reading goes on, nothing is sent
        else:
            return memory


def _read(record: ConsumerRecord, topic: str, head: Letterhead) -> Model | None:
    """A record; None for a contact this version cannot read. In the ledger one might be an intent,
    so there it is no less than a stop.
    """
    try:
        return decode(record.headers, record.value)
    except Poison as error:
        if topic == head.topic(topics.LEDGER):
            raise
        logger.warning("passing over a record of {}: {}", topic, error)
        return None


def _forget(memory: Memory, key: bytes) -> None:
    """A tombstone: a chat made by mistake, or a contact that is gone."""
    memory.book.pop(key, None)
    kind, _, chat_id = key.decode(errors="replace").rpartition(":")
    if kind.startswith("chat:"):
        memory.chats.pop(chat_id, None)


def _add(memory: Memory, model: Model | None, account: str) -> None:
    if isinstance(model, KnownChat) and model.account == account:
        memory.chats[model.chat_id] = model
    elif isinstance(model, KnownContact | GroupMembers | ContactsRead):
        if model.account == account:
            memory.book[model.key] = model
    elif isinstance(model, Tail):
        memory.tails[model.chat_id] = model
    elif isinstance(model, PhoneOrder):
        memory.orders.append(model)
    elif isinstance(model, ActionEntry):
        memory.entries[model.action_id] = model
