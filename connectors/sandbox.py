"""Writes what a replay answered, to the topics of its session and nowhere else."""

from collections.abc import Iterable
from typing import Final

from aiokafka.structs import RecordMetadata

from connectors.kafka import Broker, Producer
from connectors.topic_setup import Wanted, ensure_topics
from schemas.action import Action
from schemas.envelope import Record, encode
from schemas.failure import Bug
from schemas.sandbox import RETENTION, SESSION_HEADER, session_topics

SOURCE: Final = "hongyan/replay"


class SandboxProducer(Producer):
    """The first barrier against sending: it refuses every topic but its session's."""

    def __init__(self, broker: Broker, session: str, prefix: str) -> None:
        """Raises ValueError where `session` is no slug."""
        super().__init__(broker)
        self._session = session
        self._topics = session_topics(session, prefix)

    @property
    def outbox(self) -> str:
        """Where a session's answers are read."""
        return f"{self._topics}outbox.v1"

    async def send(
        self, topic: str, record: Record, *, partition: int | None = None
    ) -> RecordMetadata:
        """As `Producer.send`, marked for the second barrier.

        Raises:
            Bug: the topic is not the session's.

        """
        if not topic.startswith(self._topics):
            raise Bug(f"a replay writes to {self._topics}* alone, not to {topic}")
        marked = [*record.headers, (SESSION_HEADER, self._session.encode())]
        return await super().send(
            topic, Record(record.key, record.value, marked), partition=partition
        )

    async def send_unheard(self, topic: str, records: Iterable[Record]) -> int:
        """Not from here: a replay's answers are few, and each is awaited.

        Raises:
            Bug: always.

        """
        raise Bug(f"a replay writes nothing unheard, least of all to {topic}")


async def write_answers(
    kafka: str, session: str, prefix: str, actions: Iterable[Action]
) -> tuple[str, int]:
    """Write what a replay answered; returns the topic, and how many answers it got.

    Raises:
        DependencyDown: the broker cannot be reached.
        ValueError: the session's name is no slug.

    """
    broker = Broker(kafka)
    producer = SandboxProducer(broker, session, prefix)
    retention = {
        "cleanup.policy": "delete",
        "retention.ms": str(int(RETENTION.total_seconds() * 1000)),
    }
    await ensure_topics(broker, [Wanted(producer.outbox, 1, retention)])
    count = 0
    try:
        for action in actions:
            record = encode(
                action,
                id=action.action_id,
                source=SOURCE,
                time=action.requested_at,
                subject=action.chat_id,
            )
            await producer.send(producer.outbox, record)
            count += 1
    finally:
        await producer.stop()
    return producer.outbox, count
