"""The outbox: records in, accepted once; ends out to ledger and receipts, then the offset."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord
from loguru import logger

from connectors.failpoint import reach
from connectors.kafka import Broker, Producer, connect_consumer
from device_agent.job import Job
from device_agent.jobs import Jobs
from device_agent.letterhead import Letterhead
from device_agent.lookups import Lookups
from device_agent.offsets import Offsets
from device_agent.resolving import released
from device_agent.rest import Rest
from schemas import topics
from schemas.action import Action
from schemas.approval import Approval
from schemas.envelope import Record, decode, header
from schemas.failure import Permanent, Poison
from schemas.identity import receipt_id
from schemas.lookup import ChatLookup
from schemas.phone_order import PhoneOrder
from schemas.receipt import State
from schemas.resolution import Resolution
from schemas.sandbox import is_replayed

MOST_OPEN = 500
"""Unfinished records read ahead; then the consumer pauses."""
_RESUME = 400
_CROWD = 200
BEHIND = "behind"
"""The reason of what waits behind another one of its chat."""
Asked = Action | Resolution | Approval | PhoneOrder | ChatLookup
_SMALL_HEADER = 4096  # bytes; larger ones are left out where the whole is refused


class Outbox:
    """One account's outbox topic, as a static member of the account's own group."""

    def __init__(
        self,
        broker: Broker,
        producer: Producer,
        *,
        jobs: Jobs,
        lookups: Lookups,
        rest: Rest,
        head: Letterhead,
    ) -> None:
        """`jobs` decides, `lookups` takes questions, `rest` orders; this moves bytes."""
        self._broker = broker
        self._producer = producer
        self._jobs = jobs
        self._lookups = lookups
        self._rest = rest
        self._head = head
        self._offsets = Offsets()
        self._settle = asyncio.Event()
        self._commit = asyncio.Lock()
        self._consumer: AIOKafkaConsumer | None = None
        self.news = asyncio.Event()

    @property
    def crowded(self) -> bool:
        """Whether so much is open that an order behind it may not be read for long."""
        return self._offsets.open >= _CROWD

    def settle_soon(self) -> None:
        """A job ended or is held."""
        self._settle.set()

    async def consume(self) -> None:
        """Read until cancelled; membership ends without leaving the group (it is static)."""
        account = self._head.account
        self._consumer = await connect_consumer(
            self._broker,
            self._head.topic(topics.OUTBOX),
            group=f"{self._head.prefix}.agent.{account}",
            instance=account,
        )
        try:
            while True:
                await self._turn(self._consumer)
        finally:
            consumer, self._consumer = self._consumer, None
            await asyncio.shield(_stopped(consumer))

    async def _turn(self, consumer: AIOKafkaConsumer) -> None:
        self._throttle(consumer)
        batches: dict[Any, list[ConsumerRecord]] = await consumer.getmany(timeout_ms=200)
        for records in batches.values():
            for record in records:
                await self._take(record)
        if batches:
            self.news.set()
            self.settle_soon()  # what came behind one that waits for a person is to be held
            await self.commit()

    def _throttle(self, consumer: AIOKafkaConsumer) -> None:
        paused = consumer.paused()
        if self._offsets.open >= MOST_OPEN and not paused:
            consumer.pause(*consumer.assignment())
        elif paused and self._offsets.open <= _RESUME:
            consumer.resume(*paused)

    async def _take(self, record: ConsumerRecord) -> None:
        self._offsets.read(record.partition, record.offset)
        if is_replayed(record.headers):
            logger.warning("a replay's record in the outbox is not for people: it is passed over")
            self._offsets.settle(record.partition, record.offset)
            return
        try:
            asked = _asked(record)
        except Poison as error:
            await self._poison(record, error)
            self._offsets.settle(record.partition, record.offset)
            return
        if isinstance(asked, PhoneOrder):
            await self._obey(asked, record)
            return
        if isinstance(asked, Resolution | Approval):
            self._resolve(asked, record)
            return
        if isinstance(asked, ChatLookup):
            self._lookups.ask(asked)  # a question is asked again, not kept
            self._offsets.settle(record.partition, record.offset)
            return
        await self._accept(asked, record)

    async def _accept(self, action: Action, record: ConsumerRecord) -> None:
        last = self._jobs.untold(action)
        if last is not None:  # its end must not be lost under the attempt that follows
            self._jobs.withheld.discard(last.action_id)
            await self._settle_one(last)
        trace = header(record.headers, "traceparent")
        job = self._jobs.accept(action, record.partition, record.offset, trace)
        if job is None or job.closed or job.kept:
            self._offsets.settle(record.partition, record.offset)
        elif not job.settled:
            self.settle_soon()

    async def _obey(self, order: PhoneOrder, record: ConsumerRecord) -> None:
        """At once; its offset passes when the ledger has it."""
        if self._rest.follow(order):
            await self._producer.send(*self._head.order(order))
        self._offsets.settle(record.partition, record.offset)
        self.news.set()

    def _resolve(self, word: Resolution | Approval, record: ConsumerRecord) -> None:
        """A person's word: its offset passes once the ledger has what it came to."""
        waits = self._jobs.resolve(word, record.partition, record.offset)
        reach("agent.resolved")
        if waits is None:
            self._offsets.settle(record.partition, record.offset)
        self.settle_soon()

    async def _poison(self, record: ConsumerRecord, error: Poison) -> None:
        logger.warning("an undecodable record in the outbox: {}", error)
        origin = {
            "x-origin-topic": record.topic,
            "x-origin-partition": str(record.partition),
            "x-origin-offset": str(record.offset),
            "x-error": str(error),
        }
        headers = [*record.headers, *((name, text.encode()) for name, text in origin.items())]
        copy = Record(record.key, record.value, headers)
        if copy.key is None and copy.value is None:
            copy = Record(b"", None, headers)  # the library refuses to send nothing at all
        topic = self._head.topic(topics.POISON)
        try:
            await self._producer.send(topic, copy)
        except Permanent as refused:
            # Its bytes stay where x-origin-… points, for that topic's retention.
            logger.error("a poison record is written without its value: {}", refused)
            slim = [pair for pair in headers if len(pair[1] or b"") <= _SMALL_HEADER]
            dropped = ("x-value-dropped", str(refused).encode()[:1024])
            await self._producer.send(topic, Record(b"", b"", [*slim, dropped]))

    async def settle(self) -> None:
        """Write ends and holds until cancelled: ledger, then receipts, then the offset."""
        while True:
            await self._settle.wait()
            self._settle.clear()
            for job in self._jobs.to_hold():
                self._jobs.put(job.to(State.HELD, self._head.clock()))
            for job in self._jobs.to_park():
                self._jobs.put(job.to(State.WAITING, self._head.clock(), reason=BEHIND))
            await asyncio.gather(*(self._settle_one(job) for job in self._jobs.unsettled()))
            for job in self._jobs.to_release():
                self._jobs.put(released(job, self._head.clock()))
                self._settle.set()
            await self.commit()

    async def _settle_one(self, job: Job) -> None:
        entry = job.entry(self._head.clock())
        await self._producer.send(*self._head.entry(entry, job.traceparent))
        reach("agent.outcome_acked")
        for passed in job.passed:
            receipt = job.receipt(passed)
            identity = receipt_id(
                job.action_id, job.action.attempt, passed.state, passed.at.isoformat()
            )
            await self._producer.send(*self._head.receipt(receipt, identity, job.traceparent))
        reach("agent.receipted")
        if self._jobs.get(job.action_id) == job:
            self._jobs.close(job)
            if job.terminal or job.parked:
                self._offsets.settle(job.partition, job.offset)
            if job.decided is not None:
                self._offsets.settle(*job.decided)
            if job.owed:
                self.news.set()  # it may be worked on now

    async def commit(self) -> None:
        """Commit what is settled; a failure is made good by a later commit or a redelivery."""
        consumer = self._consumer
        if consumer is None:
            return
        async with self._commit:
            ready = self._offsets.take()
            if not ready:
                return
            topic = self._head.topic(topics.OUTBOX)
            try:
                await consumer.commit({TopicPartition(topic, p): o for p, o in ready.items()})
            except (CommitFailedError, IllegalStateError, KafkaError) as error:
                logger.warning("offsets stay uncommitted for now: {}", repr(error))
            reach("agent.committed")


def _asked(record: ConsumerRecord) -> Asked:
    asked = decode(record.headers, record.value)
    if not isinstance(asked, Asked):
        raise Poison(f"{type(asked).__name__} is no action")
    return asked


async def _stopped(consumer: AIOKafkaConsumer) -> None:
    try:
        await asyncio.wait_for(consumer.stop(), 3)
    except (TimeoutError, KafkaError) as error:
        logger.debug("the outbox consumer did not stop cleanly: {}", repr(error))
