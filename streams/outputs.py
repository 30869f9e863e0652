"""Everything the worker writes to topics: actions, dead letters, poison, and the log of runs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime

from loguru import logger

from connectors.kafka import Producer
from connectors.turns import Turn
from schemas.envelope import Record, encode
from schemas.event import Event
from schemas.failure import Permanent, Poison, Retryable
from schemas.identity import run_id
from schemas.topics import DLQ, INBOUND, POISON, RUNS
from streams import measures
from streams.dead_letter import WAITING, poisoned
from streams.delivery import Delivery
from streams.destinations import Destinations
from streams.quarantine import quarantined
from streams.ran import Run, briefly
from streams.shelf import Shelf
from streams.turn import Whole, child_trace

SOURCE = "hongyan/worker"

_SMALL_HEADER = 4096  # bytes; larger ones are left out where the whole is refused
_MOST_RUNS = 10_000  # waiting to be written; more are dropped and counted

Addressed = list[tuple[str, Record]]
"""Records and the topics they go to."""


class Outputs:
    """Writes await the broker's ack, but for the log of runs, which nobody waits for."""

    def __init__(
        self, prefix: str, producer: Producer, destinations: Destinations, shelf: Shelf
    ) -> None:
        """The producer's owner starts and stops it."""
        self._shelf = shelf
        self._prefix = prefix
        self._producer = producer
        self._destinations = destinations
        self._runs: deque[Run] = deque()
        self._dropped = 0
        self._some_runs = asyncio.Event()

    async def address(self, turn: Turn, event: Event, traceparent: str | None) -> Addressed:
        """The records of a turn's actions, made before it is stored: a turn that can never be
        produced must not win.

        Raises:
            Permanent: an account has no outbox, an action is over the size limit, or no text.
            DependencyDown: the broker cannot say which outboxes there are.

        """
        with Whole(turn.instance):
            return await self._addressed(turn, event, traceparent)

    async def _addressed(self, turn: Turn, event: Event, traceparent: str | None) -> Addressed:
        return [
            (
                await self._destinations.topic(action),
                encode(
                    action,
                    id=action.action_id,
                    source=SOURCE,
                    time=action.requested_at,
                    subject=action.chat_id,
                    traceparent=child_trace(traceparent, event.event_id, action.action_id),
                ),
            )
            for action in turn.actions
        ]

    async def produce(self, records: Addressed) -> None:
        """Write in order, each after the ack of the one before.

        Raises:
            Permanent: the broker refuses a record for good.

        """
        for topic, record in records:
            await self._producer.send(topic, record)

    async def put_off(self, topic: str, delivery: Delivery, record: Record) -> bool:
        """Write a retry record, to the same partition number where only that says its lane.

        False: the broker refuses it for good, and it became a dead letter.
        """
        partition = delivery.partition if record.key is None else None
        try:
            await self._producer.send(topic, record, partition=partition)
        except Permanent as refused:
            logger.error("a retry is refused: {}", refused)
            headers = [pair for pair in record.headers if pair[0] not in WAITING]
            await self.bury(Record(record.key, record.value, headers))
            return False
        return True

    async def bury(self, record: Record) -> None:
        """Write a dead letter; it must go somewhere, so one refused as it is goes without value."""
        topic = DLQ.name(self._prefix)
        try:
            await self._producer.send(topic, record)
        except Permanent as refused:
            logger.error("a dead letter is written without its value: {}", refused)
            slim = [*record.headers, ("x-value-dropped", str(refused).encode()[:1024])]
            await self._producer.send(topic, Record(record.key, None, slim))
        measures.died(record)

    async def poison(self, delivery: Delivery, failure: Poison) -> None:
        """Write an undecodable record's own bytes."""
        logger.warning("poison at {}/{}: {}", delivery.place, delivery.offset, failure)
        measures.POISON.inc()
        record = poisoned(delivery, failure)
        if record.key is None and record.value is None:  # which no broker takes
            record = Record(None, b"", [*record.headers, ("x-value-null", b"true")])
        topic = POISON.name(self._prefix)
        try:
            await self._producer.send(topic, record)
        except Permanent as refused:
            # Its bytes stay where x-origin-… points, for that topic's retention.
            logger.error("a poison record is written without its value: {}", refused)
            slim = [pair for pair in record.headers if len(pair[1] or b"") <= _SMALL_HEADER]
            dropped = ("x-value-dropped", str(refused).encode()[:1024])
            await self._producer.send(topic, Record(None, b"", [*slim, dropped]))

    async def alarm(self, instance: str, why: str, at: datetime) -> None:
        """Write that an instance is in quarantine, as an event that plugins and people can see."""
        event = quarantined(instance, why, at)
        record = encode(event, id=event.event_id, source=SOURCE, time=at)
        await self._producer.send(INBOUND.name(self._prefix), record)

    def ran(self, run: Run) -> None:
        """Note a run; it is written soon, or dropped and counted where too many wait."""
        if len(self._runs) >= _MOST_RUNS:
            self._dropped += 1
            return
        self._runs.append(run)
        self._some_runs.set()

    async def write_runs(self) -> None:
        """Write noted runs for ever."""
        topic = RUNS.name(self._prefix)
        while True:
            await self._some_runs.wait()
            self._some_runs.clear()
            while self._runs:
                group = [self._runs.popleft() for _ in range(min(500, len(self._runs)))]
                records = [record for run in group async for record in self._run_record(run)]
                lost = await self._producer.send_unheard(topic, records)
                lost, self._dropped = lost + self._dropped, 0
                if lost:
                    logger.warning("{} runs were not written to {}", lost, topic)

    async def _run_record(self, noted: Run) -> AsyncIterator[Record]:
        run = noted.record()
        name = run_id(run.turn_id, run.started_at.isoformat())
        try:
            if run.calls:
                run = run.model_copy(update={"calls": await self._shelf.shelved(run.calls)})
            yield encode(run, id=name, source=SOURCE, time=run.started_at)
        except (Permanent, Retryable) as refused:
            try:
                yield encode(briefly(run), id=name, source=SOURCE, time=run.started_at)
            except Permanent:
                logger.warning("a run is not written: {}", refused)
