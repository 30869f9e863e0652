"""Takes actions from webhook accounts' outboxes into PostgreSQL, then commits the offsets."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from loguru import logger
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError

from connectors.database import refuses_value
from connectors.failpoint import reach
from connectors.kafka import Broker, Producer, connect_consumer
from connectors.waiting import patiently
from connectors.webhooks.deliveries import Delivery, DeliveryStore, delivery_of
from connectors.webhooks.endpoint import CHANNEL
from connectors.webhooks.outcome import Word, poison
from schemas.action import Action
from schemas.envelope import Record, decode
from schemas.failure import Permanent, Poison
from schemas.model import Model
from schemas.receipt import State
from schemas.resolution import Resolution
from schemas.sandbox import is_replayed
from schemas.topics import OUTBOX

REPLAYED = Counter("hongyan_webhooks_replayed", "Actions of a replay, which are never posted")
_BATCH: Final = 200
_LINGER_MS: Final = 200
_PATIENCE: Final = 0.5

Drop = Callable[[Resolution], Awaitable[None]]


class Intake:
    """`news` hears of each batch."""

    def __init__(
        self,
        store: DeliveryStore,
        producer: Producer,
        drop: Drop,
        clock: Callable[[], datetime],
        news: asyncio.Event,
    ) -> None:
        """`drop` carries out a person's word that one is not to be posted."""
        self._store = store
        self._producer = producer
        self._drop = drop
        self._clock = clock
        self._news = news

    async def run(self, broker: Broker, prefix: str, member: str) -> None:
        """Take until cancelled; whatever is away is waited for."""
        while True:
            consumer = await connect_consumer(
                broker,
                group=f"{prefix}.webhooks",
                instance=member,
                metadata_max_age_ms=5_000,  # a new account is noticed within 10 s
            )
            consumer.subscribe(pattern=pattern(prefix))
            try:
                while True:
                    await self._step(consumer, prefix)
            except KafkaError as error:
                logger.warning("the webhooks' outboxes are read again: {}", repr(error))
            finally:
                await _close(consumer)
            await asyncio.sleep(_PATIENCE)

    async def _step(self, consumer: AIOKafkaConsumer, prefix: str) -> None:
        fetched: dict[Any, list[ConsumerRecord]] = await consumer.getmany(
            timeout_ms=_LINGER_MS, max_records=_BATCH
        )
        if not fetched:
            return
        records = [record for batch in fetched.values() for record in batch]
        await patiently("the webhooks", lambda: self._taken(records, prefix))
        reach("webhooks.taken")
        self._news.set()
        await consumer.commit({place: batch[-1].offset + 1 for place, batch in fetched.items()})

    async def _taken(self, records: list[ConsumerRecord], prefix: str) -> None:
        fresh: list[tuple[Action, Delivery]] = []
        dropped: list[Resolution] = []
        for record in records:
            if is_replayed(record.headers):
                REPLAYED.inc()
                logger.warning("a replay's action is not posted: {}", record.topic)
                continue
            try:
                asked = _asked(record)
            except Poison as error:
                await self._poisoned(record, prefix, error)
                continue
            if isinstance(asked, Action):
                fresh.append((asked, delivery_of(asked, record, self._clock())))
            elif isinstance(asked, Resolution) and asked.verdict == "drop":
                dropped.append(asked)
        await self._stored(fresh, prefix)
        for resolution in dropped:
            await self._drop(resolution)

    async def _stored(self, fresh: Sequence[tuple[Action, Delivery]], prefix: str) -> None:
        """All of them; one that the database cannot hold dies alone."""
        try:
            await self._store.take(delivery for _, delivery in fresh)
        except DBAPIError as error:
            if not refuses_value(error):
                raise
            if len(fresh) > 1:
                for one in fresh:
                    await self._stored([one], prefix)
                return
            [(action, delivery)] = fresh
            logger.error("a webhook cannot be kept: {}", type(error.orig).__name__)
            for told in _unkeepable(action, delivery, prefix, self._clock()).records():
                await self._told(*told)

    async def _poisoned(self, record: ConsumerRecord, prefix: str, error: Poison) -> None:
        logger.warning("an undecodable record in {}: {}", record.topic, error)
        await self._told(*poison(prefix, record, error))

    async def _told(self, topic: str, record: Record) -> None:
        try:
            await self._producer.send(topic, record)
        except Permanent as refused:
            # Its bytes stay where it came from, for that topic's retention.
            logger.error("the broker refuses a copy of a webhook's record: {}", refused)


def pattern(prefix: str) -> str:
    """A regular expression for the outboxes of all webhook accounts, present and to come."""
    before, after = OUTBOX.name(prefix, channel=CHANNEL, account="0").split(".0.")
    return rf"^{re.escape(before)}\.[a-z0-9-]{{1,40}}\.{re.escape(after)}$"


def _unkeepable(action: Action, delivery: Delivery, prefix: str, at: datetime) -> Word:
    detail = "cannot be kept: an id of it is too long"
    return Word(prefix, delivery, action, State.FAILED, at, "unkeepable", detail)


def _asked(record: ConsumerRecord) -> Model:
    asked = decode(record.headers, record.value)
    if isinstance(asked, Action) and asked.channel != CHANNEL:
        raise Poison(f"an action for the channel {asked.channel} is no webhook")
    return asked


async def _close(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(1.5):
            await consumer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger.warning("a consumer of webhooks did not stop cleanly: {}", repr(error))
