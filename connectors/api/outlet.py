"""The way to the broker with a time limit: a request must be answered, whatever is away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from loguru import logger

from connectors.ending import end
from connectors.kafka import Broker, Producer
from schemas.envelope import Record
from schemas.failure import DependencyDown

T = TypeVar("T")


class Outlet:
    """Produces with a limit and knows which topics there are."""

    def __init__(self, broker: Broker) -> None:
        """Nothing is connected yet."""
        self._broker = broker
        self._producer = Producer(broker)
        self._topics: frozenset[str] = frozenset()
        self._unfinished: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Connect; waits until the broker is there."""
        await self._producer.start()

    async def stop(self) -> None:
        """Flush and disconnect."""
        await self._producer.stop()
        await end(self._unfinished)

    async def send(self, topic: str, record: Record, limit: float) -> None:
        """Produce and await the ack for at most `limit` seconds.

        Raises:
            DependencyDown: no ack in time; the record may be written all the same.
            Permanent: the broker refuses this very record.

        """
        await self._within(limit, self._producer.send(topic, record), "the broker did not answer")

    async def has_topic(self, name: str, limit: float) -> bool:
        """Whether the broker has that topic; a topic it did not have is looked for again.

        Raises:
            DependencyDown: the broker is away.

        """
        if name not in self._topics:
            self._topics = await self.topics(limit)
        return name in self._topics

    async def topics(self, limit: float) -> frozenset[str]:
        """The topics the broker has now.

        Raises:
            DependencyDown: the broker is away.

        """
        return await self._within(limit, self._listed(), "the broker does not answer")

    async def _listed(self) -> frozenset[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._broker.bootstrap)
        try:
            await admin.start()
            return frozenset(await admin.list_topics())
        except (KafkaError, OSError) as error:
            raise DependencyDown(f"the broker is away: {error!r}") from error
        finally:
            await admin.close()

    async def _within(self, limit: float, work: Coroutine[Any, Any, T], late: str) -> T:
        """The work's result, or DependencyDown at the limit, without waiting for its clean-up:
        a Kafka client that hangs takes seconds to close.
        """
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait({task}, timeout=limit)
        if done:
            return task.result()
        task.cancel()
        self._unfinished.add(task)
        task.add_done_callback(self._ended)
        raise DependencyDown(f"{late} within {limit:g} s")

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.debug("a call given up ended with {}", repr(task.exception()))
