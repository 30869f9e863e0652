"""A worker's surroundings in a test: produce messages, read outboxes, wait for what is due."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from connectors.kafka import Broker, Producer
from connectors.settings import WorkerSettings
from connectors.topic_setup import ensure_topics, wanted_topics
from schemas.action import Action
from schemas.content import Text
from schemas.envelope import Record, decode
from schemas.topics import DLQ, INBOUND, OUTBOX, POISON, RUNS
from tests.fakes.worker_process import WorkerProcess

PARTITIONS = 4


@dataclass
class Stack:
    """Everything under one topic prefix."""

    bootstrap: str
    dsn: str
    prefix: str
    folder: Path

    def __post_init__(self) -> None:
        self.workers: list[WorkerProcess] = []
        self.producer = Producer(Broker(self.bootstrap))
        self.inbound = INBOUND.name(self.prefix)
        self.outbox = OUTBOX.name(self.prefix, channel="wechat", account="default")
        self.dlq = DLQ.name(self.prefix)
        self.poison = POISON.name(self.prefix)
        self.runs = RUNS.name(self.prefix)

    async def start(self) -> None:
        wanted = wanted_topics(self.prefix, PARTITIONS, (("wechat", "default"),))
        await ensure_topics(Broker(self.bootstrap), wanted)
        await self.producer.start()

    async def stop(self) -> None:
        for worker in self.workers:
            worker.destroy()
        await self.producer.stop()

    def settings(self, **more: object) -> WorkerSettings:
        return WorkerSettings(
            kafka=self.bootstrap,
            postgres=self.dsn,
            topic_prefix=self.prefix,
            chat_partitions=PARTITIONS,
            log_json=False,
            **more,
        )

    def worker(self, name: str = "worker-0", **settings: str) -> WorkerProcess:
        """A worker process, not started."""
        environment = {
            "HONGYAN_KAFKA": self.bootstrap,
            "HONGYAN_POSTGRES": self.dsn,
            "HONGYAN_TOPIC_PREFIX": self.prefix,
            "HONGYAN_CHAT_PARTITIONS": str(PARTITIONS),
            "HONGYAN_WORKER_ID": name,
            "HONGYAN_LOG_JSON": "false",
            "PATH": str(Path(sys.executable).parent),
            **{f"HONGYAN_{key.upper()}": value for key, value in settings.items()},
        }
        made = WorkerProcess(environment, self.folder)
        self.workers.append(made)
        return made

    async def produce(self, records: Iterable[Record], topic: str | None = None) -> None:
        """In order, the whole lot under way at once for each key."""
        by_key: dict[bytes | None, list[Record]] = {}
        for record in records:
            by_key.setdefault(record.key, []).append(record)

        async def one_key(own: list[Record]) -> None:
            for record in own:
                await self.producer.send(topic or self.inbound, record)

        await asyncio.gather(*(one_key(own) for own in by_key.values()))

    async def read(self, topic: str) -> "list[ConsumerRecord[bytes, bytes]]":
        """All of a topic's records so far, each partition in order."""
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            places = sorted(consumer.assignment())
            ends = await consumer.end_offsets(places)
            found: list[ConsumerRecord[bytes, bytes]] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    found += batch
            return found
        finally:
            await consumer.stop()

    async def actions(self) -> list[Action]:
        found = []
        for record in await self.read(self.outbox):
            model = decode(record.headers, record.value)
            assert isinstance(model, Action)
            found.append(model)
        return found

    async def wait_for_actions(
        self, enough: Callable[[list[Action]], bool], within: float = 20
    ) -> list[Action]:
        actions: list[Action] = []
        try:
            async with asyncio.timeout(within):
                while not enough(actions := await self.actions()):  # noqa: ASYNC110  # a broker
                    await asyncio.sleep(0.1)
        except TimeoutError:
            tails = "\n".join(worker.tail() for worker in self.workers)
            raise AssertionError(f"only {len(actions)} actions\n{tails}") from None
        return actions

    async def wait_for_records(
        self, topic: str, count: int, within: float = 20
    ) -> "list[ConsumerRecord[bytes, bytes]]":
        async with asyncio.timeout(within):
            while len(found := await self.read(topic)) < count:  # noqa: ASYNC110  # a broker
                await asyncio.sleep(0.1)
        return found


def texts(actions: Iterable[Action]) -> list[str]:
    """What they would send, each action once, in the order of first deliveries."""
    first: dict[str, str] = {}
    for action in actions:
        assert isinstance(action.content, Text)
        first.setdefault(action.action_id, action.content.text)
    return list(first.values())
