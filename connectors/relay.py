"""The relay: a process of jobs between the topics and the rest: projection, purge, and those that
the caller brings along.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from loguru import logger
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.database import meaning, migrate_patiently, open_engine
from connectors.ending import end
from connectors.failpoint import arm, reach
from connectors.kafka import Broker, connect_consumer
from connectors.logs import set_up_logs
from connectors.media.address import open_store
from connectors.metrics import serve_metrics
from connectors.projection import Write, carry_out, topic_pattern, writes
from connectors.retention import purge_hourly, sweep_media_hourly
from connectors.settings import RelaySettings
from schemas.failure import Poison, Retryable

GROUP = "projection"
BATCH = 500  # records
_LINGER_MS = 200  # the longest wait for a first record before the loop looks round
_PATIENCE = 0.5  # seconds between tries while something is away
_FAREWELL = 1.5  # seconds to finish a batch, and again to close the consumer, when told to stop

PROJECTED = Counter("hongyan_projected", "Records written to PostgreSQL", ["topic"])
UNDECODABLE = Counter("hongyan_undecodable", "Records passed over: no record of ours", ["topic"])
REFUSED = Counter("hongyan_refused", "Records passed over: PostgreSQL cannot hold them", ["topic"])
BATCH_SECONDS = Histogram("hongyan_projection_batch_seconds", "Seconds one batch took to commit")


class Projector:
    """Consumes the projected topics and commits their offsets after PostgreSQL's commit."""

    def __init__(self, settings: RelaySettings, engine: AsyncEngine) -> None:
        """Nothing is connected yet."""
        self._settings = settings
        self._engine = engine

    async def run(self) -> None:
        """Project without end; ends by cancellation, with the batch at hand undone or whole.

        The broker or the database may be away at any time, for any length: it waits, holding the
        batch, and goes on.
        """
        while True:
            consumer = await self._connected()
            try:
                self._say_ready()
                while True:
                    await self._step(consumer)
            except KafkaError as error:
                logger.warning("the projection connects again: {}", repr(error))
            finally:
                await _close(consumer)
            await asyncio.sleep(_PATIENCE)

    async def _connected(self) -> AIOKafkaConsumer:
        prefix = self._settings.topic_prefix
        consumer = await connect_consumer(
            Broker(self._settings.kafka),
            group=f"{prefix}.{GROUP}",
            instance=self._settings.relay_id,
            metadata_max_age_ms=5_000,  # a new account's outbox is noticed within 10 s
        )
        consumer.subscribe(pattern=topic_pattern(prefix))
        return consumer

    def _say_ready(self) -> None:
        if self._settings.ready_file is not None:
            self._settings.ready_file.touch()

    async def _step(self, consumer: AIOKafkaConsumer) -> None:
        fetched = await consumer.getmany(timeout_ms=_LINGER_MS, max_records=BATCH)
        if not fetched:
            return
        reach("relay.received")
        await self._store([record for records in fetched.values() for record in records])
        reach("relay.stored")
        await _commit(
            consumer, {place: records[-1].offset + 1 for place, records in fetched.items()}
        )
        reach("relay.committed")

    async def _store(self, records: list[ConsumerRecord]) -> None:
        """Write a batch, however long the database is away."""
        told = False
        batch = [(record, found) for record in records if (found := _decoded(record)) is not None]
        while batch:
            began = time.perf_counter()
            try:
                await self._write([write for _, found in batch for write in found])
            except Retryable as error:
                if not told:
                    logger.warning("the projection waits: {}", error)
                    told = True
                await asyncio.sleep(_PATIENCE)
            except DBAPIError:
                # One record in it is more than PostgreSQL can hold: find it, keep the others.
                await self._store_singly(batch)
                return
            else:
                BATCH_SECONDS.observe(time.perf_counter() - began)
                _count(PROJECTED, (record for record, _ in batch))
                return

    async def _store_singly(self, batch: list[tuple[ConsumerRecord, list[Write]]]) -> None:
        for record, found in batch:
            while True:
                try:
                    await self._write(found)
                except Retryable:
                    await asyncio.sleep(_PATIENCE)
                    continue
                except DBAPIError as error:
                    _count(REFUSED, [record])
                    logger.error(
                        "passed over {}[{}] at {}: PostgreSQL refuses it: {}",
                        record.topic,
                        record.partition,
                        record.offset,
                        type(error.orig).__name__,  # its message would quote what people wrote
                    )
                else:
                    _count(PROJECTED, [record])
                break

    async def _write(self, found: list[Write]) -> None:
        with meaning():
            async with self._engine.begin() as connection:
                await carry_out(connection, found)


def _decoded(record: ConsumerRecord) -> list[Write] | None:
    try:
        return writes(record)
    except Poison:
        # The worker moves undecodable events to `bot.poison`; here they are counted.
        _count(UNDECODABLE, [record])
        return None


def _count(counter: Counter, records: Iterable[ConsumerRecord]) -> None:
    for record in records:
        counter.labels(topic=record.topic).inc()


async def _commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Commit; a refusal means that another relay has the partition now and reads it again."""
    try:
        await consumer.commit(offsets)
    except KafkaError as error:
        logger.warning("offsets not committed, records will come again: {}", repr(error))


async def _close(consumer: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(_FAREWELL):
            await consumer.stop()
    except (TimeoutError, KafkaError, OSError) as error:
        logger.warning("the consumer did not stop cleanly: {}", repr(error))


Job = Callable[[RelaySettings], Awaitable[None]]
"""A job of another room, which this one cannot import; it runs until it is cancelled."""


async def _main(settings: RelaySettings, jobs: Iterable[Job]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    work = asyncio.create_task(_work(settings, jobs))
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    await end({work, stopped})
    if not stopping.is_set() and work.done():
        work.result()  # it ended by itself: only an error can do that


async def _work(settings: RelaySettings, jobs: Iterable[Job]) -> None:
    dsn = settings.postgres.get_secret_value()
    await migrate_patiently(dsn)
    engine = open_engine(dsn, size=2)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Projector(settings, engine).run(), name="projection")
            tasks.create_task(purge_hourly(engine, lambda: datetime.now(UTC)), name="purge")
            sweep = sweep_media_hourly(open_store(settings), lambda: datetime.now(UTC))
            tasks.create_task(sweep, name="media")
            for job in jobs:
                tasks.create_task(_running(job, settings))
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await engine.dispose()


async def _running(job: Job, settings: RelaySettings) -> None:
    await job(settings)


def run(settings: RelaySettings, jobs: Iterable[Job] = ()) -> None:
    """Run until SIGTERM or SIGINT; ends within 3 s of it."""
    set_up_logs("relay", settings)
    arm(settings.failpoint, settings.failpoint_flag)
    serve_metrics(settings)
    asyncio.run(_main(settings, jobs))
